#include <catch2/catch.hpp>

#include "runtime/base/hash.h"
#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::seconds;

// A world whose run asks for leave to call a.x and then waits.
struct AskingWorld {
  AskingWorld() {
    tool = &world.tools.add("a.x", Effect::once);
    world.policy.rules["a.x"] = PolicyDecision{Verdict::ask, "ask a.x"};
    world.model.answer_in_turn({wants({call("a.x", 1)}), says("done")});
    id = world.create();
    waiting = world.drive(id);
  }
  Result<Posted> answer(const std::string& question, Json value, const std::string& by = "ann") {
    return world.get(world.engine().answer(id, question, std::move(value), by));
  }

  EngineWorld world;
  FakeTool* tool;
  std::string id;
  RunEnd waiting;
};

TEST_CASE("a run that waits for a person leaves memory and owns nothing") {
  AskingWorld asking;
  CHECK(asking.waiting.kind == RunEnd::Kind::waiting);
  CHECK(asking.waiting.ready_at == 0);
  CHECK_FALSE(asking.world.engine().is_driving(asking.id));
  const RunRow row = asking.world.row(asking.id);
  CHECK(row.status == RunStatus::waiting);
  CHECK(row.reason == "question");
  CHECK(row.owner.empty());
  CHECK_FALSE(asking.world.node().step());
}

TEST_CASE("an answered run goes on where it stood: nothing is called again") {
  AskingWorld asking;
  CHECK(asking.answer("a.c3.0", "yes").value().first);
  const RunEnd end = asking.world.drive(asking.id);
  CHECK(end.state.text == "done");
  CHECK(asking.tool->started.size() == 1);
  CHECK(asking.world.model.requests.size() == 2);
  CHECK(asking.world.programs.restored.size() == 1);
  CHECK(asking.world.programs.restored[0] == Json{{"agent", "clerk"}});
}

TEST_CASE("a run waits through a crash, and for a week") {
  AskingWorld asking;
  asking.world.crash();
  LoopClock::advance(std::chrono::hours(24 * 7));
  CHECK(asking.answer("a.c3.0", "no").value().first);
  const RunEnd end = asking.world.drive(asking.id);
  CHECK(end.state.text == "done");
  CHECK(asking.tool->started.empty());
}

TEST_CASE("the first answer stands, whoever comes second learns whose it was") {
  AskingWorld asking;
  CHECK(asking.answer("a.c3.0", "yes").value().first);
  const Result<Posted> second = asking.answer("a.c3.0", "no", "bob");
  CHECK_FALSE(second.value().first);
  CHECK(second.value().winner.by == "ann");
  CHECK(asking.world.drive(asking.id).state.questions.at("a.c3.0").by == "ann");
}

TEST_CASE("an answer to no question names the question that was meant") {
  AskingWorld asking;
  const Result<Posted> posted = asking.answer("a.c3.1", "yes");
  CHECK(posted.error().code == Errc::not_found);
  CHECK(posted.error().detail.find("did you mean 'a.c3.0'?") != std::string::npos);
}

TEST_CASE("driving a waiting run before it is answered leaves it waiting") {
  AskingWorld asking;
  const RunEnd again = asking.world.drive(asking.id);
  CHECK(again.kind == RunEnd::Kind::waiting);
  CHECK(asking.answer("a.c3.0", "yes").value().first);
  CHECK(asking.world.drive(asking.id).state.text == "done");
}

// A world whose run is told something the moment it asks its question, as it leaves memory.
struct LeavingWorld {
  explicit LeavingWorld(bool cancels) {
    world.tools.add("a.x", Effect::once);
    world.policy.rules["a.x"] = PolicyDecision{Verdict::ask, "ask a.x"};
    world.model.answer_in_turn({wants({call("a.x", 1)}), says("done")});
    id = world.create();
    world.watcher.check = [this, cancels](const Event& event) {
      if (event.kind != EventKind::question_asked) return;
      Engine& engine = world.engine();
      posted.on(world.node().io(),
                cancels ? engine.cancel(id, "ann") : engine.answer(id, "a.c3.0", "yes", "ann"));
    };
  }
  EngineWorld world;
  std::string id;
  Started<Result<Posted>> posted;
};

