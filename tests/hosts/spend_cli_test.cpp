#include <catch2/catch.hpp>

#include "runtime/base/money.h"
#include "tests/hosts/sample.h"
#include "tests/support/mock_openai.h"

// Money as a person meets it: budgets in yoke.toml, `yoke models spend` and `budgets`, and a ledger
// that is held against the journals. The vendor counts 100 tokens in (40 cached) and 20 out.
namespace yoke::testing {
namespace {

constexpr const char* kPrices =
    "[backends.lab.prices]\ndate = \"2026-11-20\"\nsource = \"https://prices.example\"\n"
    "\"ech*\" = { input = 10.0, cached = 1.0, output = 30.0 }\n";
constexpr std::int64_t kCall = 60 * 10'000 + 40 * 1'000 + 20 * 30'000;  // nano-dollars

class Shop : public Sample {
 public:
  Shop() : vendor(MockOpenAi::Options{}) { configure(kPrices); }
  void configure(const std::string& more) const {
    if (plain.empty()) plain = read("yoke.toml");
    write("yoke.toml", plain + "\n[backends.lab]\npreset = \"openai-compatible\"\nbase_url = \"" +
                           vendor.base_url() + "\"\n" + more);
  }
  Ended ask(const std::string& model = "echo", const Args& more = {}) const {
    Args args = {"run", "--model", "lab/" + model, "helper", "say " + std::string(400, 'x')};
    args.insert(args.end(), more.begin(), more.end());
    return yoke(args);
  }
  Json spent(const std::string& by, const Args& more = {}) const {
    Args args = {"models", "spend", "--json", "--by", by};
    args.insert(args.end(), more.begin(), more.end());
    const Ended ended = yoke(args);
    INFO(ended.err);
    REQUIRE(ended.status == 0);
    return json_lines(ended.out).at(0);
  }

