#include <catch2/catch.hpp>

#include "hosts/screen/markdown.h"

namespace yoke {
namespace {

std::string shown(const StyledLines& lines) {
  std::string out;
  for (const StyledLine& line : lines) out += text_of(line) + "\n";
  return out;
}

std::string rendered(const std::string& text, std::size_t columns = 40) {
  return shown(markdown_lines(text, columns));
}

// Fed in pieces of so many bytes.
std::string streamed(const std::string& text, std::size_t piece, std::size_t columns = 40) {
  MarkdownStream stream(columns);
  StyledLines lines;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    append(lines, stream.feed(text.substr(at, piece)));
  }
  append(lines, stream.finish());
  return shown(lines);
}

bool any_wider(const StyledLines& lines, std::size_t columns) {
  for (const StyledLine& line : lines) {
    if (columns_of(line) > columns) return true;
  }
  return false;
}

constexpr const char* kAll =
    "# Title\n\nSome *words* that are **bold** and `code`, long enough to be wrapped.\n\n"
    "- one\n- two that is rather long and goes over the line's end\n  - nested\n1. first\n"
    "2. second\n\n> quoted words\n\n```lua\nlocal x = 1\n\n  return x\n```\nafter\n\n"
    "| name | count |\n|:-----|------:|\n| a | 1 |\n| bb | 22 |\n\n---\n- [x] done\n- [ ] open\n";

}  // namespace

TEST_CASE("markdown is shown as what it means") {
  CHECK(rendered(kAll) ==
        "Title\n"
        "\n"
        "Some words that are bold and code, long\n"
        "enough to be wrapped.\n"
        "\n"
        "• one\n"
        "• two that is rather long and goes over\n"
        "  the line's end\n"
        "  • nested\n"
        "1. first\n"
        "2. second\n"
        "\n"
        "│ quoted words\n"
        "\n"
        "  lua\n"
        "  local x = 1\n"
        "  \n"
        "    return x\n"
        "\n"
        "after\n"
        "\n"
        "name │ count\n"
        "─────┼──────\n"
        "a    │     1\n"
        "bb   │    22\n"
        "\n"
        "────────────────────────────────────────\n"
        "\n"
        "☑ done\n"
        "☐ open\n");
}

TEST_CASE("markdown comes out the same however its pieces are cut") {
  const std::string whole = rendered(kAll);
  for (const std::size_t piece : {1, 2, 3, 7, 50}) CHECK(streamed(kAll, piece) == whole);
}

TEST_CASE("what is finished is told once and never again") {
  MarkdownStream stream(40);
  CHECK(stream.feed("A paragraph that goes").empty());
  CHECK(shown(stream.unfinished()) == "A paragraph that goes\n");
  CHECK(stream.feed(" on\nand on.\n").empty());
  CHECK(shown(stream.unfinished()) == "A paragraph that goes on and on.\n");
  CHECK(shown(stream.feed("\n")) == "A paragraph that goes on and on.\n");
  CHECK(shown(stream.unfinished()).empty());
  CHECK(shown(stream.feed("```\ncode\n")) == "\n  code\n");
}

TEST_CASE("emphasis has its look, and marks that close nothing are text") {
  const StyledLine line = inline_markdown("a **b** `c` 2 * 3 snake_case_name *open", Look::plain);
  CHECK(text_of(line) == "a b c 2 * 3 snake_case_name *open");
  CHECK(has_look(line.at(1).look, Look::bold));
  CHECK(has_look(line.at(3).look, Look::cyan));
  CHECK(text_of(inline_markdown("**bold with `a * b` in it**", Look::plain)) ==
        "bold with a * b in it");
  CHECK(text_of(inline_markdown("\\*plain\\*", Look::plain)) == "*plain*");
}

TEST_CASE("a megabyte of marks that close nothing is read in one pass") {
  for (const std::string mark :
       {"*a ", "__a ", "**a ", "~~a ", "***a ", "[a ", "[a](b ", "<http://a ", "`` a "}) {
    std::string text;
    while (text.size() < 1'000'000) text += mark;
    CHECK(text_of(inline_markdown(text, Look::plain)).size() > 300'000);
  }
}

TEST_CASE("a link says where it leads") {
  CHECK(text_of(inline_markdown("[docs](https://a.example/x)", Look::plain)) ==
        "docs (https://a.example/x)");
  CHECK(text_of(inline_markdown("<https://a.example>", Look::plain)) == "https://a.example");
}

TEST_CASE("nothing is ever wider than the screen") {
  const std::string text =
      std::string(kAll) +
      "\n| a long title | another long title | third |\n|---|---|---|\n"
      "| some words in a cell | more words in a cell | \u65E5\u672C\u8A9E |\n\n" +
      std::string(300, 'x') + "\n";
  for (std::size_t columns = 8; columns <= 60; ++columns) {
    CHECK_FALSE(any_wider(markdown_lines(text, columns), columns));
  }
}

TEST_CASE("a table that fits no column is a list of records") {
  CHECK(rendered("|name|count|where|\n|-|-|-|\n|a|1|here|\n|b|2|there|\n", 14) ==
        "name: a\ncount: 1\nwhere: here\n─\nname: b\ncount: 2\nwhere: there\n");
}

TEST_CASE("wide characters keep a table's columns in line") {
  CHECK(rendered("|a|b|\n|-|-|\n|\u65E5\u672C|x|\n|abc|y|\n") ==
        "a    │ b\n─────┼──\n\u65E5\u672C │ x\nabc  │ y\n");
}

TEST_CASE("an answer that would drive the terminal is shown and does nothing") {
  const std::string text = rendered("a\x1b[2Jb\n```\n\x1b]0;title\x07\n```\n");
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\x07') == std::string::npos);
}

}  // namespace yoke
