#include <catch2/catch.hpp>

#include "hosts/screen/keys.h"

namespace yoke {
namespace {

using Kind = KeyPress::Kind;

std::vector<KeyPress> read_keys(const std::string& bytes) {
  KeyReader reader;
  std::vector<KeyPress> keys;
  reader.feed(bytes, keys);
  return keys;
}

// Fed byte by byte.
std::vector<KeyPress> read_slowly(const std::string& bytes) {
  KeyReader reader;
  std::vector<KeyPress> keys;
  for (const char byte : bytes) reader.feed(std::string(1, byte), keys);
  return keys;
}

}  // namespace

TEST_CASE("keys are known by their bytes, wherever these are cut") {
  const std::string bytes = "\x1b[A\x1bOB\x1b[1;5D\x1b[3~\x1b[Z\r\n\t\x7f\x03\x1b\x62";
  const std::vector<KeyPress> expected = {{Kind::up},          {Kind::down},
                                          {Kind::word_left},   {Kind::erase},
                                          {Kind::back_tab},    {Kind::enter},
                                          {Kind::newline},     {Kind::tab},
                                          {Kind::backspace},   {Kind::control, "", 'c'},
                                          {Kind::alt, "", 'b'}};
  CHECK(read_keys(bytes) == expected);
  CHECK(read_slowly(bytes) == expected);
}

TEST_CASE("text of several bytes a character is never cut within one") {
  KeyReader reader;
  std::vector<KeyPress> keys;
  reader.feed("a\xE6\x97", keys);
  CHECK(keys == std::vector<KeyPress>{{Kind::text, "a"}});
  CHECK(reader.is_waiting());
  reader.feed("\xA5", keys);
  REQUIRE(keys.size() == 1);
  CHECK(keys[0].text == "a\u65E5");
}

TEST_CASE("a lone Esc is taken as one when nothing follows it") {
  KeyReader reader;
  std::vector<KeyPress> keys;
  reader.feed("\x1b", keys);
  CHECK(keys.empty());
  CHECK(reader.is_waiting());
  reader.settle(keys);
  CHECK(keys == std::vector<KeyPress>{{Kind::escape}});
  CHECK_FALSE(reader.is_waiting());
}

TEST_CASE("a paste is one key, its lines ended by newlines, whatever is in it") {
  const std::string bytes = "x\x1b[200~one\r\x03two\r\nthree\x1b[D\x1b[201~\r";
  for (const auto& keys : {read_keys(bytes), read_slowly(bytes)}) {
    REQUIRE(keys.size() == 3);
    CHECK(keys[1].kind == Kind::paste);
    CHECK(keys[1].text == "one\n\x03two\nthree\x1b[D");
    CHECK(keys[2].kind == Kind::enter);
  }
}

TEST_CASE("a sequence that is no key of ours is passed over") {
  const std::vector<KeyPress> expected = {{Kind::text, "ab"}};
  CHECK(read_keys("a\x1b[?62;4cb") == expected);
  CHECK(read_keys("a\x1b[99~b") == expected);
}

}  // namespace yoke
