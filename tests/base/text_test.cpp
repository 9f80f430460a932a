#include "runtime/base/text.h"

#include <catch2/catch.hpp>
#include <chrono>

namespace yoke {
namespace {

using Words = std::vector<std::string>;

TEST_CASE("UTF-8 is told from what only looks like it") {
  CHECK(is_valid_utf8(""));
  CHECK(is_valid_utf8("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"));
  CHECK(is_valid_utf8(std::string_view("\0", 1)));
  CHECK(is_valid_utf8("\xF4\x8F\xBF\xBF"));
  for (const char* text : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
                           "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82",
                           "\xC3", "\xC3(", "\xFF", "\xF0\x9F\x98"}) {
    CAPTURE(text);
    CHECK_FALSE(is_valid_utf8(text));
    CHECK(is_valid_utf8(to_valid_utf8(text)));
    for (std::size_t before = 0; before < 18; ++before) {
      CHECK_FALSE(is_valid_utf8(std::string(before, 'a') + text + "bcdefghijk"));
    }
  }
}

TEST_CASE("broken bytes become one replacement a broken character, the rest stays") {
  CHECK(to_valid_utf8("a\xFFz") == "a\xEF\xBF\xBDz");
  CHECK(to_valid_utf8("a\xE2\x82z") == "a\xEF\xBF\xBDz");
  CHECK(to_valid_utf8("\xC3(") == "\xEF\xBF\xBD(");
  CHECK(to_valid_utf8("gr\xC3\xBC\xC3\x9F") == "gr\xC3\xBC\xC3\x9F");
}

TEST_CASE("a text is cut between characters and says that it was cut") {
  CHECK(shorten("hello", 5) == "hello");
  CHECK(shorten("hello!", 5) == "he\u2026");
  CHECK(shorten("\u00e9\u00e9\u00e9\u00e9", 6) == "\u00e9\u2026");
  CHECK(shorten("\U0001F600\U0001F600", 7) == "\U0001F600\u2026");
  CHECK(shorten("\U0001F600\U0001F600", 6) == "\u2026");
  CHECK(shorten("hello", 2) == "he");
  CHECK(shorten("hello", 0).empty());
  for (std::size_t bytes_max = 0; bytes_max < 14; ++bytes_max) {
    const std::string cut = shorten("a\u20ac\U0001F600\u00e9zz\u20ac", bytes_max);
    CHECK(cut.size() <= bytes_max);
    CHECK(is_valid_utf8(cut));
  }
  CHECK(shorten(std::string(50, '\x80'), 10).size() <= 10);
}

TEST_CASE("columns on a terminal: marks none, wide characters two") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("") == 0);
  CHECK(display_width("e\u0301") == 1);
  CHECK(display_width("\u65e5\u672c") == 4);
  CHECK(display_width("\uac00") == 2);
  CHECK(display_width("\U0001F600") == 2);
  CHECK(display_width("\uff21") == 2);
  CHECK(display_width("\u00e9\u20ac\u2026") == 3);
  CHECK(display_width("a\u200bb") == 2);
  CHECK(display_width("\u2500\u2713") == 2);
  CHECK(display_width("a\xFF") == 2);
}

TEST_CASE("a glob matches the whole text") {
  CHECK(glob_match("csv.*", "csv.stats"));
  CHECK(glob_match("csv.*", "csv."));
  CHECK_FALSE(glob_match("csv.*", "xcsv.stats"));
  CHECK_FALSE(glob_match("csv", "csv.stats"));
  CHECK(glob_match("*", ""));
  CHECK(glob_match("", ""));
  CHECK_FALSE(glob_match("", "a"));
  CHECK(glob_match("*.delete", "a.b.delete"));
  CHECK(glob_match("a*b*c", "aXbYbZc"));
  CHECK_FALSE(glob_match("a*b*c", "aXbYbZ"));
  CHECK(glob_match("a?c", "abc"));
  CHECK(glob_match("a?c", "a\u00e9c"));
  CHECK_FALSE(glob_match("a?c", "ac"));
  CHECK(glob_match("*?", "\u20ac"));
  CHECK_FALSE(glob_match("A", "a"));
  CHECK(glob_match("***a***", "a"));
  CHECK(glob_match("[a]", "[a]"));
}

TEST_CASE("a hostile glob costs no exponential time") {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(glob_match(pattern + "b", std::string(5'000, 'a')));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(5));
}

TEST_CASE("the nearest spelling is found, and none when nothing is near") {
  const Words names{"grep", "list", "csv.stats", "runs"};
  CHECK(nearest("grpe", names) == "grep");
  CHECK(nearest("GREP", names) == "grep");
  CHECK(nearest("csv.stat", names) == "csv.stats");
  CHECK(nearest("csv_stats", names) == "csv.stats");
  CHECK(nearest("weather", names).empty());
  CHECK(nearest("", names).empty());
  CHECK(nearest("x", Words{"y"}).empty());
  CHECK(nearest("list", Words{}).empty());
  CHECK(nearest(std::string(100'000, 'a'), Words{std::string(100'000, 'b')}).empty());
  CHECK(did_you_mean("grpe", names) == " (did you mean 'grep'?)");
  CHECK(did_you_mean("weather", names).empty());
}

TEST_CASE("splitting and joining are each other's opposite") {
  CHECK(split("a,b,,c", ',') == Words{"a", "b", "", "c"});
  CHECK(split("", ',') == Words{""});
  CHECK(split(",", ',') == Words{"", ""});
  CHECK(join(Words{"a", "b", "", "c"}, ",") == "a,b,,c");
  CHECK(join(Words{}, ",").empty());
  CHECK(trim("  a b\t\r\n") == "a b");
  CHECK(trim(" \n ").empty());
}

TEST_CASE("text from a stranger cannot drive a terminal") {
  CHECK(printable("a\tb\nc") == "a\tb\nc");
  CHECK(printable("a\r\nb") == "a\nb");
  CHECK(printable("\x1b[31mred") == "\uFFFD[31mred");
  CHECK(printable("a\rb") == "a\uFFFDb");
  CHECK(printable("\x7f") == "\uFFFD");
  CHECK(printable("\xC2\x9B"
                  "31m") == "\uFFFD31m");  // the one-character form of ESC [
  CHECK(printable("\x9B"
                  "31m") == "\uFFFD31m");  // and as a bare byte
  CHECK(printable("a\u202Eb") == "a\uFFFDb");
  CHECK(printable("gr\u00fc\u00df \u65e5 \U0001F600") == "gr\u00fc\u00df \u65e5 \U0001F600");
  CHECK(printable(std::string_view("\0", 1)) == "\uFFFD");
}

}  // namespace
}  // namespace yoke
