#include <catch2/catch.hpp>

#include "hosts/screen/editor.h"

namespace yoke {
namespace {

using Kind = KeyPress::Kind;

KeyPress ctrl(char letter) { return KeyPress{Kind::control, {}, letter}; }
KeyPress typed(const std::string& text) { return KeyPress{Kind::text, text}; }

std::vector<std::string> texts_of(const EditorView& view) {
  std::vector<std::string> out;
  for (const StyledLine& line : view.lines) out.push_back(text_of(line));
  return out;
}

EditorView look(const LineEditor& editor, std::size_t columns, std::size_t rows = 20) {
  return editor.view(columns, rows, styled_line("> "));
}

}  // namespace

TEST_CASE("what is typed is where the cursor is, and moves with the keys of Emacs") {
  LineEditor editor;
  editor.press(typed("hello world"));
  editor.press(ctrl('a'));
  editor.press(typed("> "));
  editor.press(KeyPress{Kind::word_right});
  editor.press(typed(","));
  CHECK(editor.text() == "> hello, world");
  editor.press(ctrl('k'));
  CHECK(editor.text() == "> hello,");
  editor.press(ctrl('y'));
  editor.press(ctrl('w'));
  CHECK(editor.text() == "> hello, ");
  editor.press(ctrl('u'));
  CHECK(editor.text().empty());
}

TEST_CASE("undo goes back over what was typed, cut and pasted") {
  LineEditor editor;
  editor.press(typed("one "));
  editor.press(KeyPress{Kind::paste, "two"});
  editor.press(ctrl('u'));
  CHECK(editor.text().empty());
  editor.press(ctrl('\x7f'));
  CHECK(editor.text() == "one two");
  editor.press(ctrl('\x7f'));
  CHECK(editor.text() == "one ");
}

TEST_CASE("one backspace takes a whole character, with its marks") {
  LineEditor editor;
  editor.press(typed("ae\u0301\u65E5"));
  editor.press(KeyPress{Kind::backspace});
  CHECK(editor.text() == "ae\u0301");
  editor.press(KeyPress{Kind::backspace});
  CHECK(editor.text() == "a");
}

TEST_CASE("several lines are kept apart, and up and down go between them before the history") {
  LineEditor editor;
  editor.press(typed("first"));
  editor.press(KeyPress{Kind::newline});
  editor.press(typed("second"));
  CHECK(texts_of(look(editor, 40)) == std::vector<std::string>{"> first", "  second"});
  CHECK(editor.press(KeyPress{Kind::up}) == LineEditor::Outcome::changed);
  editor.press(typed("!"));
  CHECK(editor.text() == "first!\nsecond");
  CHECK(editor.press(KeyPress{Kind::up}) == LineEditor::Outcome::at_top);
  editor.press(KeyPress{Kind::down});
  CHECK(editor.press(KeyPress{Kind::down}) == LineEditor::Outcome::at_bottom);
}

TEST_CASE("a long line wraps at the width, wide characters whole, and the cursor is found") {
  LineEditor editor;
  editor.press(typed("abc\u65E5\u672C\u8A9E"));
  const EditorView view = look(editor, 8);
  CHECK(texts_of(view) == std::vector<std::string>{"> abc\u65E5", "  \u672C\u8A9E"});
  CHECK(view.row == 1);
  CHECK(view.column == 6);
}

TEST_CASE("a paste of many lines is shown as one thing and goes in whole") {
  std::string pasted;
  for (int i = 1; i <= 500; ++i) pasted += "line " + std::to_string(i) + "\n";
  LineEditor editor;
  editor.press(typed("look: "));
  editor.press(KeyPress{Kind::paste, pasted});
  editor.press(typed(" done"));
  CHECK(texts_of(look(editor, 60)) == std::vector<std::string>{"> look: [500 lines pasted] done"});
  CHECK(editor.take() == "look: " + pasted + " done");
  CHECK(editor.is_empty());
}

TEST_CASE("a paste that is long goes with one backspace") {
  LineEditor editor;
  editor.press(KeyPress{Kind::paste, std::string(5000, 'x')});
  editor.press(KeyPress{Kind::backspace});
  CHECK(editor.is_empty());
}

TEST_CASE("what is pasted drives no terminal") {
  LineEditor editor;
  editor.press(KeyPress{Kind::paste, "a\x1b[2Jb\x07"});
  CHECK(editor.text().find('\x1b') == std::string::npos);
  CHECK(editor.text().find('\x07') == std::string::npos);
}

TEST_CASE("of more lines than there is room for, those around the cursor are shown") {
  LineEditor editor;
  for (int i = 0; i < 30; ++i) {
    editor.press(typed("l" + std::to_string(i)));
    editor.press(KeyPress{Kind::newline});
  }
  const EditorView view = look(editor, 20, 5);
  CHECK(view.lines.size() == 5);
  CHECK(view.row == 4);
  CHECK(texts_of(view)[3] == "  l29");
}

}  // namespace yoke
