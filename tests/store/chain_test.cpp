#include "runtime/store/chain.h"

#include <catch2/catch.hpp>
#include <functional>

namespace yoke {
namespace {

struct Journal {
  RunRow run;
  std::vector<Record> records;
};

void add(Journal& journal, const std::string& run_id, const std::string& body, Hash prev) {
  Record record;
  record.run_id = run_id;
  record.seq = static_cast<std::int64_t>(journal.records.size()) + 1;
  record.fence = 2;
  record.kind = 7;
  record.at = 100;
  record.call_id = "c1";
  record.label = "trusted,private";
  record.body = body;
  record.body_hash = sha256(body);
  record.hash = chain_next(prev, record);
  journal.records.push_back(record);
  journal.run.run_id = run_id;
  journal.run.head_seq = record.seq;
  journal.run.head_hash = record.hash;
}

Journal whole_journal() {
  Journal journal;
  Hash prev = chain_start("R");
  for (const char* body : {"a", "b", "c", "d"}) {
    add(journal, "R", body, prev);
    prev = journal.records.back().hash;
  }
  return journal;
}

std::string breaks_of(const Journal& journal) {
  std::string text;
  for (const ChainBreak& found : verify_chain(journal.run, journal.records)) {
    text += std::to_string(found.seq) + ": " + found.what + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a journal as it was written has no break") { CHECK(breaks_of(whole_journal()).empty()); }

TEST_CASE("a change of any field of a record is a break at that record") {
  using Change = std::function<void(Record&)>;
  const std::vector<Change> changes = {
      [](Record& r) { r.kind = 8; },         [](Record& r) { r.at += 1; },
      [](Record& r) { r.call_id = "c2"; },   [](Record& r) { r.parent_call = "c0"; },
      [](Record& r) { r.attempt = 1; },      [](Record& r) { r.label = "untrusted,private"; },
      [](Record& r) { r.reason = "x"; },     [](Record& r) { r.fence = 3; },
      [](Record& r) { r.body_hash[0] ^= 1; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Journal journal = whole_journal();
    changes[i](journal.records[1]);
    INFO("change " << i);
    CHECK(breaks_of(journal).find("2: the record does not match its hash\n") != std::string::npos);
  }
}

TEST_CASE("moving text from one field to the next is a break") {
  Journal journal = whole_journal();
  Record& record = journal.records[1];
  record.call_id = "c";
  record.parent_call = "1";
  CHECK(breaks_of(journal) == "2: the record does not match its hash\n");
}

TEST_CASE("a changed body is a break at its record and nowhere else") {
  Journal journal = whole_journal();
  journal.records[2].body = "C";
  CHECK(breaks_of(journal) == "3: the body does not match its hash\n");
}

TEST_CASE("a missing record is named") {
  Journal journal = whole_journal();
  journal.records.erase(journal.records.begin() + 1);
  CHECK(breaks_of(journal).find("3: record 2 is missing\n") == 0);
}

TEST_CASE("a journal cut short is a break") {
  Journal journal = whole_journal();
  journal.records.pop_back();
  CHECK(breaks_of(journal) == "4: the run has 4 records, 3 are there\n");
}

TEST_CASE("a record more than the run has is a break") {
  Journal journal = whole_journal();
  journal.run.head_seq = 3;
  CHECK(breaks_of(journal) == "4: the run has 3 records, 4 are there\n");
}

TEST_CASE("a rewritten journal does not reach the run's head") {
  Journal journal = whole_journal();
  Journal other;
  Hash prev = chain_start("R");
  for (const char* body : {"a", "b", "c", "e"}) {
    add(other, "R", body, prev);
    prev = other.records.back().hash;
  }
  other.run = journal.run;
  CHECK(breaks_of(other) == "4: the last record is not the one the run ends with\n");
}

TEST_CASE("records of another run do not pass as a fork's beginning") {
  Journal journal = whole_journal();
  const Hash fork = chain_fork(journal.records.back().hash, "F");
  add(journal, "F", "x", fork);
  CHECK(breaks_of(journal).empty());
  journal.records[4].run_id = "G";
  CHECK_FALSE(breaks_of(journal).empty());
  CHECK(chain_fork(journal.records[0].hash, "F") != chain_fork(journal.records[1].hash, "F"));
  CHECK(chain_start("R") != chain_start("S"));
}

}  // namespace yoke
