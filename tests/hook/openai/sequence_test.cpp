#include "hosts/hook/openai/sequence.h"

#include <catch2/catch.hpp>

// The numbers of a stream's events, and what of them a client that comes again is told.
namespace yoke::openai {

TEST_CASE("a text ends at the same number, however it is cut") {
  Sequence pieces;
  pieces.next();
  pieces.text("Hel");
  Sequence whole;
  whole.next();
  CHECK(pieces.text("lo.")->number == whole.text("Hello.")->number);
  CHECK(pieces.next() == whole.next());
}

TEST_CASE("of a text a client is told what it does not have") {
  Sequence sequence(3);
  CHECK_FALSE(sequence.next());
  const auto piece = sequence.text("Hello.");  // numbers 1 to 6
  REQUIRE(piece);
  CHECK(piece->number == 6);
  CHECK(piece->text == "lo.");
  CHECK_FALSE(Sequence(6).text("Hello."));
}

TEST_CASE("a number inside of a character leaves none of its bytes") {
  const auto piece = Sequence(1).text("a\xC3\xA9z");
  REQUIRE(piece);
  CHECK(piece->text == "z");
  CHECK_FALSE(Sequence(0).text("\xC3\xA9"));
}

TEST_CASE("a call takes as many numbers in many pieces as in one") {
  Sequence pieces;
  pieces.begin_call();
  for (int i = 0; i < 2000; ++i) pieces.arguments("x");
  const auto held = pieces.end_call();
  REQUIRE(held);
  CHECK(held->number == Sequence::kCallNumbers - 1);
  CHECK(held->text.size() == 2000 - static_cast<std::size_t>(Sequence::kCallNumbers - 1));
  Sequence whole;
  whole.begin_call();
  CHECK(whole.arguments("{}")->number == 0);
  CHECK_FALSE(whole.end_call());
  CHECK(whole.next() == pieces.next());
}

TEST_CASE("of arguments that a client has a part of it is not told the beginning again") {
  Sequence sequence(0);
  sequence.begin_call();
  CHECK_FALSE(sequence.arguments("{\"place\":\"Oslo\"}"));
  sequence.end_call();
  CHECK(sequence.next() == Sequence::kCallNumbers);
}

TEST_CASE("what must be told has a number that the client does not have yet") {
  Sequence sequence(40);
  CHECK(sequence.has_more());
  sequence.pass_known();
  CHECK_FALSE(sequence.has_more());
  CHECK(sequence.next() == 41);
}

}  // namespace yoke::openai
