#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

constexpr std::size_t kLarge = 200'000;  // kept apart, in a file of its own

// Text that does not compress away.
std::string noise(std::size_t bytes, std::uint64_t seed) {
  std::string text;
  while (text.size() < bytes) {
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    text += static_cast<char>('a' + (seed >> 33) % 26);
  }
  return text;
}

Claim run_that_says(StoreBed& bed, const std::string& run_id, const std::string& body,
                    const std::string& session = "") {
  NewRun run = new_run(run_id);
  run.session = session;
  run.blobs = {"program of " + run_id};
  run.plan_hash = sha256(run.blobs[0]);
  run.summary = Json{{"title", "a secret"}, {"steps", 3}};
  run.records = {record_of(body)};
  return created(bed, std::move(run));
}

void end(StoreBed& bed, const Claim& claim) {
  Append last = append_to(claim, "the end");
  last.update = update_to(RunStatus::completed);
  last.update->summary = Json{{"title", "a secret"}, {"steps", 3}};
  appended(bed, last);
}

Result<void> erase(StoreBed& bed, const std::string& run_id) {
  return bed(bed.store().erase(run_id, "ann"));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("what an erased run said is gone, and its chain verifies", "[store]",
                        AllStores) {
  TestType bed;
  bed.wall.at = 77;
  const std::string large = noise(kLarge, 1);
  const Claim claim = run_that_says(bed, "R1", large);
  REQUIRE(bed(bed.store().post(message_to("R1", "answer:q"))));
  end(bed, claim);
  REQUIRE(erase(bed, "R1"));
  bed.reopen();
  const std::vector<Record> records = verified_journal(bed, "R1");
  REQUIRE(records.size() == 2);
  for (const Record& record : records) {
    CHECK(record.erased);
    CHECK(record.body.empty());
  }
  CHECK(records[0].body_hash == sha256(large));
  const Result<RunRow> row = bed(bed.store().get("R1"));
  REQUIRE(row);
  CHECK(row->erased_by == "ann");
  CHECK(row->erased_at == 77);
  CHECK(row->summary == Json{{"steps", 3}});
  CHECK(row->status == RunStatus::completed);
  CHECK(bed(bed.store().blob(sha256("program of R1"))).error().code == Errc::not_found);
  CHECK(bed(bed.store().blob(sha256(large))).error().code == Errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("erasing a run leaves what others say as well", "[store]", AllStores) {
  TestType bed;
  const std::string large = noise(kLarge, 2);
  const Claim first = run_that_says(bed, "R1", large);
  NewRun other = new_run("R2");
  other.records = {record_of(large)};
  other.blobs = {"program of R1"};
  other.plan_hash = sha256(other.blobs[0]);
  const Claim second = created(bed, other);
  end(bed, first);
  REQUIRE(erase(bed, "R1"));
  CHECK(verified_journal(bed, "R2")[0].body == large);
  CHECK(bed(bed.store().blob(sha256("program of R1"))).value() == "program of R1");
  end(bed, second);
  REQUIRE(erase(bed, "R2"));
  CHECK(bed(bed.store().blob(sha256("program of R1"))).error().code == Errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("what was erased can be said and kept again", "[store]", AllStores) {
  TestType bed;
  const std::string large = noise(kLarge, 3);
  end(bed, run_that_says(bed, "R1", large));
  REQUIRE(erase(bed, "R1"));
  run_that_says(bed, "R2", large);
  bed.reopen();
  CHECK(verified_journal(bed, "R2")[0].body == large);
}

TEMPLATE_LIST_TEST_CASE("a run is not erased before it has ended", "[store]", AllStores) {
  TestType bed;
  const Claim claim = run_that_says(bed, "R1", "{}");
  CHECK(erase(bed, "R1").error().code == Errc::conflict);
  CHECK(erase(bed, "R9").error().code == Errc::not_found);
  end(bed, claim);
  REQUIRE(erase(bed, "R1"));
  const Micros at = bed(bed.store().get("R1"))->erased_at;
  bed.wall.at += 5;
  REQUIRE(erase(bed, "R1"));
  CHECK(bed(bed.store().get("R1"))->erased_at == at);
}

TEMPLATE_LIST_TEST_CASE("a run whose records a fork shares is erased after the fork", "[store]",
                        AllStores) {
  TestType bed;
  end(bed, run_that_says(bed, "P", "shared"));
  NewRun run = new_run("F");
  run.fork_run = "P";
  run.fork_seq = 1;
  run.records = {record_of("own")};
  const Claim fork = created(bed, run);
  const Result<void> refused = erase(bed, "P");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("fork F") != std::string::npos);
  end(bed, fork);
  REQUIRE(erase(bed, "F"));
  CHECK(verified_journal(bed, "F")[0].body == "shared");
  CHECK(verified_journal(bed, "F")[1].erased);
  REQUIRE(erase(bed, "P"));
  CHECK(verified_journal(bed, "F")[0].erased);
}

TEMPLATE_LIST_TEST_CASE("a run is not erased while a later one of its session goes on from it",
                        "[store]", AllStores) {
  TestType bed;
  end(bed, run_that_says(bed, "R1", "{}", "talk"));
  const Claim later = run_that_says(bed, "R2", "{}", "talk");
  const Result<void> refused = erase(bed, "R1");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("run R2") != std::string::npos);
  end(bed, later);
  CHECK(erase(bed, "R1"));
}

TEMPLATE_LIST_TEST_CASE("what an erased run was still to send is given up", "[store]", AllStores) {
  TestType bed;
  NewRun run = new_run("R1");
  OutboxRow out;
  out.lane = "a";
  out.body = Json{{"text", "a secret"}};
  run.outbox = {out};
  const Claim claim = created(bed, run);
  NewRun other = new_run("R2");
  other.outbox = {out};
  created(bed, other);
  Append last = append_to(claim, "{}");
  last.update = update_to(RunStatus::completed);
  appended(bed, last);
  REQUIRE(erase(bed, "R1"));
  const std::vector<OutboxRow> due = bed(bed.store().claim_outbox(10, 10));
  REQUIRE(due.size() == 1);
  CHECK(due[0].run_id == "R2");
  OutboxFilter filter;
  filter.run_id = "R1";
  const std::vector<OutboxRow> rows = bed(bed.store().list_outbox(filter));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].state == OutboxState::given_up);
  CHECK(rows[0].body.is_null());
}

}  // namespace yoke
