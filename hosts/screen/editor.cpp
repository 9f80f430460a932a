#include "hosts/screen/editor.h"

#include <algorithm>
#include <utility>

#include "hosts/screen/glyphs.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kLinesTyped = 8;  // a paste of more is shown as one glyph
constexpr std::size_t kBytesTyped = 1500;
constexpr std::size_t kUndoMax = 100;
constexpr std::size_t kPastesMax = 0x1000;

// The n-th paste stands in the text as a code point for private use: U+F0000 + n.
constexpr std::string_view kMarkBegin = "\xF3\xB0";

std::string mark_for(std::size_t number) {
  std::string mark(kMarkBegin);
  mark += static_cast<char>(0x80 | ((number >> 6) & 0x3F));
  mark += static_cast<char>(0x80 | (number & 0x3F));
  return mark;
}

bool is_paste_mark(std::string_view glyph) {
  return glyph.size() == 4 && glyph.starts_with(kMarkBegin);
}

std::size_t number_of(std::string_view mark) {
  return (static_cast<std::size_t>(mark[2] & 0x3F) << 6) | static_cast<std::size_t>(mark[3] & 0x3F);
}

// What may be typed: neither control characters nor what stands for a paste.
std::string typeable(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const Glyph glyph = glyph_at(text, at);
    const std::string_view piece = text.substr(at, glyph.bytes);
    at += glyph.bytes;
    if (piece == "\t") {
      out += "    ";
    } else if (piece == "\n" || !is_paste_mark(piece)) {
      out += piece == "\n" ? std::string(piece) : printable(piece);
    }
  }
  return out;
}

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
         (byte >= 'A' && byte <= 'Z');
}

// Puts glyphs on rows and finds the cursor.
class Layout {
 public:
  Layout(std::size_t columns, const StyledLine& prompt)
      : columns_(std::max<std::size_t>(columns, 4)) {
    indent_ = columns_of(prompt);
    if (indent_ + 2 > columns_) indent_ = 0;
    line_ = indent_ > 0 ? prompt : StyledLine();
    used_ = indent_;
  }

  void put(std::string_view text, std::size_t columns, Look look) {
    if (used_ + columns > columns_) next();
    append(line_, text, look);
    used_ += columns;
  }
  void mark_cursor(std::size_t columns_ahead) {
    if (used_ + std::max<std::size_t>(columns_ahead, 1) > columns_) next();
    view_.row = view_.lines.size();
    view_.column = used_;
  }
  void next() {
    view_.lines.push_back(std::move(line_));
    line_ = StyledLine();
    append(line_, std::string(indent_, ' '));
    used_ = indent_;
  }
  EditorView finish() {
    view_.lines.push_back(std::move(line_));
    return std::move(view_);
  }

 private:
  std::size_t columns_;
  std::size_t indent_ = 0;
  std::size_t used_ = 0;
  StyledLine line_;
  EditorView view_;
};

}  // namespace

std::string LineEditor::text() const {
  std::string out;
  for (std::size_t at = 0; at < text_.size();) {
    const std::string_view piece = std::string_view(text_).substr(at, glyph_at(text_, at).bytes);
    at += piece.size();
    if (is_paste_mark(piece) && number_of(piece) < pastes_.size()) {
      out += pastes_[number_of(piece)];
    } else {
      out += piece;
    }
  }
  return out;
}

std::string LineEditor::take() {
  std::string out = text();
  pastes_.clear();
  undo_.clear();
  text_.clear();
  cursor_ = 0;
  return out;
}

void LineEditor::set(std::string_view text) {
  remember();
  text_ = typeable(text);
  cursor_ = text_.size();
}

void LineEditor::replace(std::size_t from, std::size_t to, std::string_view with) {
  remember();
  const std::string text = typeable(with);
  text_.replace(from, to - from, text);
  cursor_ = from + text.size();
}

