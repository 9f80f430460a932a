#include <catch2/catch.hpp>

#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Calls one tool of each effect in one turn, then another once tool, then says done.
struct Scenario {
  Scenario() {
    for (const char* name : {"a.read", "a.same", "a.once"}) {
      const Effect effect = std::string(name) == "a.read"   ? Effect::read
                            : std::string(name) == "a.same" ? Effect::idempotent
                                                            : Effect::once;
      FakeTool& tool = world.tools.add(name, effect);
      tool.delay = [](const ToolRequest& request) {
        return milliseconds(200 * (integer_at(request.args, "n") + 1));
      };
    }
    world.model.script = [](const ModelRequest& request, int) {
      if (request.messages.size() == 1) {
        return wants({call("a.read", 1, "v1"), call("a.same", 2, "v2"), call("a.once", 3, "v3")});
      }
      if (request.messages.size() == 3) return wants({call("a.once", 4, "v4")});
      return says("done");
    };
    id = world.create();
  }

  // Drives to the end, answering "skip" to whatever the run asks.
  RunState finish() {
    while (true) {
      if (is_final(world.row(id).status)) return world.state(id);
      const RunEnd end = world.drive(id);
      if (end.kind == RunEnd::Kind::ended) return end.state;
      REQUIRE(end.kind == RunEnd::Kind::waiting);
      for (const auto& [question, asked] : end.state.questions) {
        if (!asked.answer) world.get(world.engine().answer(id, question, "skip", "ann")).value();
      }
    }
  }

  EngineWorld world;
  std::string id;
};

// The first `turns` turns of the loop, time moving whenever there is nothing to do.
bool turn_loop(EngineWorld& world, const Driven& driven, int turns) {
  for (int turn = 0; turn < turns;) {
    if (driven.ended()) return false;
    if (world.node().step()) {
      ++turn;
    } else {
      LoopClock::advance(milliseconds(100));
      world.node().kick();
    }
  }
  return true;
}

TEST_CASE("crashed after any turn of the loop, a run ends with its answer and repeats no effect") {
  int cuts = 0;
  for (int turns = 0;; ++turns) {
    CAPTURE(turns);
    Scenario scenario;
    const Driven& driven = scenario.world.start_driving(scenario.id);
    if (!turn_loop(scenario.world, driven, turns)) break;
    scenario.world.crash();
    ++cuts;
    const RunState state = scenario.finish();
    CHECK(state.text == "done");
    std::map<std::string, int> starts;
    for (const ToolRequest& request : scenario.world.tools.at("a.once").started) {
      CHECK(++starts[request.call_id] == 1);
    }
    for (const char* name : {"a.read", "a.same"}) {
      CHECK(scenario.world.tools.at(name).started.size() <= 2);
    }
  }
  CHECK(cuts > 20);
}

TEST_CASE("a call whose result is in the journal is not made again after a crash") {
  Scenario scenario;
  scenario.world.start_driving(scenario.id);
  scenario.world.advance(milliseconds(700));  // read and same are back, once is in flight
  scenario.world.crash();
  const RunState state = scenario.finish();
  CHECK(scenario.world.tools.at("a.read").started.size() == 1);
  CHECK(scenario.world.tools.at("a.same").started.size() == 1);
  CHECK(state.questions.contains("u.c3.2.1"));
}

TEST_CASE("an interrupted idempotent call is made again under the same key") {
  Scenario scenario;
  scenario.world.start_driving(scenario.id);
  scenario.world.advance(milliseconds(500));
  scenario.world.crash();
  scenario.finish();
  const auto& started = scenario.world.tools.at("a.same").started;
  REQUIRE(started.size() == 2);
  CHECK(started[0].idempotency_key == started[1].idempotency_key);
  CHECK(started[1].attempt == 2);
}

