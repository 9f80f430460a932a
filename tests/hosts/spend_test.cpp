#include <catch2/catch.hpp>

#include "hosts/app/budget_report.h"
#include "hosts/app/settings.h"
#include "hosts/app/spend_report.h"

namespace yoke {
namespace {

LedgerRow row(const std::string& agent, const std::string& target, NanoUsd cost) {
  LedgerRow made;
  made.run_id = "R1";
  made.call_id = "m1";
  made.agent = agent;
  made.tenant = "local";
  made.target = target;
  made.route = "default";
  made.input = 1000;
  made.output = 200;
  made.reasoning = 50;
  made.cost = cost;
  made.prices = "2026-11-21";
  made.opened_at = micros_from_iso8601("2026-11-21T10:00:00Z").value();
  return made;
}

std::optional<Price> no_price(const std::string&) { return std::nullopt; }

TEST_CASE("what was spent is summed up by name, the dearest first") {
  std::vector<LedgerRow> ledger = {row("a", "x/small", 10), row("b", "x/big", 500),
                                   row("a", "x/big", 100)};
  const SpendReport by_model = spend_report(SpendBy::model, ledger, no_price);
  REQUIRE(by_model.lines.size() == 2);
  CHECK(by_model.lines[0].name == "x/big");
  CHECK(by_model.lines[0].sum.cost == 600);
  CHECK(by_model.lines[0].sum.rows == 2);
  CHECK(by_model.total.sum.cost == 610);
  CHECK(by_model.total.sum.input == 3000);
  CHECK(spend_report(SpendBy::agent, ledger, no_price).lines[0].name == "b");
  CHECK(spend_report(SpendBy::route, ledger, no_price).lines.size() == 1);
  CHECK(spend_report(SpendBy::session, ledger, no_price).lines[0].name.empty());
  ledger[2].opened_at += 86'400'000'000;
  const SpendReport by_day = spend_report(SpendBy::day, ledger, no_price);
  REQUIRE(by_day.lines.size() == 2);
  CHECK(by_day.lines[0].name == "2026-11-21");
  CHECK(by_day.lines[1].sum.cost == 100);
  CHECK(spend_report(SpendBy::month, ledger, no_price).lines[0].name == "2026-11");
}

TEST_CASE("what a vendor's cache saved is its reads less what the writes cost more") {
  Price price;
  price.input = 1'000'000'000;
  price.cached = 100'000'000;
  price.cache_write = 1'250'000'000;
  const PriceOf known = [&](const std::string&) { return std::optional<Price>(price); };
  LedgerRow reading = row("a", "x/m", 5);
  reading.cached = 400;
  LedgerRow writing = row("a", "x/m", 5);
  writing.cache_write = 1000;
  SpendReport report = spend_report(SpendBy::model, {reading}, known);
  CHECK(report.total.saved == 400 * 900);
  report = spend_report(SpendBy::model, {reading, writing}, known);
  CHECK(report.total.saved == 400 * 900 - 1000 * 250);
  report = spend_report(SpendBy::model, {writing}, known);
  CHECK(spend_text(report).find("-$0.00025") != std::string::npos);
  report = spend_report(SpendBy::model, {reading}, no_price);
  CHECK_FALSE(report.total.saved);
  CHECK(spend_report(SpendBy::model, {row("a", "x/m", 5)}, no_price).total.saved == 0);
}

TEST_CASE("a cost that is not known is called so and is no nought") {
  LedgerRow unknown = row("a", "y/m", 0);
  unknown.prices = kNoPrice;
  const std::string text =
      spend_text(spend_report(SpendBy::model, {unknown, row("a", "x/m", 70)}, no_price));
  CHECK(text.find("$0.00000007 + unknown") != std::string::npos);
  CHECK(text.find(" unknown ") != std::string::npos);
  const Json json = spend_json(spend_report(SpendBy::model, {unknown}, no_price));
  CHECK(integer_at(json["total"], "unpriced_requests") == 1);
}

TEST_CASE("columns stand under each other, and a name cannot drive the terminal") {
  CHECK(aligned({{"a", "long"}, {"long name", "1"}}) == "a          long\nlong name     1\n");
  const std::string text =
      spend_text(spend_report(SpendBy::agent, {row("\x1b[2J", "x/m", 1)}, no_price));
  CHECK(text.find('\x1b') == std::string::npos);
}

struct Rules {
  Rules() {
    add(BudgetScope::all, "", 1000);
    add(BudgetScope::agent, "", 50);
    add(BudgetScope::agent, "writer", 90);
    add(BudgetScope::session, "", 30, BudgetSpan::ever);
  }
  void add(BudgetScope scope, const std::string& name, std::int64_t cap,
           BudgetSpan span = BudgetSpan::day) {
    BudgetRule& rule = rules.emplace_back();
    rule.scope = scope;
    rule.name = name;
    rule.cap = cap;
    rule.span = span;
    rule.place = "yoke.toml:" + std::to_string(rules.size());
  }
  static BudgetRow drawn(const std::string& scope, const std::string& window,
                         std::int64_t settled) {
    BudgetRow made;
    made.key = {scope, window};
    made.settled = settled;
    made.reserved = 5;
    made.cap = 7;
    return made;
  }

