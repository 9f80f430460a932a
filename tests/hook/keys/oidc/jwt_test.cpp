#include "hosts/hook/keys/oidc/jwt.h"

#include <catch2/catch.hpp>

#include "tests/hook/keys/oidc/token_maker.h"

namespace yoke::testing {
namespace {

std::string made_of(const std::string& head, const std::string& payload) {
  return TokenMaker::base64url(head) + "." + TokenMaker::base64url(payload) + ".c2ln";
}

}  // namespace

TEST_CASE("a token is taken apart into its head, its claims and what was signed") {
  const std::string text = made_of(R"({"alg":"RS256","kid":"k","typ":"JWT"})", R"({"sub":"ann"})");
  const Result<Jwt> jwt = parse_jwt(text);
  REQUIRE(jwt.has_value());
  CHECK(jwt->alg == "RS256");
  CHECK(jwt->kid == "k");
  CHECK(string_at(jwt->claims, "sub") == "ann");
  CHECK(jwt->signature == "sig");
  CHECK(text == jwt->signed_part + ".c2ln");
}

TEST_CASE("what is no token is refused without being repeated") {
  const std::string good = made_of(R"({"alg":"RS256"})", R"({"sub":"ann"})");
  const std::vector<std::string> bad = {
      "",
      ".",
      "..",
      "a.b",
      good + ".x",
      "." + good,
      good + "=",
      good + "+",
      " " + good,
      good + "\n",
      made_of("[]", "{}"),
      made_of("{}", "1"),
      made_of("{", "{}"),
      made_of(R"({"alg":"RS256","alg":"none"})", "{}"),  // which one would count?
      made_of(R"({"alg":"RS256"})", R"({"sub":"a","sub":"b"})"),
      made_of(R"({"alg":"RS256","crit":["exp"],"exp":1})", "{}"),
      made_of(R"({"alg":"RS256","typ":"secevent+jwt"})", "{}"),
      made_of(R"({"alg":"RS256","kid":7})", "{}"),
      made_of(R"({"alg":"RS256"})", "{\"sub\":\"\xff\"}"),
      made_of(R"({"alg":"RS256"})", R"({"a":[[[[[[[[[[1]]]]]]]]]]})"),
      std::string(20'000, 'a')};
  for (const std::string& text : bad) {
    INFO(text.substr(0, 80));
    const Result<Jwt> jwt = parse_jwt(text);
    REQUIRE_FALSE(jwt.has_value());
    CHECK(jwt.error().detail.size() < 120);
    CHECK(jwt.error().detail.starts_with("the token is malformed: "));
  }
}

TEST_CASE("base64url is strict to the last bit") {
  CHECK(*from_base64url("_-8") == "\xff\xef");
  CHECK_FALSE(from_base64url("_-9").has_value());  // bits that belong to no byte
  CHECK_FALSE(from_base64url("a").has_value());
  CHECK_FALSE(from_base64url("ab==").has_value());
}

}  // namespace yoke::testing
