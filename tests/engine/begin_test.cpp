#include <catch2/catch.hpp>

#include "tests/engine/engine_world.h"

// Runs that cannot be driven: their code is gone, their journal is damaged, or somebody else was
// quicker.
namespace yoke {
namespace {

using std::chrono::seconds;

// A run that waits for an approval.
struct Waiting {
  Waiting() {
    world.tools.add("a.ask", Effect::once);
    world.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
    world.model.answer_in_turn({wants({call("a.ask", 1)}), says("done")});
    id = world.create();
    world.drive(id);
    world.disk->sync();
    world.crash();
  }
  Result<RunEnd> try_to_drive() { return world.get(world.engine().drive(id)); }
  void answer() { world.get(world.engine().answer(id, "a.c3.0", "yes", "ann")).value(); }

  EngineWorld world;
  std::string id;
};

TEST_CASE("a run whose program cannot be restored stays as it was, however often it is tried") {
  Waiting waiting;
  waiting.world.programs.refuses = "the tool is gone";
  const std::int64_t head = waiting.world.row(waiting.id).head_seq;
  for (int round = 0; round < 10; ++round) {
    CHECK(waiting.try_to_drive().error().detail == "the tool is gone");
    waiting.world.crash();
  }
  CHECK(waiting.world.row(waiting.id).status == RunStatus::waiting);
  CHECK(waiting.world.row(waiting.id).head_seq == head);
  waiting.world.programs.refuses.clear();
  waiting.answer();
  CHECK(waiting.world.drive(waiting.id).state.text == "done");
}

TEST_CASE(
    "a run that was being driven is not set aside because its program is missing for a while") {
  EngineWorld world;
  FakeReply slow = says("done");
  slow.delay = seconds(5);
  world.model.script = [slow](const ModelRequest&, int) { return slow; };
  const std::string id = world.create();
  world.start_driving(id);
  world.programs.refuses = "the model is gone";
  for (int round = 0; round < 10; ++round) {
    world.crash();
    CHECK_FALSE(world.get(world.engine().drive(id)).has_value());
  }
  world.programs.refuses.clear();
  CHECK(world.drive(id).state.text == "done");
}

TEST_CASE("a run that could not be driven can be driven by the same process later") {
  Waiting waiting;
  waiting.world.programs.refuses = "not yet";
  CHECK_FALSE(waiting.try_to_drive().has_value());
  waiting.world.programs.refuses.clear();
  CHECK(waiting.try_to_drive().value().kind == RunEnd::Kind::waiting);
}

TEST_CASE("a run can be cancelled without its program") {
  Waiting waiting;
  waiting.world.programs.refuses = "the tool is gone";
  waiting.world.get(waiting.world.engine().cancel(waiting.id, "ann")).value();
  const RunEnd end = waiting.world.drive(waiting.id);
  CHECK(end.state.status == RunStatus::cancelled);
  CHECK(waiting.world.row(waiting.id).status == RunStatus::cancelled);
}

TEST_CASE("an answer that nobody can act on without the program waits for it") {
  Waiting waiting;
  waiting.world.programs.refuses = "the tool is gone";
  waiting.answer();
  CHECK_FALSE(waiting.try_to_drive().has_value());
  CHECK(waiting.world.get(waiting.world.node().store().inbox(waiting.id)).size() == 1);
}

TEST_CASE("a run that went on while it was being read is read again") {
  Waiting waiting;
  EngineWorld& world = waiting.world;
  world.programs.delay = seconds(5);
  Driven& slow = world.start_driving(waiting.id);
  world.programs.delay = {};
  CHECK(world.drive(waiting.id).kind == RunEnd::Kind::waiting);
  const std::int64_t head = world.row(waiting.id).head_seq;
  world.wait_for([&] { return slow.ended(); });
  CHECK(slow.value().value().kind == RunEnd::Kind::waiting);
  CHECK(world.row(waiting.id).head_seq == head + 1);  // its own lease.taken
  CHECK(world.row(waiting.id).summary["title"] == "count the rows");
}

TEST_CASE("a run whose journal lacks an event is neither driven nor forked, and owned by nobody") {
  Waiting waiting;
  MemoryDisk::Run& run = waiting.world.disk->tables().runs.at(waiting.id);
  run.records.erase(run.records.begin() + 2);
  run.row.head_seq -= 1;
  const Result<RunEnd> end = waiting.try_to_drive();
  REQUIRE_FALSE(end.has_value());
  CHECK(end.error().detail.find(waiting.id + " is damaged at event 4") != std::string::npos);
  CHECK(end.error().detail.find("yoke runs verify") != std::string::npos);
  CHECK(waiting.world.row(waiting.id).status == RunStatus::waiting);
  ForkRun fork;
  fork.run_id = waiting.id;
  fork.at = 3;
  CHECK_FALSE(waiting.world.get(waiting.world.engine().fork(fork)).has_value());
}

}  // namespace
}  // namespace yoke
