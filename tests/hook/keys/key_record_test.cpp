#include "hosts/keys/key_record.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

constexpr Micros kNow = 1'800'000'000'000'000;

std::string refusal_of_order(const Json& order) {
  const Result<KeyRecord> record = record_of_order(order, kNow);
  return record ? std::string() : record.error().message();
}

}  // namespace

TEST_CASE("a rate is a number of requests in a second, minute, hour or day") {
  CHECK(key_rate("60/m")->requests == 60);
  CHECK(key_rate("60/m")->window == std::chrono::seconds(60));
  CHECK(key_rate("5000/d")->window == std::chrono::hours(24));
  for (const char* wrong : {"", "60", "60/", "/m", "0/m", "-1/m", "60/w", "60/mm", "1.5/s",
                            "60/m/s", "2000000/s", "99999999999999999999/s"}) {
    INFO(wrong);
    CHECK_FALSE(key_rate(wrong).has_value());
  }
  CHECK(to_text(*key_rate("10/s")) == "10/s");
}

TEST_CASE("a budget is money or tokens, a day, a month or for ever") {
  const Result<KeyBudget> day = key_budget("5usd/day");
  REQUIRE(day.has_value());
  CHECK(day->cap == 5 * kNanoPerUsd);
  CHECK(day->span == BudgetSpan::day);
  CHECK(key_budget("0.25usd")->span == BudgetSpan::ever);
  CHECK(key_budget("200000tokens/month")->unit == BudgetUnit::tokens);
  for (const char* wrong : {"", "5", "usd/day", "0usd", "-5usd/day", "5eur/day", "5usd/year",
                            "5usd/day/day", "1.5tokens", "tokens"}) {
    INFO(wrong);
    CHECK_FALSE(key_budget(wrong).has_value());
  }
}

TEST_CASE("of two budgets that bound the same neither is taken for the one that is meant") {
  CHECK(key_budgets({"5usd/day", " 20usd/month", "9tokens/day"}).value().size() == 3);
  const auto twice = key_budgets({"5usd/day", "6usd/day"});
  REQUIRE_FALSE(twice.has_value());
  CHECK(twice.error().detail ==
        "'5.00usd/day' and '6.00usd/day' bound the same: write one of them");
}

TEST_CASE("a key that asks for no scopes may look, run, answer and call models, not manage") {
  const Result<KeyRecord> record = record_of_order(Json{{"name", "ci"}}, kNow);
  REQUIRE(record.has_value());
  CHECK(record->tenant == "local");
  CHECK(record->scopes.has(Scope::run));
  CHECK(record->scopes.has(Scope::models));
  CHECK_FALSE(record->scopes.has(Scope::manage));
  CHECK_FALSE(record->scopes.has(Scope::metrics));
  CHECK(record->expires_at == 0);
}

TEST_CASE("an order of a key that cannot be meant so is refused by its field") {
  CHECK(refusal_of_order(Json::array()) == "a key is asked for by an object");
  CHECK(refusal_of_order({{"name", "CI"}}).starts_with("a key's name is 1 to 64"));
  CHECK(refusal_of_order({{"name", "ci"}, {"scope", "run"}}) ==
        "unknown field 'scope' (did you mean 'scopes'?)");
  CHECK(refusal_of_order({{"name", "ci"}, {"scopes", {"root"}}}) ==
        "scopes: there is no 'root'; there are read, run, answer, models, manage, metrics and all");
  CHECK(refusal_of_order({{"name", "ci"}, {"tenant", "../up"}}).starts_with("tenant: a name is"));
  CHECK(refusal_of_order({{"name", "ci"}, {"expires", "soon"}}).starts_with("expires: "));
  CHECK(refusal_of_order({{"name", "ci"}, {"expires", "0s"}}) == "expires: '0s' is no time ahead");
  CHECK(refusal_of_order({{"name", "ci"}, {"rate", "60"}}).starts_with("rate: '60' is no rate"));
  CHECK(refusal_of_order({{"name", "ci"}, {"budget", "5"}}).starts_with("budget: '5' is no"));
  CHECK(refusal_of_order({{"name", "ci"}, {"agents", {""}}}).starts_with("agents: each is"));
  CHECK(refusal_of_order({{"name", "ci"}, {"rate", 60}}) == "rate: a text");
}

TEST_CASE("a record of a key is read from the store as it was") {
  const Json order{{"name", "ci"},
                   {"tenant", "acme"},
                   {"scopes", {"run", "answer"}},
                   {"expires", "90d"},
                   {"rate", "60/m"},
                   {"budget", "5usd/day,20usd"},
                   {"groups", {"finance"}},
                   {"agents", {"pay-*"}},
                   {"models", {"default"}},
                   {"by", "ann"}};
  Result<KeyRecord> made = record_of_order(order, kNow);
  REQUIRE(made.has_value());
  made->hash = sha256("x");
  made->revoked_at = kNow + 5;
  made->revoked_by = "bob";
  const Json stored = stored_json(*made);
  const Result<KeyRecord> read = record_from_stored("id1", stored);
  REQUIRE(read.has_value());
  CHECK(stored_json(*read) == stored);
  CHECK(read->budgets.size() == 2);
  CHECK(read->expires_at == kNow + 90LL * 86'400 * 1'000'000);
  CHECK(read->created_by == "ann");
}

TEST_CASE("a record that was damaged lets nobody in on a guess") {
  CHECK_FALSE(record_from_stored("id1", Json::object()).has_value());
  CHECK_FALSE(record_from_stored("id1", Json("text")).has_value());
  CHECK_FALSE(record_from_stored("id1", Json{{"name", "ci"}, {"tenant", "acme"}, {"hash", "00"}})
                  .has_value());
}

TEST_CASE("a key as it is shown holds no hash") {
  Result<KeyRecord> made = record_of_order(Json{{"name", "ci"}}, kNow);
  made->hash = sha256("x");
  const std::string shown = to_text(shown_json(*made, kNow, 0));
  CHECK(shown.find(to_hex(made->hash)) == std::string::npos);
  CHECK(shown.find("\"last_used\":null") != std::string::npos);
}

TEST_CASE("what a key may spend bounds the runs of whoever asks with it") {
  const Result<KeyRecord> made =
      record_of_order(Json{{"name", "ci"}, {"budget", "5usd/day,1000tokens"}}, kNow);
  REQUIRE(made.has_value());
  const std::vector<BudgetRule> rules = budget_rules_of(*made);
  REQUIRE(rules.size() == 2);
  CHECK(rules[0].scope == BudgetScope::caller);
  CHECK(rules[0].name == "key:ci");
  CHECK(rules[0].cap == 5 * kNanoPerUsd);
  CHECK(rules[0].span == BudgetSpan::day);
  CHECK(rules[1].unit == BudgetUnit::tokens);
  CHECK(rules[1].span == BudgetSpan::ever);
}

TEST_CASE("a key is live until it expires or is revoked") {
  Result<KeyRecord> made = record_of_order(Json{{"name", "ci"}, {"expires", "1h"}}, kNow);
  CHECK(made->is_live(kNow));
  CHECK(made->state(made->expires_at - 1) == "live");
  CHECK(made->state(made->expires_at) == "expired");
  made->revoked_at = kNow;
  CHECK(made->state(kNow) == "revoked");
}

}  // namespace yoke::testing