TEST_CASE("a message that comes while the run leaves memory is heeded at once") {
  LeavingWorld leaving(true);
  CHECK(leaving.world.drive(leaving.id).state.status == RunStatus::cancelled);
}

TEST_CASE("a message that comes when the run has left memory makes it due") {
  LeavingWorld leaving(false);
  const RunEnd end = leaving.world.drive(leaving.id);
  leaving.world.settle();
  REQUIRE(leaving.posted.ended());
  if (end.kind == RunEnd::Kind::waiting) {
    const RunRow row = leaving.world.row(leaving.id);
    CHECK(row.ready_at > 0);
    CHECK(row.ready_at <= leaving.world.wall.now());
    CHECK(leaving.world.drive(leaving.id).state.text == "done");
  } else {
    CHECK(end.state.text == "done");
  }
}

TEST_CASE("a call in flight goes on while a question about its sibling is open") {
  EngineWorld world;
  FakeTool& slow = world.tools.add("a.slow", Effect::read);
  slow.delay = [](const ToolRequest&) { return seconds(9); };
  world.tools.add("a.x", Effect::once);
  world.policy.rules["a.x"] = PolicyDecision{Verdict::ask, "ask a.x"};
  world.model.answer_in_turn({wants({call("a.slow", 1), call("a.x", 2)}), says("done")});
  const std::string id = world.create();
  const Driven& driven = world.start_driving(id);
  world.advance(seconds(2));
  CHECK_FALSE(driven.ended());
  world.get(world.engine().answer(id, "a.c3.1", "yes", "ann")).value();
  world.wait_for([&] { return driven.ended(); });
  CHECK(world.state(id).text == "done");
  CHECK(slow.started.size() == 1);
}

TEST_CASE("a cancelled run stops its calls and closes each in the journal") {
  EngineWorld world;
  FakeTool& slow = world.tools.add("a.slow", Effect::once);
  slow.delay = [](const ToolRequest&) { return seconds(20); };
  world.tools.add("a.quick", Effect::read);
  world.model.answer_in_turn({wants({call("a.slow", 1), call("a.quick", 2)})});
  const std::string id = world.create();
  Driven& driven = world.start_driving(id);
  world.advance(seconds(1));
  CHECK(world.get(world.engine().cancel(id, "ann")).value().first);
  world.wait_for([&] { return driven.ended(); });
  const RunState& state = driven.value().value().state;
  CHECK(state.status == RunStatus::cancelled);
  CHECK(slow.stopped == 1);
  CHECK(state.find_call("c3.0")->outcome == Outcome::cancelled);
  CHECK(state.find_call("c3.1")->outcome == Outcome::ok);
  CHECK(world.row(id).status == RunStatus::cancelled);
  const Result<Posted> second = world.get(world.engine().cancel(id, "bob"));
  CHECK_FALSE(second.value().first);
  CHECK(second.value().winner.by == "ann");
}

TEST_CASE("what ended just before a cancellation keeps its own outcome") {
  EngineWorld world;
  FakeTool& tool = world.tools.add("a.x", Effect::once);
  tool.delay = [](const ToolRequest&) { return seconds(3); };
  world.model.answer_in_turn({wants({call("a.x", 1)})});
  const std::string id = world.create();
  Started<Result<Posted>> posted;
  tool.answer = [&](const ToolRequest&) {
    posted.on(world.node().io(), world.engine().cancel(id, "ann"));
    ToolOutcome outcome;
    outcome.value = "sent";
    return outcome;
  };
  const RunEnd end = world.drive(id);
  CHECK(end.state.find_call("c3.0")->outcome == Outcome::ok);
  CHECK(end.state.find_call("c3.0")->value == "sent");
}

TEST_CASE("a run that waits is cancelled when it is next driven") {
  AskingWorld asking;
  asking.world.get(asking.world.engine().cancel(asking.id, "ann")).value();
  const RunEnd end = asking.world.drive(asking.id);
  CHECK(end.state.status == RunStatus::cancelled);
  CHECK(asking.tool->started.empty());
}

