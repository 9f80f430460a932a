#include "runtime/schema/pattern.h"

#include <catch2/catch.hpp>
#include <chrono>

namespace yoke::schema {
namespace {

bool found(std::string_view pattern, std::string_view text) {
  CAPTURE(pattern);
  const auto compiled = Pattern::compile(pattern);
  if (!compiled) FAIL(compiled.error().message());
  return (*compiled)->is_found_in(text);
}

TEST_CASE("a pattern is searched for anywhere unless it is anchored") {
  CHECK(found("b", "abc"));
  CHECK_FALSE(found("^b", "abc"));
  CHECK_FALSE(found("^abc$", "abc\n"));
  CHECK(found("", "anything"));
}

TEST_CASE("digits and word characters are ASCII, white space is all of it, as ECMA has it") {
  CHECK_FALSE(found("^\\d$", "\u0663"));
  CHECK_FALSE(found("^\\w$", "\u00e9"));
  CHECK(found("^\\s$", "\u00a0"));
  CHECK(found("^\\s$", "\v"));
  CHECK(found("^[\\s]$", "\u2003"));
  CHECK_FALSE(found("\\S", "\u00a0\t\u3000"));
  CHECK(found("^[\\S]$", "\u00e9"));
  CHECK(found("^[\\s\\S]*$", "a\n\u00e9"));
}

TEST_CASE("a dot is one character and no line end") {
  CHECK(found("^.$", "\U0001F600"));
  CHECK_FALSE(found("^.$", "\n"));
  CHECK_FALSE(found("^.$", "\r"));
  CHECK_FALSE(found("^.$", "\u2028"));
  CHECK(found("^[.]$", "."));
  CHECK_FALSE(found("^[.]$", "a"));
}

TEST_CASE("escapes of characters are understood") {
  CHECK(found("^\\u00e9$", "\u00e9"));
  CHECK(found("^\\uD83D\\uDE00$", "\U0001F600"));
  CHECK(found("^\\u{1F600}$", "\U0001F600"));
  CHECK(found("^\\x41\\cA\\0$", std::string_view("A\x01\0", 3)));
  CHECK(found("^a\\/b\\-c\\.$", "a/b-c."));
  CHECK(found("^[\\b]$", "\b"));
  CHECK(found("\\bcat\\b", "a cat."));
  CHECK(found("^[^]$", "\n"));
  CHECK(found("^[[:x]$", "["));
  CHECK(found("^(?<year>\\d{4})-(?:\\d\\d)$", "2026-11"));
}

TEST_CASE("what RE2 has no equal for is refused and named") {
  for (const char* pattern :
       {"(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a)\\1",      "\\k<n>", "a{1001}", "(?i)a",
        "[]",    "[a",    "a\\",    "(a",     "\\A",         "\\Z",    "\\uD83D", "\\u12",
        "\\xg1", "[z-a]", "*a",     "\\c1",   "\\u{110000}", "\\u{}"}) {
    CAPTURE(pattern);
    const auto compiled = Pattern::compile(pattern);
    REQUIRE(compiled.has_error());
    CHECK(compiled.error().code == Errc::unsupported);
    CHECK(compiled.error().detail.find(pattern) != std::string::npos);
  }
}

TEST_CASE("a pattern made to run for ever does not, and a long text costs no stack") {
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(found("^(a+)+$", std::string(100'000, 'a') + "b"));
  CHECK(found("^(a|b)*$", std::string(1'000'000, 'a')));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

}  // namespace
}  // namespace yoke::schema
