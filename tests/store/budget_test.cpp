#include <catch2/catch.hpp>
#include <limits>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

BudgetState day(StoreBed& bed) { return bed(bed.store().budget(the_day())); }

Append spending(const Claim& claim, std::vector<OpenCall> calls) {
  Append append = append_to(claim, "{}");
  append.opened = std::move(calls);
  return append;
}

Append settling(const Claim& claim, const std::string& call, NanoUsd actual) {
  Append append = append_to(claim, "{}");
  settle(append, call, actual);
  return append;
}

std::vector<LedgerRow> ledger(StoreBed& bed, LedgerFilter filter = {}) {
  return bed(bed.store().ledger(std::move(filter))).rows;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("money is reserved before and settled after", "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  CHECK(day(bed).cap == 0);
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 60)})));
  CHECK(day(bed).cap == 100);
  CHECK(day(bed).reserved == 60);
  claim = after(claim, appended(bed, settling(claim, "R1/c1", 45)));
  CHECK(day(bed).reserved == 0);
  CHECK(day(bed).settled == 45);
  appended(bed, spending(claim, {reserve("R1/c2", 55)}));
  CHECK(day(bed).reserved == 55);
}

TEMPLATE_LIST_TEST_CASE("a reservation above what is left is refused and nothing stored", "[store]",
                        AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 60)})));
  OpenCall dear = reserve("R1/c2", 41);
  dear.budgets.insert(dear.budgets.begin(), BudgetClaim{{"tenant:local", "ever"}, 100});
  dear.budgets.back().place = "yoke.toml:7";
  const Result<Appended> refused = bed(bed.store().append(spending(claim, {dear})));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::exhausted);
  CHECK(refused.error().detail ==
        "the budget of all runs on 2026-11-21 is $0.0000001: $0 spent, $0.00000006 reserved by "
        "calls in flight, and this call may come to $0.000000041; raise it in yoke.toml:7, or go "
        "on when it begins anew at 2026-11-22 00:00 UTC");
  CHECK(day(bed).reserved == 60);
  CHECK(bed(bed.store().budget({"tenant:local", "ever"})).reserved == 0);
  CHECK(bed(bed.store().open_calls()).size() == 1);
  CHECK(verified_journal(bed, "R1").size() == 1);
  appended(bed, spending(claim, {reserve("R1/c2", 40)}));
}

TEMPLATE_LIST_TEST_CASE("opening the same call twice reserves once", "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 60)})));
  bed.reopen();
  const Result<Claim> adopted = bed(bed.store().claim("R1"));
  REQUIRE(adopted);
  appended(bed, spending(*adopted, {reserve("R1/c1", 60)}));
  CHECK(day(bed).reserved == 60);
}

TEMPLATE_LIST_TEST_CASE("an append's closings make room for what it opens", "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 90)})));
  Append both = spending(claim, {reserve("R1/c2", 70)});
  settle(both, "R1/c1", 30);
  claim = after(claim, appended(bed, both));
  CHECK(day(bed).settled == 30);
  CHECK(day(bed).reserved == 70);
  Append split = spending(claim, {reserve("R1/c3", 30), reserve("R1/c4", 61)});
  settle(split, "R1/c2", 10);
  CHECK(bed(bed.store().append(split)).error().code == Errc::exhausted);
  CHECK(day(bed).settled == 30);
  CHECK(day(bed).reserved == 70);
}

TEMPLATE_LIST_TEST_CASE("the end of a run closes as expected what it left open", "[store]",
                        AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  const Claim other = created(bed, new_run("R2"));
  appended(bed, spending(other, {reserve("R2/c1", 10)}));
  claim =
      after(claim, appended(bed, spending(claim, {reserve("R1/c1", 20), reserve("R1/c2", 30)})));
  Append last = settling(claim, "R1/c1", 15);
  last.update = update_to(RunStatus::cancelled);
  appended(bed, last);
  CHECK(day(bed).reserved == 10);
  CHECK(day(bed).settled == 45);
  const std::vector<LedgerRow> rows = ledger(bed);
  REQUIRE(rows.size() == 2);
  CHECK(rows[1].call_id == "c2");
  CHECK(rows[1].run_id == "R1");
  CHECK(rows[1].estimated);
}

