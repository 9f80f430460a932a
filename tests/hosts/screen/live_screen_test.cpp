#include <catch2/catch.hpp>

#include "hosts/screen/live_screen.h"
#include "tests/support/screen.h"

namespace yoke {
namespace {

StyledLines lines_of_texts(const std::vector<std::string>& texts) {
  StyledLines lines;
  for (const std::string& text : texts) lines.push_back(styled_line(text));
  return lines;
}

LiveArea area_of(const std::vector<std::string>& texts, std::size_t row, std::size_t column) {
  return LiveArea{lines_of_texts(texts), row, column};
}

}  // namespace

TEST_CASE("what is finished stays above, and the live area is drawn over") {
  testing::Screen screen(30, 8);
  LiveScreen live({30, 8}, true);
  screen.feed(live.update({}, area_of({"working", "> ", "status"}, 1, 2)));
  CHECK(screen.text() == "working\n>\nstatus\n");
  CHECK(screen.cursor_row() == 1);
  CHECK(screen.cursor_column() == 2);
  screen.feed(live.update(lines_of_texts({"done"}), area_of({"> x", "status"}, 0, 3)));
  CHECK(screen.text() == "done\n> x\nstatus\n");
  CHECK(screen.cursor_row() == 1);
  screen.feed(live.update({}, area_of({"> xy", "status"}, 0, 4)));
  CHECK(screen.text() == "done\n> xy\nstatus\n");
  CHECK(screen.shows_cursor());
}

TEST_CASE("nothing is written when nothing changed") {
  LiveScreen live({30, 8}, true);
  live.update({}, area_of({"> "}, 0, 2));
  CHECK(live.update({}, area_of({"> "}, 0, 2)).empty());
}

TEST_CASE("what is finished scrolls off in order and whole") {
  testing::Screen screen(30, 6);
  LiveScreen live({30, 6}, true);
  for (int i = 1; i <= 20; ++i) {
    screen.feed(live.update(lines_of_texts({"line " + std::to_string(i)}),
                            area_of({"> ", "status"}, 0, 2)));
  }
  std::string expected;
  for (int i = 1; i <= 20; ++i) expected += "line " + std::to_string(i) + "\n";
  CHECK(screen.all_text() == expected + ">\nstatus\n");
}

TEST_CASE("an area of more rows than the screen loses its first ones and never scrolls") {
  testing::Screen screen(20, 5);
  LiveScreen live({20, 5}, true);
  std::vector<std::string> many;
  for (int i = 0; i < 12; ++i) many.push_back("row " + std::to_string(i));
  screen.feed(live.update({}, area_of(many, 11, 0)));
  screen.feed(live.update({}, area_of(many, 11, 3)));
  CHECK(screen.text() == "row 8\nrow 9\nrow 10\nrow 11\n");
  CHECK(screen.scrolled_off().empty());
}

TEST_CASE("after a resize the screen shows the last of it all, at the new width") {
  testing::Screen screen(40, 8);
  LiveScreen live({40, 8}, true);
  screen.feed(live.update(lines_of_texts({"a line that is thirty-two wide.."}),
                          area_of({"> typed", "status"}, 0, 7)));
  screen.resize(20, 8);
  screen.feed(live.repaint({20, 8}, lines_of_texts({"a line that is", "thirty-two wide.."}),
                           area_of({"> typed", "status"}, 0, 7)));
  CHECK(screen.text() == "a line that is\nthirty-two wide..\n> typed\nstatus\n");
  CHECK(screen.cursor_row() == 2);
  CHECK(screen.cursor_column() == 7);
}

TEST_CASE("a line that is too wide is cut and does not run into the next") {
  testing::Screen screen(20, 5);
  LiveScreen live({20, 5}, true);
  screen.feed(live.update({}, area_of({"0123456789012345678901234567890", "> "}, 1, 2)));
  CHECK(screen.text() == "012345678901234567…\n>\n");
}

TEST_CASE("looks are written with colours and left out without") {
  const StyledLine line = styled_line("bold", Look::bold);
  CHECK(to_bytes(line, true) == "\x1b[1mbold\x1b[0m");
  CHECK(to_bytes(line, false) == "bold");
}

TEST_CASE("whoever writes next finds the area gone and the cursor at a line's start") {
  testing::Screen screen(20, 5);
  LiveScreen live({20, 5}, true);
  screen.feed(live.update(lines_of_texts({"said"}), area_of({"> half", "status"}, 0, 6)));
  screen.feed(live.leave());
  screen.feed("shell$ ");
  CHECK(screen.text() == "said\nshell$\n");
}

}  // namespace yoke