TEST_CASE("a probe that saw the effect spares the person the question") {
  Scenario scenario;
  ProbeOutcome seen;
  seen.answer = ProbeOutcome::Answer::happened;
  seen.value = "sent at noon";
  scenario.world.tools.at("a.once").answer_probes(seen);
  scenario.world.start_driving(scenario.id);
  scenario.world.advance(milliseconds(700));
  scenario.world.crash();
  const RunEnd end = scenario.world.drive(scenario.id);
  CHECK(end.state.text == "done");
  CHECK(end.state.find_call("c3.2")->value == "sent at noon");
  CHECK(end.state.questions.empty());
}

TEST_CASE("a probe that fails or takes for ever leaves it to a person") {
  for (const bool fails : {true, false}) {
    Scenario scenario;
    FakeTool& tool = scenario.world.tools.at("a.once");
    tool.answer_probes({});
    scenario.world.start_driving(scenario.id);
    scenario.world.advance(milliseconds(700));
    scenario.world.crash();
    if (fails) tool.throws = std::make_exception_ptr(std::logic_error("broken probe"));
    if (!fails) tool.probe_delay = kNever;
    const RunEnd end = scenario.world.drive(scenario.id);
    CHECK(end.kind == RunEnd::Kind::waiting);
    CHECK(end.state.questions.contains("u.c3.2.1"));
    CHECK(tool.probes == 1);
  }
}

TEST_CASE("a run that was taken over says so first, and by whom") {
  Scenario scenario;
  scenario.world.start_driving(scenario.id);
  scenario.world.options.node_id = "n2";
  scenario.world.crash();
  scenario.finish();
  const std::vector<Event> events = scenario.world.events(scenario.id);
  const auto taken = std::find_if(events.begin(), events.end(), [](const Event& event) {
    return event.kind == EventKind::lease_taken;
  });
  REQUIRE(taken != events.end());
  CHECK(taken->fields == Json{{"node", "n2"}, {"adopted", true}});
}

TEST_CASE("a driver whose run was taken over stops at its next append and starts nothing more") {
  Scenario scenario;
  Driven& zombie = scenario.world.start_driving(scenario.id);
  scenario.world.advance(milliseconds(500));  // read is back
  scenario.world.boot();
  Driven& owner = scenario.world.start_driving(scenario.id);
  scenario.world.wait_for([&] { return zombie.ended(); });
  CHECK(zombie.value().value().kind == RunEnd::Kind::fenced);
  scenario.world.wait_for([&] { return owner.ended(); });
  CHECK(owner.value().value().kind == RunEnd::Kind::waiting);
  CHECK(scenario.finish().text == "done");
  std::map<std::string, int> starts;
  for (const ToolRequest& request : scenario.world.tools.at("a.once").started) {
    CHECK(++starts[request.call_id] == 1);
  }
}

TEST_CASE("what a fenced driver's calls brought is told to nobody") {
  EngineWorld world;
  FakeTool& tool = world.tools.add("a.x", Effect::once);
  tool.delay = [](const ToolRequest&) { return seconds(5); };
  world.model.answer_in_turn({wants({call("a.x", 1)})});
  const std::string id = world.create();
  Driven& zombie = world.start_driving(id);
  world.advance(seconds(1));
  world.boot();
  world.engine().unsubscribe(world.watcher);
  CHECK(world.drive(id).kind == RunEnd::Kind::waiting);
  const std::size_t told = world.watcher.events.size();
  world.wait_for([&] { return zombie.ended(); });
  CHECK(zombie.value().value().kind == RunEnd::Kind::fenced);
  CHECK(tool.finished == 1);
  CHECK(world.watcher.events.size() == told);
  CHECK_FALSE(world.state(id).find_call("c3.0")->outcome == Outcome::error);
  CHECK(world.state(id).find_call("c3.0")->open);
}

TEST_CASE("a node that keeps its lease drives on") {
  Scenario scenario;
  Started<void> lease;
  lease.on(scenario.world.node().io(), scenario.world.engine().keep_lease());
  scenario.world.advance(seconds(60));
  CHECK_FALSE(lease.ended());
  CHECK(scenario.finish().text == "done");
}