// An agent that naps until `due`, calling a.x meanwhile when it is busy, and then is done.
std::shared_ptr<FakeAgent> napper(Micros due, bool busy) {
  auto agent = std::make_shared<FakeAgent>();
  agent->described.name = "napper";
  agent->described.model = "lab/small";
  agent->decide = [due, busy](const RunState& state) -> std::vector<Action> {
    if (busy && state.turns.empty()) return {CallModel{}};
    const std::string id = busy ? call_id_of(state.turns[0].seq, 0) : "";
    const CallState* call = state.find_call(id);
    if (state.fired.contains("nap") && (!busy || !call->open)) return {Complete{"rested"}};
    std::vector<Action> actions = {SetTimer{"nap", due}};
    if (busy) actions.emplace_back(CallTool{id});
    return actions;
  };
  return agent;
}

struct NapWorld {
  explicit NapWorld(bool busy) : due(world.wall.now() + 60'000'000) {
    FakeTool& tool = world.tools.add("a.x", Effect::read);
    tool.delay = [](const ToolRequest&) { return seconds(100); };
    tool.change().timeout = std::chrono::minutes(5);
    world.model.answer_in_turn({wants({call("a.x", 1)})});
    StartRun start = world.request("nap");
    start.program.agent = napper(due, busy);
    world.programs.program = start.program;
    id = world.create(start);
  }
  EngineWorld world;
  Micros due;
  std::string id;
};

TEST_CASE("a run that waits for a timer leaves memory and says when it wants to be woken") {
  NapWorld nap(false);
  const RunEnd end = nap.world.drive(nap.id);
  CHECK(end.kind == RunEnd::Kind::waiting);
  CHECK(end.ready_at == nap.due);
  const RunRow row = nap.world.row(nap.id);
  CHECK(row.status == RunStatus::waiting);
  CHECK(row.ready_at == nap.due);
  CHECK(row.reason == "timer");
}

TEST_CASE("a run that is driven when its timer is due goes on") {
  NapWorld nap(false);
  nap.world.drive(nap.id);
  CHECK(nap.world.drive(nap.id).kind == RunEnd::Kind::waiting);
  nap.world.advance(seconds(61));
  const RunEnd end = nap.world.drive(nap.id);
  CHECK(end.state.text == "rested");
  CHECK(end.state.fired.at("nap") >= nap.due);
}

TEST_CASE("a timer fires in time although a call is in flight") {
  NapWorld nap(true);
  const RunEnd end = nap.world.drive(nap.id);
  CHECK(end.state.text == "rested");
  CHECK(end.state.fired.at("nap") < nap.due + 1'000'000);
}

TEST_CASE("an agent that wants nothing and waits for nothing fails as stuck") {
  EngineWorld world;
  auto agent = std::make_shared<FakeAgent>();
  agent->described.name = "idle";
  agent->decide = [](const RunState&) { return std::vector<Action>(); };
  StartRun start = world.request("idle");
  start.program.agent = agent;
  CHECK(world.drive(world.create(start)).state.reason == "stuck");
}

TEST_CASE("an answer to an expired question is refused") {
  EngineWorld world;
  StartRun start = world.request("ask");
  auto agent = std::make_shared<FakeAgent>();
  agent->described.name = "asker";
  agent->decide = [](const RunState&) -> std::vector<Action> {
    return {Ask{"q2", "And this?", nullptr}};
  };
  start.program.agent = agent;
  world.programs.program = start.program;
  const std::string source = to_text(start.program.source);
  ToldRun told({}, Json{{"program", to_hex(sha256(source))}});
  told.asked("q1", "", "ask");
  told.add(EventKind::question_expired, "", Json{{"question", "q1"}});
  NewRun run;
  run.run_id = "r1";
  run.plan_hash = sha256(source);
  run.blobs.push_back(source);
  for (const Event& event : told.events) run.records.push_back(to_record(event));
  world.get(world.node().store().create(std::move(run))).value();
  world.crash();
  CHECK(world.drive("r1").kind == RunEnd::Kind::waiting);
  const Result<Posted> late = world.get(world.engine().answer("r1", "q1", "yes", "ann"));
  CHECK(late.error().detail == "the question 'q1' has expired");
}

awaitable<void> drive_into(Engine& engine, std::string run_id, Result<RunEnd>& end) {
  end = co_await engine.drive(run_id);
}

