#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

std::string bodies(StoreBed& bed, const std::string& run_id) {
  std::string text;
  for (const Record& record : verified_journal(bed, run_id)) text += record.body;
  return text;
}

NewRun fork_of(const std::string& parent, std::int64_t seq, const std::string& run_id) {
  NewRun run = new_run(run_id);
  run.fork_run = parent;
  run.fork_seq = seq;
  return run;
}

Claim parent_with(StoreBed& bed, const std::string& run_id, const std::string& letters) {
  NewRun run = new_run(run_id);
  for (const char letter : letters) run.records.push_back(record_of(std::string(1, letter)));
  return created(bed, run);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a fork begins with its parent's records and goes its own way", "[store]",
                        AllStores) {
  TestType bed;
  const Claim parent = parent_with(bed, "P", "abcde");
  NewRun run = fork_of("P", 3, "F");
  run.records = {record_of("X")};
  const Claim fork = created(bed, run);
  CHECK(fork.head_seq == 4);
  appended(bed, append_to(fork, "Y"));
  appended(bed, append_to(parent, "f"));
  CHECK(bodies(bed, "F") == "abcXY");
  CHECK(bodies(bed, "P") == "abcdef");
  const std::vector<Record> records = verified_journal(bed, "F");
  CHECK(records[2].run_id == "P");
  CHECK(records[3].run_id == "F");
  CHECK(records[3].seq == 4);
  const Result<RunRow> row = bed(bed.store().get("F"));
  CHECK(row->fork_run == "P");
  CHECK(row->fork_seq == 3);
  CHECK(row->head_seq == 5);
}

TEMPLATE_LIST_TEST_CASE("a fork without records of its own ends where it was forked", "[store]",
                        AllStores) {
  TestType bed;
  parent_with(bed, "P", "abc");
  const Claim fork = created(bed, fork_of("P", 2, "F"));
  CHECK(fork.head_seq == 2);
  CHECK(bodies(bed, "F") == "ab");
  bed.reopen();
  const Result<Claim> claim = bed(bed.store().claim("F"));
  REQUIRE(claim);
  CHECK(claim->head_seq == 2);
  CHECK(claim->head_hash == fork.head_hash);
  appended(bed, append_to(*claim, "Z"));
  CHECK(bodies(bed, "F") == "abZ");
}

TEMPLATE_LIST_TEST_CASE("forks of forks read through all their parents", "[store]", AllStores) {
  TestType bed;
  parent_with(bed, "P", "abcdef");
  NewRun middle = fork_of("P", 4, "M");
  middle.records = {record_of("K"), record_of("L")};
  created(bed, middle);
  NewRun late = fork_of("M", 5, "late");
  late.records = {record_of("1")};
  created(bed, late);
  NewRun early = fork_of("M", 2, "early");
  early.records = {record_of("2")};
  created(bed, early);
  created(bed, fork_of("early", 2, "again"));
  CHECK(bodies(bed, "late") == "abcdK1");
  CHECK(bodies(bed, "early") == "ab2");
  CHECK(bodies(bed, "again") == "ab");
  const auto part = bed(bed.store().read("late", 3, 2));
  REQUIRE(part);
  REQUIRE(part->size() == 2);
  CHECK(part->at(0).body == "d");
  CHECK(part->at(1).body == "K");
}

TEMPLATE_LIST_TEST_CASE("a fork is refused where its parent has no record", "[store]", AllStores) {
  TestType bed;
  parent_with(bed, "P", "abc");
  CHECK(bed(bed.store().create(fork_of("P", 4, "F"))).error().code == Errc::invalid);
  CHECK(bed(bed.store().create(fork_of("P", 0, "F"))).error().code == Errc::invalid);
  CHECK(bed(bed.store().create(fork_of("Q", 1, "F"))).error().code == Errc::not_found);
  CHECK(bed(bed.store().get("F")).error().code == Errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("a line of forks has an end", "[store]", AllStores) {
  TestType bed;
  parent_with(bed, "F0", "a");
  for (int i = 1; i <= 64; ++i) {
    created(bed, fork_of("F" + std::to_string(i - 1), 1, "F" + std::to_string(i)));
  }
  CHECK(bodies(bed, "F64") == "a");
  const Result<Created> refused = bed(bed.store().create(fork_of("F64", 1, "F65")));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::too_large);
}

}  // namespace yoke
