#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

std::vector<std::string> ids_of(const std::vector<Claim>& claims) {
  std::vector<std::string> ids;
  for (const Claim& claim : claims) ids.push_back(claim.run_id);
  return ids;
}

// A run that has left its owner with this status.
void park(StoreBed& bed, const std::string& run_id, RunStatus status, Micros ready_at = 0) {
  const Claim claim = created(bed, new_run(run_id));
  Append append = append_to(claim, "park");
  append.update = update_to(status, "timer");
  append.update->ready_at = ready_at;
  appended(bed, append);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a live owner keeps its run", "[store]", AllStores) {
  TestType bed;
  created(bed, new_run("R1"));
  const Result<Claim> claim = bed(bed.store().claim("R1"));
  REQUIRE_FALSE(claim);
  CHECK(claim.error().code == Errc::conflict);
  CHECK(claim.error().detail.find("node-a") != std::string::npos);
  CHECK(bed(bed.store().claim("R2")).error().code == Errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("a dead owner's run is adopted and the zombie fenced off", "[store]",
                        AllStores) {
  TestType bed;
  Claim old = created(bed, new_run("R1"));
  old = after(old, appended(bed, append_to(old, "before")));
  bed.reopen();
  const Result<Claim> claim = bed(bed.store().claim("R1"));
  REQUIRE(claim);
  CHECK(claim->adopted);
  CHECK(claim->fence > old.fence);
  CHECK(claim->head_seq == old.head_seq);
  CHECK(claim->head_hash == old.head_hash);
  CHECK(bed(bed.store().append(append_to(old, "zombie"))).error().code == Errc::fenced);
  appended(bed, append_to(*claim, "after"));
  CHECK(bed(bed.store().append(append_to(old, "zombie"))).error().code == Errc::fenced);
  CHECK(bed(bed.store().claim("R1")).error().code == Errc::conflict);
  CHECK(verified_journal(bed, "R1").size() == 2);
}

TEMPLATE_LIST_TEST_CASE("nobody writes to a run before it is claimed anew", "[store]", AllStores) {
  TestType bed;
  const Claim old = created(bed, new_run("R1"));
  bed.reopen();
  CHECK(bed(bed.store().append(append_to(old, "zombie"))).error().code == Errc::fenced);
}

TEMPLATE_LIST_TEST_CASE("a waiting run is claimed without an adoption", "[store]", AllStores) {
  TestType bed;
  park(bed, "R1", RunStatus::waiting);
  CHECK(bed(bed.store().get("R1"))->status == RunStatus::waiting);
  CHECK(bed(bed.store().get("R1"))->reason == "timer");
  const Result<Claim> claim = bed(bed.store().claim("R1"));
  REQUIRE(claim);
  CHECK_FALSE(claim->adopted);
  CHECK(claim->fence == 2);
  CHECK(claim->head_seq == 1);
  const Result<RunRow> row = bed(bed.store().get("R1"));
  CHECK(row->status == RunStatus::owned);
  CHECK(row->reason.empty());
  CHECK(row->takeovers == 0);
  appended(bed, append_to(*claim, "on"));
  CHECK(verified_journal(bed, "R1").size() == 2);
}

TEMPLATE_LIST_TEST_CASE("only due runs are claimed, the ready ones first", "[store]", AllStores) {
  TestType bed;
  park(bed, "late", RunStatus::waiting, 900);
  park(bed, "early", RunStatus::waiting, 100);
  park(bed, "future", RunStatus::waiting, 1001);
  park(bed, "asleep", RunStatus::waiting, 0);
  park(bed, "ready", RunStatus::ready);
  park(bed, "ended", RunStatus::failed);
  created(bed, new_run("owned"));
  CHECK(bed(bed.store().claim_due(1000, 0)).empty());
  CHECK(ids_of(bed(bed.store().claim_due(1000, 2))) == std::vector<std::string>{"ready", "early"});
  CHECK(ids_of(bed(bed.store().claim_due(1000, 9))) == std::vector<std::string>{"late"});
  CHECK(bed(bed.store().claim_due(1000, 9)).empty());
  CHECK(ids_of(bed(bed.store().claim_due(1001, 9))) == std::vector<std::string>{"future"});
}

TEMPLATE_LIST_TEST_CASE("a run that makes no progress is set aside after five takeovers", "[store]",
                        AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  Append spend = append_to(claim, "spend");
  spend.opened = {reserve("R1/c1", 40)};
  claim = after(claim, appended(bed, spend));
  for (int i = 1; i <= 5; ++i) {
    bed.reopen();
    Result<Claim> adopted = bed(bed.store().claim("R1"));
    REQUIRE(adopted);
    CHECK(bed(bed.store().get("R1"))->takeovers == i);
    appended(bed, append_to(*adopted, "taken"));  // tells of the takeover: no progress
  }
  bed.reopen();
  const Result<Claim> refused = bed(bed.store().claim("R1"));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().detail.find("takeovers") != std::string::npos);
  const Result<RunRow> row = bed(bed.store().get("R1"));
  CHECK(row->status == RunStatus::quarantined);
  CHECK(row->reason == "takeovers");
  CHECK(bed(bed.store().budget(the_day())).reserved == 0);
  CHECK(bed(bed.store().budget(the_day())).settled == 40);  // as expected: it may have been billed
  CHECK(verified_journal(bed, "R1").size() == 6);
}

TEMPLATE_LIST_TEST_CASE("a record of progress forgives earlier takeovers", "[store]", AllStores) {
  TestType bed;
  created(bed, new_run("R1"));
  for (int i = 0; i < 12; ++i) {
    bed.reopen();
    Result<Claim> claim = bed(bed.store().claim("R1"));
    REQUIRE(claim);
    const Appended taken = appended(bed, append_to(*claim, "taken"));
    CHECK(bed(bed.store().get("R1"))->takeovers == 1);
    appended(bed, append_to(after(*claim, taken), "progress"));
    CHECK(bed(bed.store().get("R1"))->takeovers == 0);
  }
}

TEMPLATE_LIST_TEST_CASE("of several claims at once one wins", "[store]", AllStores) {
  TestType bed;
  park(bed, "R1", RunStatus::waiting);
  std::vector<awaitable<Result<Claim>>> calls;
  for (int i = 0; i < 8; ++i) calls.push_back(bed.store().claim("R1"));
  int won = 0;
  for (const Result<Claim>& claim : bed.loop.run_all(std::move(calls))) won += claim ? 1 : 0;
  CHECK(won == 1);
}

TEMPLATE_LIST_TEST_CASE("the lease of a live node is renewed", "[store]", AllStores) {
  TestType bed;
  CHECK(bed(bed.store().renew_lease(1)).has_value());
}

TEMPLATE_LIST_TEST_CASE("fences grow with every owner and stay small", "[store]", AllStores) {
  TestType bed;
  park(bed, "R1", RunStatus::waiting);
  std::int64_t fence = 1;
  for (int i = 0; i < 20; ++i) {
    if (i % 4 == 0) bed.reopen();
    Result<Claim> claim = bed(bed.store().claim("R1"));
    REQUIRE(claim);
    CHECK(claim->fence > fence);
    fence = claim->fence;
    Append append = append_to(*claim, "on");
    append.update = update_to(RunStatus::ready);
    appended(bed, append);
  }
  CHECK(fence < 30);
  CHECK(verified_journal(bed, "R1").size() == 21);
}

}  // namespace yoke