TEST_CASE("a driver that is told to stop stops its calls and leaves a journal to resume") {
  EngineWorld world;
  FakeTool& tool = world.tools.add("a.x", Effect::idempotent);
  tool.delay = [](const ToolRequest& request) { return seconds(request.attempt == 1 ? 20 : 0); };
  world.model.answer_in_turn({wants({call("a.x", 1)}), says("done")});
  const std::string id = world.create();
  Result<RunEnd> end = RunEnd();
  {
    TaskGroup group(world.node().io().get_executor());
    group.spawn(drive_into(world.engine(), id, end));
    world.advance(seconds(2));
    group.cancel();
    world.get(group.join());
  }
  CHECK(end.value().kind == RunEnd::Kind::stopped);
  CHECK(tool.stopped == 1);
  CHECK(world.kinds(id).ends_with("tool.called c3.0"));
  world.crash();
  CHECK(world.drive(id).state.text == "done");
  CHECK(tool.started.size() == 2);
  CHECK(tool.started[1].idempotency_key == tool.started[0].idempotency_key);
  CHECK(tool.started[1].attempt == 2);
}

// A once tool that ends while the driver waits for the store to take an answer, and the driver told
// to stop just then.
TEST_CASE("what came back before the driving was stopped is journaled, not asked about again") {
  EngineWorld world;
  FakeTool& mail = world.tools.add("a.mail", Effect::once);
  mail.delay = [](const ToolRequest&) { return seconds(3); };
  world.tools.add("a.ask", Effect::read);
  world.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
  world.model.answer_in_turn(
      {wants({call("a.mail", 1, "v1"), call("a.ask", 2, "v2")}), says("done")});
  const std::string id = world.create();
  Result<RunEnd> end = RunEnd();
  {
    TaskGroup group(world.node().io().get_executor());
    group.spawn(drive_into(world.engine(), id, end));
    world.advance(seconds(2));
    world.hook = [](const MemoryOp& op) {
      MemoryFate fate;
      if (op.name == "append") fate.delay = seconds(4);
      return fate;
    };
    world.get(world.engine().answer(id, "a.c3.1", "yes", "ann")).value();
    world.advance(seconds(2));
    CHECK(mail.finished == 1);
    group.cancel();
    world.get(group.join());
  }
  world.hook = {};
  CHECK(end.value().kind == RunEnd::Kind::stopped);
  CHECK(world.watcher.events.size() == world.events(id).size());
  world.crash();
  const RunState state = world.drive(id).state;
  CHECK(state.text == "done");
  CHECK_FALSE(state.questions.contains("u.c3.0.1"));
  CHECK(mail.started.size() == 1);
}

TEST_CASE("a store that fails ends the driving with its fault, the run is as its journal says") {
  EngineWorld world;
  FakeTool& slow = world.tools.add("a.slow", Effect::read);
  slow.delay = [](const ToolRequest&) { return seconds(5); };
  world.tools.add("a.x", Effect::read);
  world.model.answer_in_turn({wants({call("a.slow", 1), call("a.x", 2)}), says("done")});
  const std::string id = world.create();
  int appends = 0;
  world.hook = [&](const MemoryOp& op) {
    MemoryFate fate;
    if (op.name == "append" && ++appends == 4) fate.kind = MemoryFate::Kind::fault_before;
    return fate;
  };
  Driven& driven = world.start_driving(id);
  world.wait_for([&] { return driven.ended(); });
  CHECK_THROWS_AS(driven.value(), StoreFault);
  CHECK(slow.stopped == 1);
  CHECK_FALSE(world.engine().is_driving(id));
  CHECK(world.watcher.events.size() == world.events(id).size());
  world.crash();
  CHECK(world.drive(id).state.text == "done");
}

TEST_CASE("what a failed append drags along does not hide why it failed") {
  EngineWorld world;
  FakeTool& mail = world.tools.add("a.mail", Effect::once);
  world.model.answer_in_turn({wants({call("a.mail", 1)}), says("done")});
  const std::string id = world.create();
  int appends = 0;
  world.hook = [&](const MemoryOp& op) {
    MemoryFate fate;
    if (op.name == "append" && ++appends == 2) fate.kind = MemoryFate::Kind::fault_before;
    return fate;
  };
  Driven& driven = world.start_driving(id);
  world.wait_for([&] { return driven.ended(); });
  CHECK_THROWS_AS(driven.value(), StoreFault);
  CHECK(appends == 3);  // the intent to mail, which follows what was not stored
  CHECK(mail.started.empty());
}

}  // namespace
}  // namespace yoke
