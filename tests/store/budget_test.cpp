#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

BudgetState day(StoreBed& bed) { return bed(bed.store().budget("day", "day:2026-11-21")); }

Append spending(const Claim& claim, std::vector<BudgetOp> operations) {
  Append append = append_to(claim, "{}");
  append.budgets = std::move(operations);
  return append;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("money is reserved before and settled after", "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  CHECK(day(bed).cap == 0);
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 60)})));
  CHECK(day(bed).cap == 100);
  CHECK(day(bed).reserved == 60);
  claim = after(claim, appended(bed, spending(claim, {settle("R1/c1", 60, 45)})));
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
  BudgetOp small = reserve("R1/c2", 1);
  small.scope = "tenant";
  const Result<Appended> refused =
      bed(bed.store().append(spending(claim, {small, reserve("R1/c2", 41)})));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::exhausted);
  CHECK(refused.error().detail.find("'day'") != std::string::npos);
  CHECK(day(bed).reserved == 60);
  CHECK(bed(bed.store().budget("tenant", "day:2026-11-21")).reserved == 0);
  CHECK(verified_journal(bed, "R1").size() == 1);
  appended(bed, spending(claim, {reserve("R1/c2", 40)}));
}

TEMPLATE_LIST_TEST_CASE("reserving the same call twice reserves once", "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 60)})));
  bed.reopen();
  const Result<Claim> adopted = bed(bed.store().claim("R1"));
  REQUIRE(adopted);
  appended(bed, spending(*adopted, {reserve("R1/c1", 60)}));
  CHECK(day(bed).reserved == 60);
}

TEMPLATE_LIST_TEST_CASE("operations of one append are weighed together", "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  claim = after(claim, appended(bed, spending(claim, {reserve("R1/c1", 90)})));
  const std::vector<BudgetOp> both = {settle("R1/c1", 90, 30), reserve("R1/c2", 70)};
  claim = after(claim, appended(bed, spending(claim, both)));
  CHECK(day(bed).settled == 30);
  CHECK(day(bed).reserved == 70);
  const auto split =
      spending(claim, {settle("R1/c2", 70, 10), reserve("R1/c3", 30), reserve("R1/c4", 31)});
  CHECK(bed(bed.store().append(split)).error().code == Errc::exhausted);
  CHECK(day(bed).settled == 30);
}

TEMPLATE_LIST_TEST_CASE("the end of a run gives back what it still reserves", "[store]",
                        AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  const Claim other = created(bed, new_run("R2"));
  appended(bed, spending(other, {reserve("R2/c1", 10)}));
  claim =
      after(claim, appended(bed, spending(claim, {reserve("R1/c1", 20), reserve("R1/c2", 30)})));
  Append last = spending(claim, {settle("R1/c1", 20, 15)});
  last.update = update_to(RunStatus::cancelled);
  appended(bed, last);
  CHECK(day(bed).reserved == 10);
  CHECK(day(bed).settled == 15);
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

TEMPLATE_LIST_TEST_CASE("an append with ledger rows and money is taken whole", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  Append append = spending(claim, {reserve("R1/c1", 5)});
  LedgerRow row;
  row.call_id = "c1";
  row.target = "openai/gpt-5-mini";
  row.cost = 4;
  append.ledger = {row, row};
  Claim next = after(claim, appended(bed, append));
  Append only_ledger = append_to(next, "");
  only_ledger.records.clear();
  only_ledger.ledger = {row};
  CHECK(appended(bed, only_ledger).head_seq == next.head_seq);
}

}  // namespace yoke
