#include <catch2/catch.hpp>

#include "tests/store/store_suite.h"

namespace yoke {
namespace {

NewRun run_in(const std::string& session, const std::string& run_id, Micros at = 0) {
  NewRun run = new_run(run_id);
  run.session = session;
  run.created_at = at;
  return run;
}

NewRun queued_in(const std::string& session, const std::string& run_id) {
  NewRun run = run_in(session, run_id);
  run.records = {record_of("{}")};
  run.turn.emplace();
  run.turn->queued = true;
  return run;
}

Appended end_session_run(StoreBed& bed, const Claim& claim) {
  Append last = append_to(claim, "{}");
  last.update = update_to(RunStatus::completed);
  return appended(bed, last);
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a key used for another request, or long ago, is told apart", "[store]",
                        AllStores) {
  TestType bed;
  NewRun run = new_run("R1");
  run.idem_key = "k";
  run.idem_hash = "one";
  run.created_at = 100;
  created(bed, run);
  run.run_id = "R2";
  run.created_at = 200;
  CHECK(bed(bed.store().create(run))->same);
  run.idem_hash = "two";
  const Result<Created> other = bed(bed.store().create(run));
  CHECK(other->existed);
  CHECK_FALSE(other->same);
  run.idem_since = 101;
  const Result<Created> fresh = bed(bed.store().create(run));
  REQUIRE(fresh);
  CHECK_FALSE(fresh->existed);
  run.run_id = "R3";
  CHECK(bed(bed.store().create(run))->claim.run_id == "R2");
  CHECK(bed(bed.store().get("R1")).has_value());
}

TEMPLATE_LIST_TEST_CASE("a run that wants its session free is refused while one has not ended",
                        "[store]", AllStores) {
  TestType bed;
  const Claim first = created(bed, run_in("talk", "R1"));
  NewRun run = run_in("talk", "R2");
  run.turn.emplace();
  run.turn->free = true;
  const Result<Created> busy = bed(bed.store().create(run));
  REQUIRE_FALSE(busy);
  CHECK(busy.error().code == Errc::conflict);
  CHECK(busy.error().place == "session");
  CHECK(busy.error().detail.find("R1") != std::string::npos);
  end_session_run(bed, first);
  const Result<Created> moved = bed(bed.store().create(run));
  REQUIRE_FALSE(moved);
  CHECK(moved.error().place == "after");
  run.turn->after = "R1";
  CHECK(bed(bed.store().create(run)).has_value());
}

TEMPLATE_LIST_TEST_CASE("a queued run is due when all before it have ended", "[store]", AllStores) {
  TestType bed;
  bed.wall.at = 500;
  const Claim first = created(bed, run_in("talk", "R1"));
  const Result<Created> second = bed(bed.store().create(queued_in("talk", "R2")));
  REQUIRE(second);
  CHECK(second->queued);
  CHECK_FALSE(second->due);
  REQUIRE(bed(bed.store().create(queued_in("talk", "R3"))));
  const Result<RunRow> row = bed(bed.store().get("R2"));
  CHECK(row->status == RunStatus::waiting);
  CHECK(row->reason == kWaitsForSession);
  CHECK(row->ready_at == 0);
  CHECK(row->head_seq == 1);
  CHECK(bed(bed.store().claim_due(1'000, 10)).empty());
  CHECK(end_session_run(bed, first).next_in_session == "R2");
  bed.reopen();
  RunFilter due;
  due.tenant.reset();
  due.due_by = 1'000;
  CHECK(bed(bed.store().list(due)).size() == 1);
  const std::vector<Claim> claims = bed(bed.store().claim_due(1'000, 10));
  REQUIRE(claims.size() == 1);
  CHECK(claims[0].run_id == "R2");
  CHECK(end_session_run(bed, claims[0]).next_in_session == "R3");
}

TEMPLATE_LIST_TEST_CASE("a queued run that ends early does not let the next one overtake",
                        "[store]", AllStores) {
  TestType bed;
  const Claim first = created(bed, run_in("talk", "R1"));
  REQUIRE(bed(bed.store().create(queued_in("talk", "R2"))));
  REQUIRE(bed(bed.store().create(queued_in("talk", "R3"))));
  const Result<Claim> second = bed(bed.store().claim("R2"));
  REQUIRE(second);
  CHECK(end_session_run(bed, *second).next_in_session.empty());
  CHECK(end_session_run(bed, first).next_in_session == "R3");
}

TEMPLATE_LIST_TEST_CASE("a queued run without others before it is due at once", "[store]",
                        AllStores) {
  TestType bed;
  const Result<Created> made = bed(bed.store().create(queued_in("talk", "R1")));
  REQUIRE(made);
  CHECK(made->due);
  CHECK(bed(bed.store().get("R1"))->ready_at > 0);
}

TEMPLATE_LIST_TEST_CASE("a run that interrupts tells all of its session in one go", "[store]",
                        AllStores) {
  TestType bed;
  end_session_run(bed, created(bed, run_in("talk", "R0")));
  created(bed, run_in("talk", "R1"));
  created(bed, run_in("other", "X"));
  REQUIRE(bed(bed.store().create(queued_in("talk", "R2"))));
  NewRun run = queued_in("talk", "R3");
  run.to_session = message_to("", "cancel");
  const Result<Created> made = bed(bed.store().create(run));
  REQUIRE(made);
  CHECK(made->told == std::vector<std::string>{"R1", "R2"});
  CHECK(bed(bed.store().inbox("R1")).size() == 1);
  CHECK(bed(bed.store().get("R2"))->ready_at > 0);
  CHECK(bed(bed.store().inbox("R3")).empty());
}

TEMPLATE_LIST_TEST_CASE("sessions are listed by their newest run, in pages", "[store]", AllStores) {
  TestType bed;
  NewRun first = run_in("talk", "R1", 10);
  first.summary = Json{{"title", "hello"}};
  created(bed, first);
  NewRun last = run_in("talk", "R2", 40);
  last.agent = "writer";
  last.summary = Json{{"title", "goodbye"}};
  created(bed, last);
  created(bed, run_in("a", "R3", 30));
  created(bed, run_in("b", "R4", 30));
  created(bed, run_in("", "R5", 50));
  NewRun strange = run_in("theirs", "R6", 60);
  strange.tenant = "acme";
  created(bed, strange);
  SessionFilter filter;
  filter.limit = 2;
  const std::vector<SessionRow> page = bed(bed.store().sessions(filter));
  REQUIRE(page.size() == 2);
  CHECK(page[0].session == "talk");
  CHECK(page[0].runs == 2);
  CHECK(page[0].last_run == "R2");
  CHECK(page[0].agent == "writer");
  CHECK(page[0].title == "goodbye");
  CHECK(page[0].first_at == 10);
  CHECK(page[0].last_at == 40);
  CHECK(page[1].session == "b");
  filter.before_at = page[1].last_at;
  filter.before_session = page[1].session;
  const std::vector<SessionRow> rest = bed(bed.store().sessions(filter));
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].session == "a");
}

TEMPLATE_LIST_TEST_CASE("runs are listed for all tenants, by statuses, and without some agents",
                        "[store]", AllStores) {
  TestType bed;
  NewRun run = new_run("R1");
  run.by = "key:ci";
  run.created_at = 1;
  const Claim first = created(bed, run);
  run = new_run("R2");
  run.tenant = "acme";
  run.agent = "openai.chat";
  run.created_at = 2;
  created(bed, run);
  run = new_run("R3");
  run.created_at = 3;
  const Claim third = created(bed, run);
  end_session_run(bed, first);
  Append wait = append_to(third, "{}");
  wait.update = update_to(RunStatus::waiting, "question");
  appended(bed, wait);
  const auto ids = [&](const RunFilter& filter) {
    std::string text;
    for (const RunRow& row : bed(bed.store().list(filter))) text += row.run_id + " ";
    return text;
  };
  RunFilter all;
  all.tenant.reset();
  CHECK(ids(all) == "R3 R2 R1 ");
  all.status = {RunStatus::completed, RunStatus::waiting};
  CHECK(ids(all) == "R3 R1 ");
  all.status = StatusSet::active();
  CHECK(ids(all) == "R3 R2 ");
  all.status = {};
  all.agents_left_out = {"openai.chat", "anthropic"};
  CHECK(ids(all) == "R3 R1 ");
  all.before = "R3";
  CHECK(ids(all) == "R1 ");
  CHECK(bed(bed.store().get("R1"))->by == "key:ci");
}

}  // namespace yoke