  std::vector<BudgetRule> rules;
  Micros now = micros_from_iso8601("2026-11-21T10:00:00Z").value();
};

TEST_CASE("budgets in force are those of now, with the limit that stands in yoke.toml") {
  const Rules of;
  const std::vector<BudgetRow> rows = {
      Rules::drawn("all", "day:2026-11-21", 20), Rules::drawn("all", "day:2026-11-20", 999),
      Rules::drawn("agent:analyst", "day:2026-11-21", 40), Rules::drawn("tenant:x", "ever", 1),
      Rules::drawn("session:local/talk", "ever", 3)};
  const std::vector<BudgetLine> lines = budgets_in_force(of.rules, rows, of.now);
  std::vector<std::string> found;
  for (const BudgetLine& line : lines) {
    found.push_back(line.key.scope + " " + std::to_string(line.state.settled) + "/" +
                    std::to_string(line.state.cap) + " " + line.place);
  }
  CHECK(found ==
        std::vector<std::string>{"agent:analyst 40/50 yoke.toml:2", "agent:writer 0/90 yoke.toml:3",
                                 "all 20/1000 yoke.toml:1", "session:local/talk 3/30 yoke.toml:4"});
}

TEST_CASE("a table of budgets says what is left, when they begin anew and where they are set") {
  const Rules of;
  const std::vector<BudgetRow> rows = {Rules::drawn("all", "day:2026-11-21", 20),
                                       Rules::drawn("session:local/talk", "ever", 3)};
  const std::string text = budgets_text(budgets_in_force(of.rules, rows, of.now), of.rules, 10);
  for (const char* part :
       {"all runs on 2026-11-21", "$0.000000975", "2026-11-22 00:00 UTC", "yoke.toml:1",
        "session 'talk'", "never", "agent 'writer' on 2026-11-21"}) {
    CAPTURE(text, part);
    CHECK(text.find(part) != std::string::npos);
  }
  CHECK(text.find("each agent") == std::string::npos);  // one has a line
  CHECK(budgets_text({}, of.rules, 10) ==
        "each agent: $0.00000005 a day (yoke.toml:2); nobody has drawn on it\n"
        "each session: $0.00000003 (yoke.toml:4); nobody has drawn on it\n");
  CHECK(string_at(budgets_json(budgets_in_force(of.rules, rows, of.now))[1], "resets_at") ==
        "2026-11-22T00:00:00.000000Z");
}

TEST_CASE("of many budgets of a kind those that are used most are shown") {
  Rules of;
  std::vector<BudgetRow> rows;
  for (int i = 0; i < 5; ++i) {
    rows.push_back(Rules::drawn("agent:a" + std::to_string(i), "day:2026-11-21", i));
  }
  const std::string text = budgets_text(budgets_in_force(of.rules, rows, of.now), of.rules, 2);
  CHECK(text.find("agent 'a4'") != std::string::npos);
  CHECK(text.find("agent 'a3'") != std::string::npos);
  CHECK(text.find("agent 'a2'") == std::string::npos);
  CHECK(text.find("and 4 more") != std::string::npos);
}

Config with_prices(const std::string& prices) {
  const std::string text = "[backends.a]\npreset = \"openai\"\n" + prices;
  return parse_config(text, "yoke.toml").value();
}

TEST_CASE("prices are written for all models of a backend, or by patterns of their names") {
  const Config config = with_prices(
      "[backends.a.prices]\ndate = \"2026-11-21\"\ninput = 1\noutput = 4\n"
      "\"small*\" = { input = 0.25, cached = 0.025, output = 2.0 }\n");
  const Result<ModelsConfig> models = models_of(config);
  REQUIRE(models.has_value());
  const PriceMap& prices = models->backends.at("a").prices;
  CHECK(find_price("openai", "small-1", prices)->cached == 25'000'000);
  CHECK(find_price("openai", "big", prices)->output == 4'000'000'000);
  const Config one = with_prices("prices = { input = 1, output = 4 }\n");
  CHECK(models_of(one)->backends.at("a").prices.at("*").cached == 1'000'000'000);
}

TEST_CASE("a bill tells by which prices it was reckoned") {
  const std::string date(price_table().date);
  const std::string none = prices_edition(with_prices(""));
  const std::string one = prices_edition(with_prices("prices = { input = 1, output = 4 }\n"));
  const std::string other = prices_edition(with_prices("prices = { input = 1, output = 5 }\n"));
  CHECK(none == date);
  CHECK(one.starts_with(date + "+"));
  CHECK(one != other);
  CHECK(one == prices_edition(with_prices("prices = { output = 4, input = 1 }\n")));
}

}  // namespace
}  // namespace yoke
