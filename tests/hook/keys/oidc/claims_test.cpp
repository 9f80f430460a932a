#include "hosts/hook/keys/oidc/claims.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

ClaimRules rules() {
  ClaimRules rules;
  rules.issuer = "https://id.example";
  rules.audiences = {"yoke"};
  rules.scopes["dev"].add(Scope::run);
  rules.scopes["ops"].add(Scope::manage);
  rules.scopes["*"].add(Scope::read);
  return rules;
}

Json claims(const Json& more = Json::object()) {
  Json out{{"iss", "https://id.example"}, {"aud", "yoke"}, {"sub", "ann"}, {"exp", kNow + 60}};
  for (const auto& [name, value] : more.items()) {
    if (value.is_null()) out.erase(name);
    if (!value.is_null()) out[name] = value;
  }
  return out;
}

std::string refusal(const Json& more, const ClaimRules& by = rules()) {
  const Result<Principal> who = principal_of_claims(claims(more), by, kNow * 1'000'000);
  return who ? std::string() : who.error().detail;
}

}  // namespace

TEST_CASE("a token's holder may do what each of their groups may, and what everybody may") {
  const Result<Principal> who =
      principal_of_claims(claims({{"groups", {"dev", "ops", "other"}}}), rules(), kNow * 1'000'000);
  REQUIRE(who.has_value());
  CHECK(who->name == "user:ann");
  CHECK(who->tenant == "local");
  CHECK(who->scopes.has(Scope::run));
  CHECK(who->scopes.has(Scope::manage));
  CHECK(who->scopes.has(Scope::read));
  CHECK_FALSE(who->scopes.has(Scope::models));
  CHECK(who->groups.size() == 3);
  CHECK(who->key_id.empty());
}

TEST_CASE("a token of another issuer or for another audience is refused, exactly") {
  for (const Json& issuer : {Json("https://id.example/"), Json("https://ID.example"), Json(nullptr),
                             Json::array({"https://id.example"})}) {
    CHECK(refusal({{"iss", issuer}}) == "the token is of another issuer");
  }
  for (const Json& audience : {Json("Yoke"), Json("yoke2"), Json(nullptr), Json::array(),
                               Json::array({"other"}), Json{{"yoke", 1}}}) {
    CHECK(refusal({{"aud", audience}}) == "the token is for another audience");
  }
  CHECK(refusal({{"aud", {"other", "yoke"}}}).empty());
}

TEST_CASE("a token counts from when it begins until it expires, give or take the skew") {
  CHECK(refusal({{"exp", kNow - 59}}).empty());
  CHECK(refusal({{"exp", kNow - 60}}) == "the token has expired");
  CHECK(refusal({{"exp", nullptr}}) == "the token does not say when it expires");
  CHECK(refusal({{"exp", "9999999999"}}) == "the token does not say when it expires");
  CHECK(refusal({{"nbf", kNow + 60}}).empty());
  CHECK(refusal({{"nbf", kNow + 61}}) == "the token is not valid yet");
  CHECK(refusal({{"nbf", "0"}}) == "the token is not valid yet");
  CHECK(refusal({{"iat", kNow + 61}}) == "the token was made in the future");
  CHECK(refusal({{"iat", kNow - 5}}).empty());
}

TEST_CASE("a name that could not stand in a record is none") {
  for (const Json& name : {Json(nullptr), Json(""), Json(7), Json("a\nb"), Json("a\x1b[0m"),
                           Json(std::string(300, 'a'))}) {
    CHECK(refusal({{"sub", name}}) == "the token has no name in its claim 'sub'");
  }
}

TEST_CASE("an address names somebody once it is verified") {
  ClaimRules by = rules();
  by.name_claim = "email";
  const Json mail = "ann@lab.example";
  CHECK(refusal({{"email", mail}, {"email_verified", true}}, by).empty());
  CHECK(refusal({{"email", mail}}, by).empty());
  CHECK_FALSE(refusal({{"email", mail}, {"email_verified", false}}, by).empty());
  CHECK_FALSE(refusal({{"email", mail}, {"email_verified", "true"}}, by).empty());
}

TEST_CASE("where a claim says the tenant, it must name one, and never the machine's own") {
  ClaimRules by = rules();
  by.tenant_claim = "org";
  const Result<Principal> who =
      principal_of_claims(claims({{"org", "acme"}}), by, kNow * 1'000'000);
  REQUIRE(who.has_value());
  CHECK(who->tenant == "acme");
  for (const Json& org : {Json(nullptr), Json("local"), Json("../x"), Json("Acme"), Json(""),
                          Json("yoke:keys"), Json::array({"acme"})}) {
    CHECK(refusal({{"org", org}}, by) == "the token names no tenant in its claim 'org'");
  }
}

TEST_CASE("groups are found within other claims, and what is no group is left out") {
  ClaimRules by = rules();
  by.groups_claim = "realm_access.roles";
  const Json access{{"roles", {"dev", 7, "", "x\ny"}}};
  const Result<Principal> who =
      principal_of_claims(claims({{"realm_access", access}}), by, kNow * 1'000'000);
  REQUIRE(who.has_value());
  CHECK(who->groups == std::vector<std::string>{"dev"});
  CHECK(claim_at(Json{{"https://x.example/groups", 1}}, "https://x.example/groups") == 1);
  CHECK(claim_at(Json{{"a", "text"}}, "a.b").is_null());
}

}  // namespace yoke::testing
