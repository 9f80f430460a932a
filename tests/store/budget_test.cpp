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

namespace {

LedgerRow spent(const std::string& call_id, std::int64_t first) {
  LedgerRow row;
  row.call_id = call_id;
  row.target = "openai/gpt-5-mini";
  row.input = first;
  row.cached = first + 1;
  row.cache_write = first + 2;
  row.output = first + 3;
  row.reasoning = first + 4;
  row.cost = first + 5;
  row.estimated = first % 2 == 1;
  row.at = 1'000'000 + first;
  return row;
}

std::string text_of(const LedgerRow& row) {
  std::string text = row.call_id + " " + row.target;
  for (const std::int64_t each : {row.input, row.cached, row.cache_write, row.output, row.reasoning,
                                  row.cost, std::int64_t{row.estimated}, row.at}) {
    text += " " + std::to_string(each);
  }
  return text;
}

void check_ledger(const StoreBed& bed, const std::vector<LedgerRow>& expected) {
  const std::vector<LedgerRow> rows = bed.ledger("R1");
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i) CHECK(text_of(rows[i]) == text_of(expected[i]));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("the ledger rows of an append are kept as they were handed in", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  Append append = spending(claim, {reserve("R1/c1", 5)});
  append.ledger = {spent("m1", 10), spent("m2", 21)};
  const Claim next = after(claim, appended(bed, append));
  check_ledger(bed, {spent("m1", 10), spent("m2", 21)});
  Append only_ledger = append_to(next, "");
  only_ledger.records.clear();
  only_ledger.ledger = {spent("m3", 32)};
  CHECK(appended(bed, only_ledger).head_seq == next.head_seq);
  check_ledger(bed, {spent("m1", 10), spent("m2", 21), spent("m3", 32)});
}

TEMPLATE_LIST_TEST_CASE("an append that a budget refuses leaves no ledger row", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  Append append = spending(claim, {reserve("R1/c1", 1'000)});
  append.ledger = {spent("m1", 10)};
  CHECK(bed(bed.store().append(append)).error().code == Errc::exhausted);
  check_ledger(bed, {});
}

}  // namespace yoke
