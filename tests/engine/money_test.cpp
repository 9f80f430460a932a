#include <catch2/catch.hpp>
#include <limits>

#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::seconds;

// A world with a day's budget; each model call is estimated at 60 and comes to 40.
struct BudgetWorld {
  explicit BudgetWorld(NanoUsd cap) {
    BudgetRule rule;
    rule.cap = cap;
    rule.place = "yoke.toml:3";
    world.options.budgets = {rule};
    world.crash();
    world.model.estimated_cost = 60;
    world.model.script = [](const ModelRequest&, int) { return says("done", 40); };
  }
  BudgetState budget() { return of("all", BudgetSpan::day); }
  BudgetState of(const std::string& scope, BudgetSpan span, BudgetUnit unit = BudgetUnit::usd) {
    const std::string window = window_of(span, world.wall.now());
    return world.get(world.node().store().budget(BudgetKey{scope, window, unit}));
  }
  EngineWorld world;
};

TEST_CASE("a model call reserves its estimate and is settled with what it came to") {
  BudgetWorld money(1000);
  money.world.model.script = [&](const ModelRequest&, int) {
    const auto& budgets = money.world.disk->tables().budgets;
    CHECK(budgets.size() == 1);
    CHECK(budgets.begin()->second.state.reserved == 60);
    return says("done", 40);
  };
  money.world.run();
  CHECK(money.budget().reserved == 0);
  CHECK(money.budget().settled == 40);
}

TEST_CASE("a call reserves all that its route may add to it where a budget has room for that") {
  BudgetWorld money(1000);
  money.world.model.most_cost = 200;
  std::optional<NanoUsd> granted;
  money.world.model.script = [&](const ModelRequest& request, int) {
    granted = request.reserved;
    CHECK(money.world.disk->tables().budgets.begin()->second.state.reserved == 200);
    return says("done", 40);
  };
  const std::string id = money.world.create();
  money.world.drive(id);
  CHECK(granted == 200);
  CHECK(money.budget().settled == 40);
}

TEST_CASE("a call that has no room for all that its route may add makes do with the least") {
  BudgetWorld money(100);
  money.world.model.most_cost = 200;
  std::optional<NanoUsd> granted;
  money.world.model.script = [&](const ModelRequest& request, int) {
    granted = request.reserved;
    return says("done", 40);
  };
  const std::string id = money.world.create();
  const RunEnd end = money.world.drive(id);
  CHECK(end.state.status == RunStatus::completed);
  CHECK(granted == 60);
  CHECK(end.state.calls.at("m1").reserved == 60);
  CHECK(money.world.run().state.status == RunStatus::completed);  // 60 more fit, 200 do not
  const RunEnd refused = money.world.run();
  CHECK(refused.state.reason == "limit.budget");
  CHECK(refused.state.text.find("may come to $0.00000006") != std::string::npos);
}

TEST_CASE("a run's own limit of money, too, is asked for the most first and then for the least") {
  EngineWorld world;
  world.agent.limits.usd = 100;
  world.model.estimated_cost = 60;
  world.model.most_cost = 101;
  std::optional<NanoUsd> granted;
  world.model.script = [&](const ModelRequest& request, int) {
    granted = request.reserved;
    return says("done", 40);
  };
  world.run();
  CHECK(granted == 60);
  world.model.most_cost = 100;
  world.run();
  CHECK(granted == 100);
}

TEST_CASE("budgets of the run, its agent, session, tenant, caller and month all must have room") {
  BudgetWorld money(1000);
  std::vector<BudgetRule> rules;
  for (const BudgetScope scope : {BudgetScope::all, BudgetScope::agent, BudgetScope::tenant,
                                  BudgetScope::session, BudgetScope::run, BudgetScope::caller}) {
    rules.emplace_back();
    rules.back().scope = scope;
    rules.back().span = BudgetSpan::month;
    rules.back().cap = 1000;
  }
  const auto at = static_cast<std::size_t>(GENERATE(0, 1, 2, 3, 4, 5));
  rules[at].cap = 59;
  rules[at].place = "here";
  money.world.options.budgets = rules;
  money.world.crash();
  StartRun start = money.world.request("count the rows");
  start.session = "talk";
  start.by = "key:ci";
  const RunEnd end = money.world.drive(money.world.create(std::move(start)));
  CHECK(end.state.reason == "limit.budget");
  CHECK(end.state.text.find("raise it in here") != std::string::npos);
  CHECK(money.world.model.requests.empty());
}

