#include "tests/engine/script_world.h"

// What children had spent when nobody wanted them any more.
namespace yoke {
namespace {

// The agent "writer", whose model is lab/writer.
class WriterFamily final : public Family {
 public:
  explicit WriterFamily(const FakeTools& tools) : tools_(tools) {}
  std::vector<std::string> names() const override { return {"writer"}; }
  Result<Program> program(std::string_view) const override {
    AgentSpec spec;
    spec.name = "writer";
    spec.model = "lab/writer";
    Program program;
    program.agent = std::make_shared<const LoopAgent>(spec, nullptr);
    program.tools = std::shared_ptr<const ToolSet>(&tools_, [](const ToolSet*) {});
    program.source = Json{{"agent", "writer"}};
    return program;
  }

 private:
  const FakeTools& tools_;
};

struct GivenUpWorld : ScriptWorld {
  // The writer calls a tool for 300, and is at its second call, for which 400 are reserved, when it
  // is given up. Whoever else asks a model is answered for 400.
  GivenUpWorld() {
    tools.add("a.x", Effect::read);
    model.estimated_cost = 400;
    model.script = [](const ModelRequest& request, int) {
      if (request.target != "lab/writer") return says("well", 400);
      if (request.messages.size() == 1) return wants({call("a.x", 1)}, 300);
      FakeReply slow = says("late", 400);
      slow.delay = kNever;
      return slow;
    };
  }

  std::string begin_with(FakeDurableScripts::Body body, NanoUsd usd = 0) {
    scripts->body = std::move(body);
    StartRun start = request("go");
    start.program.agent = agent_of;
    start.program.scripts = scripts;
    start.program.family = std::make_shared<WriterFamily>(tools);
    start.program.source = Json{{"agent", "flow"}};
    start.limits.emplace();
    start.limits->usd = usd;
    programs.program = start.program;
    return create(std::move(start));
  }
  RunState child_of(const RunState& state, const std::string& call_id) {
    return this->state(state.children.at(call_id).run_id);
  }
};

// The writer races with a second of time, and loses; then a model is asked so often.
FakeDurableScripts::Body race_and_ask(int times) {
  return [times](ScriptSteps& steps, int&) -> awaitable<Json> {
    std::vector<ScriptWant> race;
    race.push_back(ScriptWant{"1.1", "agent", Json{{"agent", "writer"}, {"task", "write"}}});
    race.push_back(ScriptWant{"1.2", "sleep", Json{{"us", 1'000'000}}});
    ScriptAnswer answer = co_await steps.step(std::move(race));
    std::vector<ScriptWant> wants;
    wants.push_back(ScriptWant{"2", "drop", Json{{"of", "1.1"}}});
    for (int i = 0; i < times; ++i) {
      wants.push_back(ScriptWant{"3." + std::to_string(i), "model", Json{{"prompt", "well?"}}});
      answer = co_await steps.step(std::move(wants));
      if (answer.outcome != Outcome::ok) throw Fault(answer.message);
      wants.clear();
    }
    if (times == 0) {
      wants.push_back(ScriptWant{"3", "now", Json::object()});
      answer = co_await steps.step(std::move(wants));
    }
    co_return Json(answer.at);
  };
}

TEST_CASE("what the loser of a race had spent is in the total of the run that gave it up") {
  GivenUpWorld world;
  const std::string run = world.begin_with(race_and_ask(1));
  const RunEnd end = world.drive(run);
  CHECK(end.state.status == RunStatus::completed);
  const RunState child = world.child_of(end.state, "s/1.1");
  CHECK(child.status == RunStatus::cancelled);
  CHECK(child.all_cost() == 700);
  CHECK(end.state.children_cost == 700);
  CHECK(end.state.all_cost() == 1100);
  CHECK(end.state.all_steps() == child.all_steps() + 1);
  CHECK(end.state.find_call("s/1.1")->outcome == Outcome::cancelled);
  CHECK(world.row(run).summary["children"]["cost"] == 700);
  world.check_replay(run);
}

TEST_CASE("a race cannot slip past the money of the run that it is in") {
  GivenUpWorld world;
  const std::string run = world.begin_with(race_and_ask(4), 2000);
  const RunEnd end = world.drive(run);
  CHECK(end.state.reason == "limit.usd");
  CHECK(end.state.children_cost == 700);
  CHECK(end.state.own_cost() == 1200);
  world.check_replay(run);
}

TEST_CASE("a script goes on while what it gave up comes to its end, and the run waits for that") {
  GivenUpWorld world;
  const std::string run = world.begin_with(race_and_ask(0));
  const RunEnd end = world.drive(run);
  const std::string kinds = world.kinds(run);
  CAPTURE(kinds);
  const std::size_t answered = kinds.find("value.recorded s/3");
  const std::size_t ended = kinds.find("child.finished s/1.1");
  CHECK(answered != std::string::npos);
  CHECK(answered < ended);
  CHECK(ended < kinds.find("run.completed"));
}

TEST_CASE("a run that is cancelled has all that its children spent") {
  GivenUpWorld world;
  const std::string run = world.begin_with([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer answer =
        co_await want_one(steps, "1", "agent", R"({"agent":"writer","task":"write"})");
    co_return answer.value;
  });
  Driven& driven = world.start_driving(run);
  world.wait_for([&] { return world.model.requests.size() == 2; });
  CHECK(world.get(world.engine().cancel(run, "ann")).has_value());
  world.wait_for([&] { return driven.ended(); });
  const RunState state = world.state(run);
  CHECK(state.status == RunStatus::cancelled);
  CHECK(world.child_of(state, "s/1").status == RunStatus::cancelled);
  CHECK(state.children_cost == 700);
}

TEST_CASE("a run that fails has all that its children spent") {
  GivenUpWorld world;
  const std::string run = world.begin_with([](ScriptSteps& steps, int&) -> awaitable<Json> {
    std::vector<ScriptWant> wanted;
    wanted.push_back(ScriptWant{"1.1", "agent", Json{{"agent", "writer"}, {"task", "write"}}});
    wanted.push_back(ScriptWant{"1.2", "sleep", Json{{"us", 1'000'000}}});
    co_await steps.step(std::move(wanted));
    throw Fault("no more");
  });
  const RunEnd end = world.drive(run);
  CHECK(end.state.reason == "script.error");
  CHECK(world.child_of(end.state, "s/1.1").status == RunStatus::cancelled);
  CHECK(end.state.children_cost == 700);
  world.check_replay(run);
}

TEST_CASE("a child that waits for a person when it is given up ends without one") {
  GivenUpWorld world;
  world.policy.rules["a.x"] = PolicyDecision{Verdict::ask, "ask a.x"};
  const std::string run = world.begin_with(race_and_ask(0));
  RunEnd end = world.drive(run);
  while (end.kind == RunEnd::Kind::waiting) {
    world.wall.skew += 2'000'000;
    end = world.drive(run);
  }
  CHECK(end.state.status == RunStatus::completed);
  CHECK(world.child_of(end.state, "s/1.1").status == RunStatus::cancelled);
  CHECK(end.state.children_cost == 300);
}

}  // namespace
}  // namespace yoke
