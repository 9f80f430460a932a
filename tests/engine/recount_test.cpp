#include <catch2/catch.hpp>

#include "runtime/engine/recount.h"
#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::seconds;

// A world with budgets of every kind; each model call is estimated at 60.
struct Books {
  Books() {
    for (const BudgetUnit unit : {BudgetUnit::usd, BudgetUnit::tokens}) {
      for (const BudgetScope scope : {BudgetScope::all, BudgetScope::agent, BudgetScope::tenant,
                                      BudgetScope::session, BudgetScope::run}) {
        BudgetRule& rule = world.options.budgets.emplace_back();
        rule.scope = scope;
        rule.unit = unit;
        rule.cap = 1'000'000;
      }
    }
    world.crash();
    world.model.estimated_cost = 60;
  }
  std::vector<std::string> differences(const std::string& id) {
    std::vector<std::string> found;
    const auto books = world.get(recount_run(world.node().store(), id));
    for (const BookDifference& each : books.value()) {
      found.push_back(each.call_id + ": " + each.what);
    }
    return found;
  }
  std::vector<std::string> budgets() { return world.get(recount_budgets(world.node().store())); }
  std::vector<LedgerRow>& ledger() { return world.disk->tables().ledger; }

  EngineWorld world;
};

}  // namespace

TEST_CASE("the ledger made anew from journals is the ledger: steps, failures, a crash and forks") {
  Books books;
  EngineWorld& world = books.world;
  world.tools.add("a.x", Effect::read);
  FakeReply never = says("never", 40);
  never.delay = kNever;
  FakeReply broken = breaks(FailureClass::server, "it broke");
  std::get<ModelFailure>(broken.outcome).cost = 7;
  world.model.answer_in_turn({wants({call("a.x", 1)}, 50), says("done", 30), broken, never,
                              says("after the crash", 20), says("of the fork", 10)});
  StartRun start = world.request("count");
  start.session = "talk";
  const std::string first = world.create(std::move(start));
  world.drive(first);
  const std::string second = world.create();
  world.drive(second);
  const std::string third = world.create();
  world.start_driving(third);
  world.advance(seconds(1));
  CHECK(books.differences(third).empty());  // a call in flight is in neither
  CHECK(books.budgets().empty());
  world.crash();
  CHECK(world.drive(third).state.text == "after the crash");
  ForkRun fork;
  fork.run_id = first;
  fork.at = 4;
  const Result<Created> forked = world.get(world.engine().fork(fork));
  const std::string fourth = forked.value().claim.run_id;
  world.drive(fourth);
  for (const std::string& id : {first, second, third, fourth}) {
    CAPTURE(id);
    CHECK(books.differences(id).empty());
  }
  CHECK(books.budgets().empty());
  std::vector<LedgerRow> anew;
  for (const std::string& id : {first, second, third, fourth}) {
    for (LedgerRow& row : ledger_from_journal(id, world.events(id), false)) {
      anew.push_back(std::move(row));
    }
  }
  CHECK(anew.size() == books.ledger().size());
  CHECK(compare_books(books.ledger(), anew).empty());
}

TEST_CASE("a ledger that was meddled with is found out, and the call is named") {
  Books books;
  books.world.model.script = [](const ModelRequest&, int) { return says("done", 40); };
  const std::string id = books.world.create();
  books.world.drive(id);
  SECTION("money") {
    books.ledger().front().cost = 39;
    CHECK(books.differences(id) ==
          std::vector<std::string>{"m1: the ledger has $0.000000039, the journal $0.00000004"});
  }
  SECTION("tokens") {
    books.ledger().front().output += 1;
    CHECK(books.differences(id) ==
          std::vector<std::string>{"m1: the ledger has 6, the journal 5 output tokens"});
  }
  SECTION("a row that is gone") {
    books.ledger().clear();
    CHECK(books.differences(id).size() == 1);
  }
  SECTION("a row that nobody wrote") {
    LedgerRow row = books.ledger().front();
    row.call_id = "m2";
    books.ledger().push_back(row);
    CHECK(books.differences(id) ==
          std::vector<std::string>{"m2: the ledger has $0.00000004, the journal $0"});
  }
}

TEST_CASE("a budget that does not have what the ledger says is found out, and named") {
  Books books;
  books.world.model.script = [](const ModelRequest&, int) { return says("done", 40); };
  books.world.run();
  books.world.run();  // the budgets count what the first run spent
  auto& budget = books.world.disk->tables().budgets.begin()->second;
  const std::string name = words_for(books.world.disk->tables().budgets.begin()->first);
  SECTION("spent") {
    budget.state.settled -= 1;
    REQUIRE(books.budgets().size() == 1);
    CHECK(books.budgets().front().find(name) == 0);
  }
  SECTION("reserved") {
    budget.state.reserved += 5;
    REQUIRE(books.budgets().size() == 1);
    CHECK(books.budgets().front().find(name) == 0);
  }
}

TEST_CASE("a call that a crash cut off counts its tokens as they were reserved") {
  Books books;
  FakeReply never = says("never", 40);
  never.delay = kNever;
  books.world.model.answer_in_turn({never, says("done", 40)});
  const std::string id = books.world.create();
  books.world.start_driving(id);
  books.world.advance(seconds(1));
  books.world.crash();
  books.world.drive(id);
  const std::vector<LedgerRow> ledger = books.world.disk->ledger_of(id);
  REQUIRE(ledger.size() == 2);
  CHECK(ledger[0].input == 10);
  CHECK(ledger[0].output == 10);
  CHECK(ledger[0].estimated);
  CHECK(books.differences(id).empty());
}

}  // namespace yoke