TEST_CASE("an agent with a budget of its own is not held to that of each agent") {
  Spender spender;
  spender.agent = "analyst";
  std::vector<BudgetRule> rules(2);
  rules[0].scope = rules[1].scope = BudgetScope::agent;
  rules[0].cap = 5;
  rules[1].cap = 9;
  rules[1].name = "analyst";
  REQUIRE(claims_for(rules, spender, 0).size() == 1);
  CHECK(claims_for(rules, spender, 0)[0].cap == 9);
  CHECK(claims_for(rules, spender, 0)[0].budget == BudgetKey{"agent:analyst", "day:1970-01-01"});
  spender.agent = "writer";
  REQUIRE(claims_for(rules, spender, 0).size() == 1);
  CHECK(claims_for(rules, spender, 0)[0].cap == 5);
  CHECK(limits_money(rules, spender));
  rules[0].unit = BudgetUnit::tokens;
  CHECK_FALSE(limits_money(rules, spender));
}

TEST_CASE("a caller draws on a budget of their own in each tenant, and nobody's when not known") {
  Spender spender;
  spender.tenant = "acme";
  spender.caller = "key:ci";
  std::vector<BudgetRule> rules(1);
  rules[0].scope = BudgetScope::caller;
  rules[0].name = "key:ci";
  rules[0].cap = 5;
  REQUIRE(claims_for(rules, spender, 0).size() == 1);
  const BudgetKey key = claims_for(rules, spender, 0)[0].budget;
  CHECK(key == BudgetKey{"caller:acme/key:ci", "day:1970-01-01"});
  CHECK(words_for(key) == "the budget of 'acme/key:ci' on 1970-01-01");
  spender.caller = "key:other";
  CHECK(claims_for(rules, spender, 0).empty());
  rules[0].name.clear();
  spender.caller.clear();
  CHECK(claims_for(rules, spender, 0).empty());
}

TEST_CASE("a budget with a glob is each one's own, and yields to one with the whole name") {
  std::vector<BudgetRule> rules(3);
  for (BudgetRule& rule : rules) rule.scope = BudgetScope::caller;
  rules[0].cap = 1;
  rules[1].name = "user:*";
  rules[1].cap = 2;
  rules[2].name = "user:ann";
  rules[2].cap = 3;
  const auto claims_of = [&](const char* caller) {
    Spender spender;
    spender.caller = caller;
    return claims_for(rules, spender, 0);
  };
  REQUIRE(claims_of("key:ci").size() == 1);
  CHECK(claims_of("key:ci")[0].cap == 1);
  REQUIRE(claims_of("user:bob").size() == 1);
  CHECK(claims_of("user:bob")[0].cap == 2);
  CHECK(claims_of("user:bob")[0].budget.scope == "caller:local/user:bob");
  REQUIRE(claims_of("user:ann").size() == 1);
  CHECK(claims_of("user:ann")[0].cap == 3);
}

TEST_CASE("budgets that change hold from the next call on") {
  BudgetWorld money(1000);
  std::vector<BudgetRule> rules(1);
  rules[0].scope = BudgetScope::caller;
  rules[0].name = "key:ci";
  rules[0].cap = 59;
  money.world.node().engine().set_budgets(rules);
  StartRun start = money.world.request("count the rows");
  start.by = "key:ci";
  const RunEnd refused = money.world.drive(money.world.create(std::move(start)));
  CHECK(refused.state.reason == "limit.budget");
  start = money.world.request("count the rows");
  start.by = "key:other";
  const RunEnd done = money.world.drive(money.world.create(std::move(start)));
  CHECK(done.state.status == RunStatus::completed);
}