TEMPLATE_LIST_TEST_CASE("a budget holds however many runs draw on it at once", "[store]",
                        AllStores) {
  TestType bed;
  std::vector<Claim> claims;
  for (int i = 0; i < 20; ++i) claims.push_back(created(bed, new_run("R" + std::to_string(i))));
  std::vector<awaitable<Result<Appended>>> calls;
  for (const Claim& claim : claims) {
    calls.push_back(bed.store().append(spending(claim, {reserve(claim.run_id + "/c1", 30)})));
  }
  int granted = 0;
  for (const auto& result : bed.loop.run_all(std::move(calls))) granted += result ? 1 : 0;
  CHECK(granted == 3);
  CHECK(day(bed).reserved == 90);
}

TEMPLATE_LIST_TEST_CASE("what costs more than was reserved is counted against the cap", "[store]",
                        AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 60)})));
  claim = after(claim, appended(bed, settling(claim, "R1/c1", 99)));
  CHECK(day(bed).settled == 99);
  CHECK(bed(bed.store().append(spending(claim, {reserve("R1/c2", 2)}))).error().code ==
        Errc::exhausted);
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c2", 1)})));
  claim = after(claim, appended(bed, settling(claim, "R1/c2", 5)));
  CHECK(day(bed).settled == 104);
  CHECK(bed(bed.store().append(spending(claim, {reserve("R1/c3", 1)}))).error().code ==
        Errc::exhausted);
  appended(bed, spending(claim, {reserve("R1/c3", 0)}));  // what costs nothing needs no room
}

TEMPLATE_LIST_TEST_CASE("sums that no number holds exhaust a budget without overflowing it",
                        "[store]", AllStores) {
  TestType bed;
  const NanoUsd most = std::numeric_limits<NanoUsd>::max();
  Claim claim = created(bed, new_run("R1"));
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 60)})));
  claim = after(claim, appended(bed, settling(claim, "R1/c1", most)));
  claim = after(claim, appended(bed, settling(claim, "R1/c2", most)));
  CHECK(day(bed).settled == most);
  CHECK(bed(bed.store().append(spending(claim, {reserve("R1/c3", 1)}))).error().code ==
        Errc::exhausted);
}

TEMPLATE_LIST_TEST_CASE("a budget counts what was spent before it was set up", "[store]",
                        AllStores) {
  TestType bed;
  NewRun run = new_run("R1");
  run.session = "talk";
  Claim claim = created(bed, run);
  LedgerRow row = spent_on_the_day("c1", 7);
  row.session = "talk";
  row.caller = "key:ci";
  row.input = 100;
  row.output = 20;
  Append first = append_to(claim, "{}");
  first.ledger = {row};
  claim = after(claim, appended(bed, first));
  Append second = append_to(claim, "{}");
  row.agent = "writer";
  row.opened_at += 86'400'000'000;
  second.ledger = {row};
  claim = after(claim, appended(bed, second));
  const auto settled = [&](const std::string& scope, const std::string& window,
                           BudgetUnit unit = BudgetUnit::usd) {
    return bed(bed.store().budget({scope, window, unit})).settled;
  };
  CHECK(settled("all", "day:2026-11-21") == 7);
  CHECK(settled("all", "month:2026-11") == 14);
  CHECK(settled("all", "month:2026-12") == 0);
  CHECK(settled("all", "ever", BudgetUnit::tokens) == 240);
  CHECK(settled("agent:analyst", "ever") == 7);
  CHECK(settled("agent:writer", "day:2026-11-22") == 7);
  CHECK(settled("tenant:local", "month:2026-11") == 14);
  CHECK(settled("tenant:acme", "month:2026-11") == 0);
  CHECK(settled("session:local/talk", "ever") == 14);
  CHECK(settled("session:acme/talk", "ever") == 0);
  CHECK(settled("caller:local/key:ci", "ever") == 14);
  CHECK(settled("caller:local/key:ci", "day:2026-11-22") == 7);
  CHECK(settled("caller:acme/key:ci", "ever") == 0);
  CHECK(settled("caller:local/key:other", "ever") == 0);
  CHECK(settled("run:R1", "ever") == 14);
  CHECK(settled("run:R2", "ever") == 0);
  CHECK(settled("nothing known", "day:2026-11-21") == 0);
  OpenCall call = reserve("R1/c3", 10, 16);
  call.expected.opened_at += 86'400'000'000;
  call.budgets = {BudgetClaim{{"all", "month:2026-11"}, 16}};
  CHECK(bed(bed.store().append(spending(claim, {call}))).error().code == Errc::exhausted);
  call.budgets.front().cap = 24;
  appended(bed, spending(claim, {call}));
}

