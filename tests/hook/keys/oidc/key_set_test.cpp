#include "hosts/hook/keys/oidc/key_set.h"

#include <catch2/catch.hpp>

#include "tests/hook/keys/oidc/token_maker.h"

namespace yoke::testing {
namespace {

using Kind = TokenMaker::Kind;
using Verdict = KeySet::Verdict;
const Json kClaims{{"sub", "ann"}};

Verdict verdict_of(const Json& jwks, const std::string& token) {
  const Result<KeySet> keys = KeySet::parse(jwks);
  REQUIRE(keys.has_value());
  const Result<Jwt> jwt = parse_jwt(token);
  REQUIRE(jwt.has_value());
  return keys->verify(*jwt);
}

}  // namespace

TEST_CASE(
    "a token is good that was signed with the key that it names, in every way that is taken") {
  const TokenMaker rsa(Kind::rsa, "r");
  const TokenMaker ec(Kind::ec, "e");
  const TokenMaker ed(Kind::ed25519, "d");
  const Json jwks{{"keys", {rsa.jwk(), ec.jwk(), ed.jwk()}}};
  CHECK(verdict_of(jwks, rsa.token(kClaims, "RS256")) == Verdict::good);
  CHECK(verdict_of(jwks, rsa.token(kClaims, "PS256")) == Verdict::good);
  CHECK(verdict_of(jwks, ec.token(kClaims, "ES256")) == Verdict::good);
  CHECK(verdict_of(jwks, ed.token(kClaims, "EdDSA")) == Verdict::good);
}

TEST_CASE("a token whose bytes were changed anywhere is bad") {
  const TokenMaker ec(Kind::ec, "e");
  const std::string token = ec.token(kClaims, "ES256");
  const std::string other = ec.token(Json{{"sub", "eve"}}, "ES256");
  const auto parts = [](const std::string& text) { return text.find('.', text.find('.') + 1); };
  const std::string mixed = other.substr(0, parts(other)) + token.substr(parts(token));
  CHECK(verdict_of(ec.jwks(), mixed) == Verdict::bad);
  const std::string cut =
      token.substr(0, parts(token)) + "." + TokenMaker::base64url(std::string(60, '1'));
  CHECK(verdict_of(ec.jwks(), cut) == Verdict::bad);
  const std::string unsigned_one = token.substr(0, parts(token)) + ".";
  CHECK(verdict_of(ec.jwks(), unsigned_one) == Verdict::bad);
  // r and s of zero: the signature that once passed for every key elsewhere.
  const std::string zeros =
      token.substr(0, parts(token)) + "." + TokenMaker::base64url(std::string(64, '\0'));
  CHECK(verdict_of(ec.jwks(), zeros) == Verdict::bad);
}

TEST_CASE("no token is good without a signature of a public key, whatever its head says") {
  const TokenMaker rsa(Kind::rsa, "r");
  CHECK(verdict_of(rsa.jwks(), rsa.hmac_token(kClaims)) == Verdict::bad);
  for (const char* alg : {"none", "None", "NONE", "HS256", "HS512", "RS1", "", "RS512", "ES256K"}) {
    INFO(alg);
    const std::string head = to_text(Json{{"alg", alg}, {"kid", "r"}});
    const std::string token = rsa.sign(head, to_text(kClaims), "RS256");
    CHECK(verdict_of(rsa.jwks(), token) == Verdict::bad);
  }
}

TEST_CASE("a key is of use for its own kind alone, and for what it says it is for") {
  const TokenMaker rsa(Kind::rsa, "k");
  const TokenMaker ec(Kind::ec, "k");
  CHECK(verdict_of(rsa.jwks(), ec.token(kClaims, "ES256")) == Verdict::no_such_key);
  const auto with = [&](const Json& more) { return Json{{"keys", {rsa.jwk(more)}}}; };
  const std::string token = rsa.token(kClaims, "RS256");
  CHECK(verdict_of(with({{"alg", "RS256"}}), token) == Verdict::good);
  CHECK(verdict_of(with({{"alg", "PS256"}}), token) == Verdict::no_such_key);
  CHECK(verdict_of(with({{"alg", "ES256"}}), token) == Verdict::no_such_key);
  CHECK(verdict_of(with({{"use", "enc"}}), token) == Verdict::no_such_key);
  CHECK(verdict_of(with({{"key_ops", {"sign"}}}), token) == Verdict::no_such_key);
}

TEST_CASE("what a token's head brings along as keys is of no use to it") {
  const TokenMaker ours(Kind::rsa, "r");
  const TokenMaker theirs(Kind::rsa, "r");
  const Json head{{"jwk", theirs.jwk()},
                  {"jku", "https://evil.example/keys"},
                  {"x5u", "https://evil.example/cert"}};
  CHECK(verdict_of(ours.jwks(), theirs.token(kClaims, "RS256", head)) == Verdict::bad);
}

TEST_CASE("a kid is a name and nothing else") {
  const TokenMaker rsa(Kind::rsa, "r");
  for (const char* kid : {"../../etc/passwd", "' OR 1=1 --", "r ", "R", "https://evil.example/k"}) {
    INFO(kid);
    const std::string token = rsa.token(kClaims, "RS256", Json{{"kid", kid}});
    CHECK(verdict_of(rsa.jwks(), token) == Verdict::no_such_key);
  }
}

TEST_CASE("a token that names no key is verified where one alone is of its kind") {
  const TokenMaker one(Kind::rsa, "a");
  const TokenMaker two(Kind::rsa, "b");
  const TokenMaker ec(Kind::ec, "c");
  const std::string token = one.sign(R"({"alg":"RS256"})", to_text(kClaims), "RS256");
  CHECK(verdict_of(Json{{"keys", {one.jwk(), ec.jwk()}}}, token) == Verdict::good);
  CHECK(verdict_of(Json{{"keys", {one.jwk(), two.jwk()}}}, token) == Verdict::no_such_key);
}

TEST_CASE("keys that are weak, broken or of an unknown kind are left out of a set") {
  const TokenMaker small(Kind::small_rsa, "s");
  const TokenMaker rsa(Kind::rsa, "r");
  const TokenMaker ec(Kind::ec, "e");
  const Json off_curve = ec.jwk({{"y", TokenMaker::base64url(std::string(32, '\1'))}});
  const Json list{small.jwk(),
                  off_curve,
                  rsa.jwk({{"e", TokenMaker::base64url("\1")}}),
                  rsa.jwk({{"e", "AQAC"}}),
                  rsa.jwk({{"n", "!"}}),
                  rsa.jwk({{"kty", "oct"}, {"k", "c2VjcmV0"}}),
                  ec.jwk({{"crv", "P-521"}}),
                  "text",
                  nullptr};
  const Result<KeySet> keys = KeySet::parse(Json{{"keys", list}});
  REQUIRE(keys.has_value());
  CHECK(keys->size() == 0);
  CHECK_FALSE(KeySet::parse(Json{{"key", Json::array()}}).has_value());
  CHECK_FALSE(KeySet::parse(Json("text")).has_value());
}

}  // namespace yoke::testing
