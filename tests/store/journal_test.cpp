#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

std::string big_text(std::size_t bytes) {  // does not compress away
  std::string text;
  std::uint32_t state = 1;
  while (text.size() < bytes) {
    state = state * 1664525 + 1013904223;
    text += static_cast<char>('a' + (state >> 24) % 26);
  }
  return text;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a run is created with its first records and owned", "[store]", AllStores) {
  TestType bed;
  NewRun run = new_run("R1");
  run.session = "s";
  run.parent_run = "P";
  run.parent_call = "c9";
  run.plan_hash = sha256("plan");
  run.summary = Json{{"title", "rain"}};
  run.records = {record_of("{\"a\":1}", 1), record_of("{\"b\":2}", 2)};
  run.blobs = {"plan"};
  const Claim claim = created(bed, run);
  CHECK(claim.fence == 1);
  CHECK(claim.head_seq == 2);
  CHECK_FALSE(claim.adopted);

  const Result<RunRow> row = bed(bed.store().get("R1"));
  REQUIRE(row);
  CHECK(row->status == RunStatus::owned);
  CHECK(row->owner == "node-a");
  CHECK(row->session == "s");
  CHECK(row->parent_run == "P");
  CHECK(row->parent_call == "c9");
  CHECK(row->head_seq == 2);
  CHECK(row->head_hash == claim.head_hash);
  CHECK(row->created_at == 1000);
  CHECK(row->summary == Json{{"title", "rain"}});
  CHECK(*bed(bed.store().blob(row->plan_hash)) == "plan");
  CHECK(verified_journal(bed, "R1").size() == 2);
}

TEMPLATE_LIST_TEST_CASE("a record comes back field by field as it was appended", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  Append append = append_to(claim, "{}");
  RecordIn& in = append.records[0];
  in = RecordIn{31, 77, "c1", "c0", 3, "untrusted,private", "quota \"x\"", "{\"t\":\"\\u0000é\"}"};
  const RecordIn sent = in;
  const Appended done = appended(bed, append);
  CHECK(done.head_seq == 1);
  REQUIRE(done.hashes.size() == 1);
  CHECK(done.hashes[0] == done.head_hash);
  const std::vector<Record> records = verified_journal(bed, "R1");
  REQUIRE(records.size() == 1);
  const Record& record = records[0];
  CHECK(record.run_id == "R1");
  CHECK(record.seq == 1);
  CHECK(record.fence == claim.fence);
  CHECK(record.kind == sent.kind);
  CHECK(record.at == sent.at);
  CHECK(record.call_id == sent.call_id);
  CHECK(record.parent_call == sent.parent_call);
  CHECK(record.attempt == sent.attempt);
  CHECK(record.label == sent.label);
  CHECK(record.reason == sent.reason);
  CHECK(record.body == sent.body);
  CHECK(record.body_hash == sha256(sent.body));
}

TEMPLATE_LIST_TEST_CASE("bodies of every size come back whole", "[store]", AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  const std::vector<std::size_t> sizes = {0, 4096, 4097, 60'000, 200'000};
  for (const std::size_t size : sizes) {
    claim = after(claim, appended(bed, append_to(claim, big_text(size))));
  }
  bed.reopen();
  const std::vector<Record> records = verified_journal(bed, "R1");
  REQUIRE(records.size() == sizes.size());
  for (std::size_t i = 0; i < sizes.size(); ++i) CHECK(records[i].body == big_text(sizes[i]));
}