TEST_CASE("a node that is not sure of its lease starts nothing more") {
  Scenario scenario;
  Started<void> lease;
  lease.on(scenario.world.node().io(), scenario.world.engine().keep_lease());
  scenario.world.settle();
  scenario.world.hook = [](const MemoryOp& op) {
    MemoryFate fate;
    if (op.name == "renew_lease") fate.kind = MemoryFate::Kind::fault_before;
    return fate;
  };
  scenario.world.advance(seconds(8));  // over half the lease of 15 s
  CHECK(lease.ended());
  const RunEnd end = scenario.world.drive(scenario.id);
  CHECK(end.kind == RunEnd::Kind::fenced);
  CHECK(scenario.world.model.requests.empty());
}

TEST_CASE("a node whose lease is gone learns it and stops at once") {
  Scenario scenario;
  Started<void> lease;
  lease.on(scenario.world.node().io(), scenario.world.engine().keep_lease());
  scenario.world.advance(seconds(1));
  scenario.world.boot();
  scenario.world.advance(seconds(4));
  REQUIRE(lease.ended());
  CHECK_THROWS_AS(std::rethrow_exception(lease.failure()), Fault);
  Started<Result<RunEnd>> drive;
  drive.on(scenario.world.node(0).io(), scenario.world.node(0).engine().drive(scenario.id));
  scenario.world.advance(seconds(1));
  REQUIRE(drive.ended());
  CHECK(scenario.world.model.requests.empty());
}

TEST_CASE("a node whose lease is gone stops the runs it drives, and says why") {
  EngineWorld world;
  FakeTool& tool = world.tools.add("a.x", Effect::once);
  tool.delay = [](const ToolRequest&) { return seconds(30); };
  world.model.answer_in_turn({wants({call("a.x", 1)})});
  const std::string id = world.create();
  Started<void> lease;
  lease.on(world.node().io(), world.engine().keep_lease());
  Driven& zombie = world.start_driving(id);
  world.advance(seconds(1));
  world.boot();
  world.advance(seconds(4));
  REQUIRE(zombie.ended());
  CHECK(zombie.value().value().kind == RunEnd::Kind::fenced);
  CHECK(zombie.value().value().why.find("lost the store") != std::string::npos);
  CHECK(tool.stopped == 1);
}

TEST_CASE("a machine that slept asks for its lease before anything is started") {
  Scenario scenario;
  Started<void> lease;
  lease.on(scenario.world.node().io(), scenario.world.engine().keep_lease());
  scenario.world.settle();
  BootClock::sleep(seconds(60));
  Driven& driven = scenario.world.start_driving(scenario.id);
  scenario.world.wait_for([&] { return driven.ended(); });
  CHECK(scenario.world.model.requests.size() > 1);
  CHECK(driven.value().value().state.text == "done");
}

TEST_CASE("a machine that slept while another took its runs starts nothing") {
  Scenario scenario;
  Started<void> lease;
  lease.on(scenario.world.node().io(), scenario.world.engine().keep_lease());
  scenario.world.settle();
  BootClock::sleep(seconds(60));
  scenario.world.boot();
  Started<Result<RunEnd>> drive;
  drive.on(scenario.world.node(0).io(), scenario.world.node(0).engine().drive(scenario.id));
  scenario.world.settle();
  REQUIRE(drive.ended());
  CHECK(drive.value().value().kind == RunEnd::Kind::fenced);
  CHECK(scenario.world.model.requests.empty());
}

TEST_CASE("a run that crashes its node again and again is set aside") {
  EngineWorld world;
  FakeReply never = says("never");
  never.delay = kNever;
  world.model.script = [never](const ModelRequest&, int) { return never; };
  const std::string id = world.create();
  for (int crash = 0; crash < 10; ++crash) {
    world.hook = [](const MemoryOp& op) {
      MemoryFate fate;
      if (op.name == "append") fate.kind = MemoryFate::Kind::crash_before;
      return fate;
    };
    world.start_driving(id);
    world.hook = {};
    world.crash();
  }
  CHECK(world.row(id).status == RunStatus::quarantined);
  CHECK(world.get(world.engine().drive(id)).error().code == Errc::conflict);
}

}  // namespace
}  // namespace yoke