void LineEditor::remember() {
  if (undo_.size() >= kUndoMax) undo_.erase(undo_.begin());
  undo_.push_back(Place{text_, cursor_});
}

void LineEditor::undo() {
  if (undo_.empty()) return;
  text_ = std::move(undo_.back().text);
  cursor_ = undo_.back().cursor;
  undo_.pop_back();
}

void LineEditor::insert(std::string_view text) {
  text_.insert(cursor_, text);
  cursor_ += text.size();
}

void LineEditor::insert_paste(std::string_view text) {
  remember();
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  const bool is_long = lines >= kLinesTyped || text.size() > kBytesTyped;
  if (!is_long || pastes_.size() >= kPastesMax) return insert(typeable(text));
  pastes_.push_back(typeable(text));
  insert(mark_for(pastes_.size() - 1));
}

std::size_t LineEditor::line_begin() const {
  if (cursor_ == 0) return 0;
  const std::size_t newline = text_.rfind('\n', cursor_ - 1);
  return newline == std::string::npos ? 0 : newline + 1;
}

std::size_t LineEditor::line_end() const {
  const std::size_t newline = text_.find('\n', cursor_);
  return newline == std::string::npos ? text_.size() : newline;
}

std::size_t LineEditor::word_before() const {
  std::size_t at = cursor_;
  const auto back = [&] { return glyph_before(text_, at); };
  while (at > 0 && !is_word_byte(text_[back()])) at = back();
  while (at > 0 && is_word_byte(text_[back()])) at = back();
  return at;
}

std::size_t LineEditor::word_after() const {
  std::size_t at = cursor_;
  while (at < text_.size() && !is_word_byte(text_[at])) at += glyph_at(text_, at).bytes;
  while (at < text_.size() && is_word_byte(text_[at])) at += glyph_at(text_, at).bytes;
  return at;
}

void LineEditor::cut_to(std::size_t from, std::size_t to) {
  if (from == to) return;
  remember();
  killed_ = text_.substr(from, to - from);
  text_.erase(from, to - from);
  cursor_ = from;
}

LineEditor::Outcome LineEditor::move_line(bool up) {
  const std::size_t begin = line_begin();
  const std::size_t wanted = columns_of(std::string_view(text_).substr(begin, cursor_ - begin));
  if (up && begin == 0) return Outcome::at_top;
  if (!up && line_end() == text_.size()) return Outcome::at_bottom;
  cursor_ = up ? begin - 1 : line_end() + 1;
  if (up) cursor_ = line_begin();
  const std::size_t end = line_end();
  std::size_t columns = 0;
  while (cursor_ < end) {
    const Glyph glyph = glyph_at(text_, cursor_);
    if (columns + glyph.columns > wanted) break;
    columns += glyph.columns;
    cursor_ += glyph.bytes;
  }
  return Outcome::changed;
}

LineEditor::Outcome LineEditor::press_control(char letter) {
  switch (letter) {
    case 'a':
      cursor_ = line_begin();
      break;
    case 'e':
      cursor_ = line_end();
      break;
    case 'b':
      cursor_ = glyph_before(text_, cursor_);
      break;
    case 'f':
      cursor_ += glyph_at(text_, cursor_).bytes;
      break;
    case 'd':
      if (cursor_ == text_.size()) return Outcome::unchanged;
      remember();
      text_.erase(cursor_, glyph_at(text_, cursor_).bytes);
      break;
    case 'k':
      cut_to(cursor_, line_end() == cursor_ && cursor_ < text_.size() ? cursor_ + 1 : line_end());
      break;
    case 'u':
      cut_to(line_begin(), cursor_);
      break;
    case 'w': {
      std::size_t from = cursor_;
      while (from > 0 && text_[from - 1] == ' ') --from;
      while (from > 0 && text_[from - 1] != ' ' && text_[from - 1] != '\n') --from;
      cut_to(from, cursor_);
      break;
    }
    case 'y':
      remember();
      insert(killed_);
      break;
    case 'p':
      return move_line(true);
    case 'n':
      return move_line(false);
    case '\x7f':  // Ctrl+_, by its code
      undo();
      break;
    default:
      return Outcome::unchanged;
  }
  return Outcome::changed;
}