TEMPLATE_LIST_TEST_CASE("a content is found by its hash, and no other is", "[store]", AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  Append append = append_to(claim, "{}");
  const std::string repeated(100'000, 'x');
  append.blobs = {"small", repeated, big_text(300'000), "", "small"};
  const std::vector<std::string> sent = append.blobs;
  appended(bed, append);
  bed.reopen();
  for (const std::string& blob : sent) CHECK(*bed(bed.store().blob(sha256(blob))) == blob);
  const Result<std::string> missing = bed(bed.store().blob(sha256("never")));
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("reading goes on after a sequence number, up to a limit", "[store]",
                        AllStores) {
  TestType bed;
  NewRun run = new_run("R1");
  for (int i = 1; i <= 9; ++i) run.records.push_back(record_of(std::to_string(i)));
  created(bed, run);
  const auto bodies = [&](std::int64_t after_seq, int limit) {
    std::string text;
    for (const Record& record : *bed(bed.store().read("R1", after_seq, limit))) text += record.body;
    return text;
  };
  CHECK(bodies(0, 3) == "123");
  CHECK(bodies(3, 3) == "456");
  CHECK(bodies(6, 100) == "789");
  CHECK(bodies(9, 100).empty());
  CHECK(bodies(0, 0).empty());
  const auto unknown = bed(bed.store().read("R2", 0, 1));
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().code == Errc::not_found);
}

TEMPLATE_LIST_TEST_CASE("an append at another place than the head is fenced off", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  appended(bed, append_to(claim, "first"));
  const Result<Appended> again = bed(bed.store().append(append_to(claim, "first")));
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::fenced);
  Append gap = append_to(claim, "third");
  gap.after_seq = 2;
  const Result<Appended> ahead = bed(bed.store().append(gap));
  REQUIRE_FALSE(ahead);
  CHECK(ahead.error().code == Errc::fenced);
  CHECK(verified_journal(bed, "R1").size() == 1);
}

TEMPLATE_LIST_TEST_CASE("appends handed in together are applied in their order", "[store]",
                        AllStores) {
  TestType bed;
  const Claim claim = created(bed, new_run("R1"));
  std::vector<awaitable<Result<Appended>>> calls;
  for (int i = 0; i < 20; ++i) {
    Append append = append_to(claim, std::to_string(i));
    append.after_seq = i;
    if (i % 3 == 0) append.durability = Durability::soft;
    calls.push_back(bed.store().append(std::move(append)));
  }
  const auto results = bed.loop.run_all(std::move(calls));
  for (std::size_t i = 0; i < results.size(); ++i) {
    REQUIRE(results[i]);
    CHECK(results[i]->head_seq == static_cast<std::int64_t>(i) + 1);
  }
  CHECK(verified_journal(bed, "R1").size() == 20);
}

TEMPLATE_LIST_TEST_CASE("a refused append leaves its neighbours alone", "[store]", AllStores) {
  TestType bed;
  const Claim good = created(bed, new_run("R1"));
  const Claim poor = created(bed, new_run("R2"));
  Append stale = append_to(good, "stale");
  stale.fence += 1;
  Append dear = append_to(poor, "dear");
  dear.opened = {reserve("R2/c1", 101)};
  dear.blobs = {"never kept"};
  Append unknown = append_to(good, "unknown");
  unknown.run_id = "R9";
  std::vector<awaitable<Result<Appended>>> calls;
  calls.push_back(bed.store().append(stale));
  calls.push_back(bed.store().append(append_to(good, "kept")));
  calls.push_back(bed.store().append(dear));
  calls.push_back(bed.store().append(append_to(poor, "kept")));
  calls.push_back(bed.store().append(unknown));
  const auto results = bed.loop.run_all(std::move(calls));
  CHECK(results[0].error().code == Errc::fenced);
  CHECK(results[1].has_value());
  CHECK(results[2].error().code == Errc::exhausted);
  CHECK(results[3].has_value());
  CHECK(results[4].error().code == Errc::not_found);
  CHECK(verified_journal(bed, "R1").at(0).body == "kept");
  CHECK(verified_journal(bed, "R2").at(0).body == "kept");
  CHECK_FALSE(bed(bed.store().blob(sha256("never kept"))).has_value());
}

TEMPLATE_LIST_TEST_CASE("an idempotency key names one run of a tenant", "[store]", AllStores) {
  TestType bed;
  NewRun run = new_run("R1");
  run.idem_key = "k";
  created(bed, run);
  run.run_id = "R2";
  run.records = {record_of("{}")};
  const Result<Created> again = bed(bed.store().create(run));
  REQUIRE(again);
  CHECK(again->existed);
  CHECK(again->claim.run_id == "R1");
  CHECK(again->claim.fence == 0);
  CHECK(bed(bed.store().get("R2")).error().code == Errc::not_found);
  run.tenant = "other";
  CHECK_FALSE(bed(bed.store().create(run))->existed);
  const Result<Created> same_id = bed(bed.store().create(new_run("R2")));
  REQUIRE_FALSE(same_id);
  CHECK(same_id.error().code == Errc::conflict);
}

TEMPLATE_LIST_TEST_CASE("a final status ends the ownership and the run", "[store]", AllStores) {
  TestType bed;
  bed.wall.at = 5000;
  const Claim claim = created(bed, new_run("R1"));
  Append last = append_to(claim, "end");
  last.update = update_to(RunStatus::completed, "done");
  last.update->summary = Json{{"cost", 5}};
  const Claim ended = after(claim, appended(bed, last));
  const Result<RunRow> row = bed(bed.store().get("R1"));
  REQUIRE(row);
  CHECK(row->status == RunStatus::completed);
  CHECK(row->reason == "done");
  CHECK(row->finished_at == 5000);
  CHECK(row->owner.empty());
  CHECK(row->summary == Json{{"cost", 5}});
  CHECK(bed(bed.store().append(append_to(ended, "more"))).error().code == Errc::fenced);
  CHECK(bed(bed.store().claim("R1")).error().code == Errc::conflict);
  CHECK(bed(bed.store().post(message_to("R1", "cancel"))).error().code == Errc::conflict);
  CHECK(verified_journal(bed, "R1").size() == 1);
}

TEMPLATE_LIST_TEST_CASE("a journal of many records keeps its head over a restart", "[store]",
                        AllStores) {
  TestType bed;
  Claim claim = created(bed, new_run("R1"));
  for (int i = 0; i < 150; ++i) {
    claim = after(claim, appended(bed, append_to(claim, std::to_string(i))));
  }
  CHECK(bed(bed.store().get("R1"))->head_seq == 150);
  bed.reopen();
  CHECK(verified_journal(bed, "R1").size() == 150);
  const Result<Claim> adopted = bed(bed.store().claim("R1"));
  REQUIRE(adopted);
  CHECK(adopted->head_seq == 150);
  CHECK(adopted->head_hash == claim.head_hash);
}

}  // namespace yoke