TEST_CASE("each try that a route tells of has its row, when they add up to the call") {
  Event chosen;
  chosen.kind = EventKind::route_chosen;
  chosen.call_id = "m1";
  const auto usage = [](int input) { return Json{{"input", input}, {"output", 1}}; };
  chosen.fields["tries"] =
      Json::array({Json{{"target", "a/x"}, {"usage", usage(10)}, {"cost", 30}},
                   Json{{"target", "b/y"}, {"usage", Json::object()}, {"cost", 0}},
                   Json{{"target", "c/z"}, {"role", "hedge"}, {"usage", usage(20)}, {"cost", 12}}});
  Event closing;
  closing.kind = EventKind::model_replied;
  closing.call_id = "m1";
  closing.at = 9;
  closing.fields = Json{{"target", "c/z"}, {"cost", 42}};
  closing.fields["usage"] = Json{{"input", 30}, {"output", 2}};
  const BillTerms terms{5, "default", "p"};
  std::vector<LedgerRow> rows = ledger_rows({chosen, closing}, closing, Spender{}, terms);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].target == "a/x");
  CHECK(rows[1].role == "hedge");
  CHECK(rows[1].cost == 12);
  CHECK(rows[1].opened_at == 5);
  CHECK(rows[1].prices == "p");
  CHECK(rows[1].route == "default");
  closing.fields["cost"] = 41;
  rows = ledger_rows({chosen, closing}, closing, Spender{}, terms);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].cost == 41);
  CHECK(rows[0].input == 30);
}

TEST_CASE("a budget that has no room ends the run before the model is called") {
  BudgetWorld money(100);
  CHECK(money.world.run().state.status == RunStatus::completed);
  const RunEnd end = money.world.run();
  CHECK(end.state.status == RunStatus::completed);
  const RunEnd refused = money.world.run();
  CHECK(refused.state.reason == "limit.budget");
  CHECK(refused.state.text.find("yoke.toml:3") != std::string::npos);
  CHECK(money.world.model.requests.size() == 2);
  CHECK(money.world.kinds(refused.state.run_id) == "run.started, run.failed");
  CHECK(money.budget().reserved == 0);
  CHECK(money.budget().settled == 80);
}

TEST_CASE("runs at once cannot reserve more than there is") {
  BudgetWorld money(150);
  money.world.model.script = [](const ModelRequest&, int) {
    FakeReply reply = says("done", 40);
    reply.delay = seconds(3);
    return reply;
  };
  std::vector<Driven*> driven;
  for (int i = 0; i < 5; ++i) {
    driven.push_back(&money.world.start_driving(money.world.create()));
  }
  int completed = 0;
  for (Driven* each : driven) {
    money.world.wait_for([&] { return each->ended(); });
    const RunState& state = each->value().value().state;
    if (state.status == RunStatus::completed) ++completed;
    if (state.status == RunStatus::failed) CHECK(state.reason == "limit.budget");
  }
  CHECK(completed == 3);  // two at once; the third when those two gave back what they had not spent
  CHECK(money.world.model.requests.size() == 3);
  CHECK(money.budget().settled == 120);
}

TEST_CASE("a model call that a crash cut off is paid with its reservation") {
  BudgetWorld money(1000);
  FakeReply never = says("never", 40);
  never.delay = kNever;
  money.world.model.answer_in_turn({never, says("done", 40)});
  const std::string id = money.world.create();
  money.world.start_driving(id);
  money.world.advance(seconds(1));
  CHECK(money.budget().reserved == 60);
  money.world.crash();
  const RunEnd end = money.world.drive(id);
  CHECK(end.state.text == "done");
  CHECK(end.state.cost == 100);
  CHECK(money.budget().reserved == 0);
  CHECK(money.budget().settled == 100);
}

TEST_CASE("a call over midnight is settled in the window that it was reserved in") {
  BudgetWorld money(1000);
  const Micros day = 86'400'000'000;
  money.world.wall.skew = day - money.world.wall.now() % day - 2'000'000;
  FakeReply slow = says("done", 40);
  slow.delay = seconds(5);
  money.world.model.answer_in_turn({slow});
  money.world.run();
  const auto& budgets = money.world.disk->tables().budgets;
  REQUIRE(budgets.size() == 1);
  const BudgetState state = money.world.disk->budget(budgets.begin()->first).state;
  CHECK(state.reserved == 0);
  CHECK(state.settled == 40);
}