  MockOpenAi vendor;
  mutable std::string plain;
};

}  // namespace

TEST_CASE("what runs spent is listed by model, agent, day, route, session and run") {
  const Shop shop;
  CHECK(shop.ask().status == 0);
  CHECK(shop.ask("echo", {"--session", "talk"}).status == 0);
  shop.run("say free");
  const Json by_model = shop.spent("model");
  REQUIRE(by_model["rows"].size() == 2);
  CHECK(integer_at(by_model["rows"][1], "nanousd") == 0);  // a model of one's own machine
  CHECK(string_at(by_model["rows"][0], "name") == "lab/echo");
  CHECK(integer_at(by_model["rows"][0], "requests") == 2);
  CHECK(integer_at(by_model["rows"][0], "input") == 200);
  CHECK(integer_at(by_model["rows"][0], "cached") == 80);
  CHECK(integer_at(by_model["rows"][0], "output") == 40);
  CHECK(integer_at(by_model["rows"][0], "reasoning") == 10);
  CHECK(integer_at(by_model["rows"][0], "nanousd") == 2 * kCall);
  CHECK(integer_at(by_model["rows"][0], "cache_saved_nanousd") == 80 * 9'000);
  CHECK(string_at(shop.spent("agent")["rows"][0], "name") == "helper");
  CHECK(string_at(shop.spent("route")["rows"][0], "name") == "lab/echo");
  CHECK(shop.spent("session")["rows"].size() == 2);
  CHECK(shop.spent("run")["rows"].size() == 3);
  CHECK(shop.spent("day", {"--since", "2000-01-01", "--until", "2000-12"})["rows"].empty());
  const Ended table = shop.yoke(Args{"models", "spend"});
  CHECK(holds(table.out, "lab/echo"));
  CHECK(holds(table.out, "$0.00248"));
  CHECK(holds(table.err, "prices of lab: of 2026-11-20 (https://prices.example)"));
}

TEST_CASE("what makes no sense of a question about money is refused with its mend") {
  const Shop shop;
  shop.run("say x");
  const Ended by = shop.yoke(Args{"models", "spend", "--by", "modle"});
  CHECK(by.status == 2);
  CHECK(holds(by.err, "--by: there is no 'modle' (did you mean 'model'?)"));
  const Ended since = shop.yoke(Args{"models", "spend", "--since", "yesterday"});
  CHECK(since.status == 2);
  CHECK(holds(since.err, "write 2026-11-21, 2026-11 or"));
  CHECK(
      shop.yoke(Args{"models", "spend", "--since", "2026-11-21", "--until", "2026-11-20"}).status ==
      2);
  const Ended none = shop.yoke(Args{"models", "budgets"});
  CHECK(none.status == 0);
  CHECK(holds(none.err, "[budgets] with day"));
}

TEST_CASE("a run that a budget refuses says which, its limit, what is spent and when it is anew") {
  const Shop shop;
  CHECK(shop.ask().status == 0);
  NanoUsd most = 0;
  for (const Json& event : shop.events("@last")) {
    if (string_at(event, "kind") == "model.called") most = integer_at(event["estimate"], "cost");
  }
  const std::string limit = to_dollars(kCall + most).substr(1);
  shop.configure(std::string(kPrices) + "[budgets]\nday = { usd = " + limit + " }\n");
  CHECK(shop.ask().status == 0);
  const Ended refused = shop.ask();
  CHECK(refused.status == 4);
  CHECK(shop.vendor.requests().size() == 2);
  for (const std::string& part :
       {std::string("limit.budget"), std::string("the budget of all runs on 20"), "is $" + limit,
        std::string("$0.00248 spent"), std::string("raise it in yoke.toml:"),
        std::string("begins anew at 20"), std::string("00:00 UTC")}) {
    CHECK(holds(refused.err, part));
  }
  const Ended budgets = shop.yoke(Args{"models", "budgets"});
  CHECK(holds(budgets.out, "all runs on 20"));
  CHECK(holds(budgets.out, "$0.00248"));
  shop.configure(std::string(kPrices) + "[budgets]\nday = { usd = 1 }\n");
  CHECK(shop.ask().status == 0);
  CHECK(shop.yoke(Args{"runs", "verify"}).status == 0);
}

TEST_CASE("a model without a price has an unknown cost, and no budget lets it pass") {
  const Shop shop;
  shop.configure("");
  CHECK(shop.ask().status == 0);
  const Ended table = shop.yoke(Args{"models", "spend"});
  CHECK(holds(table.out, "unknown"));
  CHECK(holds(table.err, "[backends.lab.prices]"));
  shop.configure("\n[budgets]\nday = { usd = 1 }\n");
  const Ended refused = shop.ask();
  CHECK(refused.status == 4);
  CHECK(holds(refused.err, "no price is known for 'lab/echo'"));
}

TEST_CASE("a ledger that somebody changed is found out, and its run and call are named") {
  const Shop shop;
  CHECK(shop.ask().status == 0);
  const std::string id = shop.newest_run();
  const Ended whole = shop.yoke(Args{"runs", "verify"});
  CHECK(whole.status == 0);
  CHECK(holds(whole.err, "the ledger has what the journals say was spent"));
  CHECK(shop.meddle("update ledger set nanousd = nanousd - 1") == 1);
  const Ended found = shop.yoke(Args{"runs", "verify", id});
  CHECK(found.status == 1);
  CHECK(holds(found.out, id + " call m1: the ledger has $0.001239999, the journal $0.00124"));
  const Ended json = shop.yoke(Args{"runs", "verify", "--json"});
  CHECK(string_at(json_lines(json.out).at(0), "call") == "m1");
}

TEST_CASE("prices that make no sense are named with their line") {
  const Shop shop;
  const auto complaint = [&](const std::string& prices) {
    shop.configure("[backends.lab.prices]\n" + prices + "\n");
    const Ended ended = shop.yoke(Args{"models", "spend"});
    CHECK(ended.status == 2);
    return ended.err;
  };
  CHECK(holds(complaint("imput = 1"), "backends.lab.prices"));
  CHECK(holds(complaint("date = \"soon\""), "'backends.lab.prices.date' must be a day"));
  CHECK(holds(complaint("\"a*\" = { input = 1 }"), "'backends.lab.prices.a*.output' is missing"));
  CHECK(holds(complaint("\"a*\" = { input = 1, output = 2, out = 3 }"), "backends.lab.prices.a*"));
  CHECK(holds(complaint("\"a*\" = { input = -1, output = 2 }"), "dollars per million tokens"));
}

}  // namespace yoke::testing