LineEditor::Outcome LineEditor::press_alt(char letter) {
  if (letter == 'b') {
    cursor_ = word_before();
  } else if (letter == 'f') {
    cursor_ = word_after();
  } else if (letter == 'd') {
    cut_to(cursor_, word_after());
  } else if (letter == '\x7f') {
    cut_to(word_before(), cursor_);
  } else {
    return Outcome::unchanged;
  }
  return Outcome::changed;
}

LineEditor::Outcome LineEditor::press(const KeyPress& key) {
  using Kind = KeyPress::Kind;
  switch (key.kind) {
    case Kind::text:
      remember();
      insert(typeable(key.text));
      return Outcome::changed;
    case Kind::paste:
      insert_paste(key.text);
      return Outcome::changed;
    case Kind::enter:
      return Outcome::submitted;
    case Kind::newline:
      remember();
      insert("\n");
      return Outcome::changed;
    case Kind::backspace: {
      if (cursor_ == 0) return Outcome::unchanged;
      remember();
      const std::size_t from = glyph_before(text_, cursor_);
      text_.erase(from, cursor_ - from);
      cursor_ = from;
      return Outcome::changed;
    }
    case Kind::erase:
      return press_control('d');
    case Kind::left:
      return press_control('b');
    case Kind::right:
      return press_control('f');
    case Kind::home:
      return press_control('a');
    case Kind::end:
      return press_control('e');
    case Kind::up:
      return move_line(true);
    case Kind::down:
      return move_line(false);
    case Kind::word_left:
      return press_alt('b');
    case Kind::word_right:
      return press_alt('f');
    case Kind::control:
      return press_control(key.letter);
    case Kind::alt:
      return press_alt(key.letter);
    default:
      return Outcome::unchanged;
  }
}

std::string LineEditor::label_of(std::string_view glyph) const {
  const std::string& paste = pastes_.at(number_of(glyph));
  const auto lines = std::count(paste.begin(), paste.end(), '\n') + (paste.ends_with('\n') ? 0 : 1);
  return "[" + std::to_string(lines) + (lines == 1 ? " line" : " lines") + " pasted]";
}

EditorView LineEditor::view(std::size_t columns, std::size_t rows_max,
                            const StyledLine& prompt) const {
  Layout layout(columns, prompt);
  for (std::size_t at = 0; at < text_.size();) {
    const Glyph glyph = glyph_at(text_, at);
    const std::string_view piece = std::string_view(text_).substr(at, glyph.bytes);
    const bool is_paste = is_paste_mark(piece) && number_of(piece) < pastes_.size();
    const std::string label = is_paste ? label_of(piece) : std::string(piece);
    const std::size_t wide = is_paste ? columns_of(std::string_view(label)) : glyph.columns;
    if (at == cursor_) layout.mark_cursor(piece == "\n" ? 1 : wide);
    if (piece == "\n") {
      layout.next();
    } else {
      layout.put(label, wide, is_paste ? Look::cyan : Look::plain);
    }
    at += glyph.bytes;
  }
  if (cursor_ == text_.size()) layout.mark_cursor(1);
  EditorView view = layout.finish();
  if (view.lines.size() <= rows_max) return view;
  const std::size_t most = view.lines.size() - rows_max;
  const std::size_t first = std::min(view.row > rows_max / 2 ? view.row - rows_max / 2 : 0, most);
  const auto begin = view.lines.begin() + static_cast<std::ptrdiff_t>(first);
  view.lines = StyledLines(begin, begin + static_cast<std::ptrdiff_t>(rows_max));
  view.row -= first;
  return view;
}

}  // namespace yoke