TEMPLATE_LIST_TEST_CASE("tokens are a budget's unit as well as money is", "[store]", AllStores) {
  TestType bed;
  const BudgetKey key{"agent:analyst", "day:2026-11-21", BudgetUnit::tokens};
  Claim claim = created(bed, new_run("R1"));
  OpenCall call = reserve("R1/c1", 5);
  call.expected.input = 300;
  call.expected.output = 100;
  call.budgets.push_back(BudgetClaim{key, 1000});
  claim = after(claim, appended(bed, spending(claim, {call})));
  CHECK(bed(bed.store().budget(key)).reserved == 400);
  CHECK(day(bed).reserved == 5);
  call.id = "R1/c2";
  call.expected.input = 501;
  const Result<Appended> refused = bed(bed.store().append(spending(claim, {call})));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("agent 'analyst' on 2026-11-21 is 1000 tokens: 0 tokens "
                                    "spent, 400 tokens reserved") != std::string::npos);
}

namespace {

std::string text_of(const LedgerRow& row) {
  std::string text = row.run_id + " " + std::to_string(row.seq) + " " + row.call_id + " " +
                     row.agent + row.session + row.tenant + row.caller + row.target + row.route +
                     row.role + row.prices;
  for (const std::int64_t each : {row.input, row.cached, row.cache_write, row.output, row.reasoning,
                                  row.cost, std::int64_t{row.estimated}, row.opened_at, row.at}) {
    text += " " + std::to_string(each);
  }
  return text;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the ledger's rows are kept as they were handed in, in their order",
                        "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  const auto row_of = [](const std::string& call_id, std::int64_t first) {
    LedgerRow row;
    row.call_id = call_id;
    row.agent = "writer";
    row.session = "talk";
    row.tenant = "acme";
    row.caller = "key:ci";
    row.target = "openai/gpt-5-mini";
    row.route = "default";
    row.role = "hedge";
    row.input = first;
    row.cached = first + 1;
    row.cache_write = first + 2;
    row.output = first + 3;
    row.reasoning = first + 4;
    row.cost = first + 5;
    row.estimated = first % 2 == 1;
    row.prices = "2026-11-21";
    row.opened_at = 1'000'000 + first;
    row.at = 2'000'000 + first;
    return row;
  };
  Append append = spending(claim, {reserve("R1/c1", 5)});
  append.ledger = {row_of("m1", 10), row_of("m2", 21)};
  claim = after(claim, appended(bed, append));
  const Claim other = created(bed, new_run("R2"));
  Append third = append_to(other, "{}");
  third.ledger = {row_of("m1", 32)};
  appended(bed, third);
  bed.reopen();
  std::vector<LedgerRow> expected = {row_of("m1", 10), row_of("m2", 21), row_of("m1", 32)};
  for (LedgerRow& row : expected) row.seq = 1;
  expected[0].run_id = expected[1].run_id = "R1";
  expected[2].run_id = "R2";
  const std::vector<LedgerRow> rows = ledger(bed);
  REQUIRE(rows.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(text_of(rows[i]) == text_of(expected[i]));

  LedgerFilter filter;
  filter.run_id = "R1";
  CHECK(ledger(bed, filter).size() == 2);
  filter = {};
  filter.since = 1'000'021;
  filter.until = 1'000'032;
  CHECK(ledger(bed, filter).size() == 1);
  filter = {};
  filter.limit = 2;
  const LedgerPage page = bed(bed.store().ledger(filter));
  CHECK(page.rows.size() == 2);
  filter.after = page.last;
  CHECK(ledger(bed, filter).size() == 1);
}

TEMPLATE_LIST_TEST_CASE("the ledger is read for one tenant as for all", "[store]", AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  Append append = spending(claim, {});
  append.ledger.emplace_back().tenant = "acme";
  append.ledger.emplace_back().tenant = "bolt";
  append.ledger.emplace_back().tenant = "acme";
  appended(bed, append);
  LedgerFilter filter;
  CHECK(ledger(bed, filter).size() == 3);
  filter.tenant = "acme";
  CHECK(ledger(bed, filter).size() == 2);
  filter.tenant = "another";
  CHECK(ledger(bed, filter).empty());
}

TEMPLATE_LIST_TEST_CASE("an append that a budget refuses leaves no row in the ledger", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  Append append = spending(claim, {reserve("R1/c1", 1'000)});
  append.ledger = {spent_on_the_day("c0", 10)};
  CHECK(bed(bed.store().append(append)).error().code == Errc::exhausted);
  CHECK(ledger(bed).empty());
}

TEMPLATE_LIST_TEST_CASE("a call outside of any run draws on the same budgets", "[store]",
                        AllStores) {
  TestType bed;
  MoneyMoves open;
  open.opened = {reserve("x/1", 80)};
  REQUIRE(bed(bed.store().charge(open)));
  MoneyMoves dear;
  dear.opened = {reserve("x/2", 21)};
  CHECK(bed(bed.store().charge(dear)).error().code == Errc::exhausted);
  const Claim claim = created(bed, new_run("R1"));
  CHECK_FALSE(bed(bed.store().append(spending(claim, {reserve("R1/c1", 21)}))));
  MoneyMoves done;
  settle(done, "x/1", 12);
  REQUIRE(bed(bed.store().charge(done)));
  CHECK(day(bed).reserved == 0);
  CHECK(day(bed).settled == 12);
  REQUIRE(ledger(bed).size() == 1);
  CHECK(ledger(bed)[0].run_id.empty());
}

TEMPLATE_LIST_TEST_CASE("a process that died leaves no money reserved by calls outside of runs",
                        "[store]", AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  appended(bed, spending(claim, {reserve("R1/c1", 10)}));
  MoneyMoves open;
  open.opened = {reserve("x/1", 30)};
  REQUIRE(bed(bed.store().charge(open)));
  REQUIRE(bed(bed.store().open_calls()).size() == 2);
  bed.reopen();
  const std::vector<OpenCall> calls = bed(bed.store().open_calls());
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].id == "R1/c1");
  CHECK(calls[0].expected.run_id == "R1");
  CHECK(calls[0].expected.cost == 10);
  REQUIRE(calls[0].budgets.size() == 1);
  CHECK(calls[0].budgets[0].budget == the_day());
  CHECK(day(bed).reserved == 10);
  CHECK(day(bed).settled == 30);
  REQUIRE(ledger(bed).size() == 1);
  CHECK(ledger(bed)[0].estimated);
}

TEMPLATE_LIST_TEST_CASE("all budgets are listed as they stand", "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  OpenCall call = reserve("R1/c1", 10);
  call.budgets.push_back(BudgetClaim{{"agent:analyst", "ever"}, 50});
  claim = after(claim, appended(bed, spending(claim, {call})));
  appended(bed, settling(claim, "R1/c1", 8));
  const std::vector<BudgetRow> rows = bed(bed.store().budgets());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].key == BudgetKey{"agent:analyst", "ever"});
  CHECK(rows[0].cap == 50);
  CHECK(rows[1].key == the_day());
  for (const BudgetRow& row : rows) CHECK(row.settled == 8);
  for (const BudgetRow& row : rows) CHECK(row.reserved == 0);
}

}  // namespace yoke