TEST_CASE("a day's budget that is spent begins anew at midnight UTC") {
  BudgetWorld money(100);
  const Micros day = 86'400'000'000;
  money.world.wall.skew = day - money.world.wall.now() % day - 10'000'000;  // ten seconds before
  money.world.run();
  money.world.run();
  const RunEnd refused = money.world.run();
  CHECK(refused.state.reason == "limit.budget");
  CHECK(refused.state.text.find("begins anew at ") != std::string::npos);
  money.world.advance(seconds(10));
  CHECK(money.world.run().state.status == RunStatus::completed);
  CHECK(money.budget().settled == 40);
}

TEST_CASE("a fork does not pay for a call that its parent had in flight") {
  BudgetWorld money(1000);
  const std::string id = money.world.create();
  money.world.drive(id);
  ForkRun fork;
  fork.run_id = id;
  fork.at = 2;  // model.called
  const Result<Created> forked = money.world.get(money.world.engine().fork(fork));
  const RunEnd end = money.world.drive(forked.value().claim.run_id);
  CHECK(end.state.text == "done");
  CHECK(end.state.cost - end.state.inherited_cost == 40);
  CHECK(money.budget().settled == 80);
}

TEST_CASE("each model call leaves a row in the ledger") {
  BudgetWorld money(1000);
  const std::string id = money.world.create();
  money.world.drive(id);
  const std::vector<LedgerRow> ledger = money.world.disk->ledger_of(id);
  REQUIRE(ledger.size() == 1);
  CHECK(ledger[0].call_id == "m1");
  CHECK(ledger[0].target == "lab/small");
  CHECK(ledger[0].input == 10);
  CHECK(ledger[0].output == 5);
  CHECK(ledger[0].cost == 40);
  CHECK_FALSE(ledger[0].estimated);
}

TEST_CASE("a budget refuses a model of unknown price before it is called") {
  BudgetWorld money(1000);
  money.world.model.priced = false;
  const RunEnd end = money.world.run();
  CHECK(end.state.reason == "limit.usd");
  CHECK(end.state.text == "the budget cannot be kept: no price is known for 'lab/small'");
  CHECK(money.world.model.requests.empty());
}

TEST_CASE("a run whose model has no known price is marked so, and its fork only by its own calls") {
  EngineWorld world;
  world.model.priced = false;
  const std::string id = world.create();
  CHECK(world.drive(id).state.unpriced);
  CHECK(bool_at(world.row(id).summary, "unpriced"));
  world.model.priced = true;
  ForkRun fork;
  fork.run_id = id;
  fork.at = 1;  // run.started
  const Result<Created> forked = world.get(world.engine().fork(fork));
  CHECK_FALSE(world.drive(forked.value().claim.run_id).state.unpriced);
}

TEST_CASE("what is spent beyond all reason exhausts a budget without overflowing it") {
  BudgetWorld money(1000);
  const NanoUsd most = std::numeric_limits<NanoUsd>::max();
  money.world.model.script = [](const ModelRequest&, int) {
    FakeReply reply = says("done", most);
    reply.delay = seconds(1);
    return reply;
  };
  Driven& one = money.world.start_driving(money.world.create());
  Driven& two = money.world.start_driving(money.world.create());
  money.world.wait_for([&] { return one.ended() && two.ended(); });
  CHECK(money.budget().settled == most);
  CHECK(money.world.run().state.reason == "limit.budget");
}

TEST_CASE("a run's own limit of money refuses the call before it is made") {
  EngineWorld world;
  world.agent.limits.usd = 100;
  world.model.estimated_cost = 60;
  world.tools.add("a.x", Effect::read);
  world.model.answer_in_turn({wants({call("a.x", 1)}, 50), says("done", 50)});
  const RunEnd end = world.run();
  CHECK(end.state.reason == "limit.usd");
  CHECK(world.model.requests.size() == 1);
  CHECK(end.state.cost == 50);
}

}  // namespace
}  // namespace yoke
