#include <catch2/catch.hpp>

#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"
#include "tests/engine/machine_bench.h"

namespace yoke {
namespace {

// One agent beside the parent's: it answers with one model call.
class OneFamily final : public Family {
 public:
  explicit OneFamily(const FakeTools& tools) : tools_(tools) {
    spec.name = "writer";
    spec.model = "lab/writer";
  }
  std::vector<std::string> names() const override { return {"writer"}; }
  Result<Program> program(std::string_view agent) const override {
    if (agent != "writer") return Error{Errc::not_found, "no such agent"};
    Program program;
    program.agent = std::make_shared<const LoopAgent>(spec, nullptr);
    program.tools = std::shared_ptr<const ToolSet>(&tools_, [](const ToolSet*) {});
    program.source = Json{{"agent", "writer"}};
    return program;
  }

  AgentSpec spec;

 private:
  const FakeTools& tools_;
};

// Children "k.1", "k.2" … of the agent "writer", then their results as the answer.
std::shared_ptr<FakeAgent> parent_of(int children) {
  auto agent = std::make_shared<FakeAgent>();
  agent->described.name = "chief";
  agent->described.model = "lab/small";
  const auto loop = std::make_shared<LoopAgent>(AgentSpec(), nullptr);  // kept by the lambda
  agent->decide = [children, loop](const RunState& state) -> std::vector<Action> {
    if (state.agent == "writer") return loop->next(state);  // a child whose program was restored
    std::vector<Action> actions;
    std::string all;
    for (int i = 1; i <= children; ++i) {
      const std::string id = "k." + std::to_string(i);
      const CallState* call = state.find_call(id);
      if (call == nullptr)
        actions.emplace_back(StartChild{id, "writer", "part " + std::to_string(i)});
      if (call == nullptr || call->open) continue;
      all += std::string(name_of(call->outcome)) + ":" +
             (call->outcome == Outcome::ok ? to_text(call->value) : call->message) + ";";
    }
    const bool back = state.calls.size() == static_cast<std::size_t>(children) &&
                      std::none_of(state.calls.begin(), state.calls.end(),
                                   [](const auto& each) { return each.second.open; });
    if (back) actions.emplace_back(Complete{all});
    return actions;
  };
  return agent;
}

struct FamilyWorld : EngineWorld {
  FamilyWorld() : family(std::make_shared<OneFamily>(tools)) {}

  std::string begin(int children, RunLimits limits = {}) {
    chief = parent_of(children);
    StartRun start = request("all of it");
    start.program.agent = chief;
    start.program.family = family;
    start.program.source = Json{{"agent", "chief"}};
    start.limits = limits;
    programs.program = start.program;
    return create(std::move(start));
  }
  std::string child(const std::string& parent, const std::string& call) {
    return state(parent).children.at(call).run_id;
  }

  std::shared_ptr<OneFamily> family;  // shared with the programs
  std::shared_ptr<FakeAgent> chief;
};

TEST_CASE("a child is a run of its own, and what it answers is the call's result") {
  FamilyWorld world;
  world.model.answer_in_turn({says("a text", 30)});
  const std::string run = world.begin(1);
  const RunEnd end = world.drive(run);
  CHECK(end.kind == RunEnd::Kind::ended);
  CHECK(end.state.text == "ok:\"a text\";");
  CHECK(world.kinds(run) == "run.started, child.started k.1, child.finished k.1, run.completed");
  const RunRow row = world.row(world.child(run, "k.1"));
  CHECK(row.status == RunStatus::completed);
  CHECK(row.parent_run == run);
  CHECK(row.parent_call == "k.1");
  CHECK(row.agent == "writer");
  CHECK(world.state(row.run_id).depth == 1);
  CHECK(world.state(row.run_id).task == "part 1");
  CHECK(end.state.children_cost == 30);
  CHECK(end.state.own_cost() == 0);
}

TEST_CASE("children run side by side, and no more at once than the agent may have") {
  FamilyWorld world;
  world.model.script = [](const ModelRequest&, int) {
    FakeReply reply = says("done");
    reply.delay = std::chrono::seconds(1);
    return reply;
  };
  const std::string run = world.begin(10);
  world.chief->described.children_at_once = 4;
  Driven& driven = world.start_driving(run);
  CHECK(world.model.requests.size() == 4);
  world.wait_for([&] { return driven.ended(); });
  CHECK(world.model.requests.size() == 10);
  CHECK(world.state(run).status == RunStatus::completed);
}

TEST_CASE("a crash at any event leaves every child begun and answered exactly once") {
  for (std::int64_t at = 1; at <= 12; ++at) {
    CAPTURE(at);
    FamilyWorld world;
    world.model.answer_in_turn({says("a"), says("b"), says("c"), says("d"), says("e")});
    const std::string run = world.begin(2);
    int events = 0;
    bool cut = false;
    world.hook = [&](const MemoryOp&) {
      MemoryFate fate;
      if (++events == at && !cut) {
        cut = true;
        fate.kind = MemoryFate::Kind::crash_after;
      }
      return fate;
    };
    world.start_driving(run);
    world.advance(std::chrono::seconds(5));
    world.hook = nullptr;
    world.crash();
    RunEnd end = world.drive(run);
    CHECK(end.state.status == RunStatus::completed);
    int children = 0;
    for (const auto& [id, each] : world.disk->tables().runs) {
      children += each.row.parent_run == run ? 1 : 0;
      CHECK(is_final(each.row.status));
    }
    CHECK(children == 2);
  }
}

TEST_CASE("a child that waits for a person makes its parent wait, and wakes it when it has ended") {
  FamilyWorld world;
  world.tools.add("a.ask", Effect::once);
  world.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
  world.model.answer_in_turn({wants({call("a.ask", 1)}), says("sent")});
  const std::string run = world.begin(1);
  RunEnd end = world.drive(run);
  CHECK(end.kind == RunEnd::Kind::waiting);
  CHECK(world.row(run).reason == "child");
  const std::string child = world.child(run, "k.1");
  CHECK(world.row(child).reason == "question");
  const RunState asked = world.state(child);
  const std::string question = asked.questions.begin()->first;
  CHECK(world.get(world.engine().answer(child, question, "yes", "ann")).has_value());
  // Somebody else drives the child: its parent is told, and due.
  world.watcher.due.clear();
  CHECK(world.drive(child).state.status == RunStatus::completed);
  CHECK(world.watcher.due == std::vector<std::string>{run});
  CHECK(world.row(run).ready_at > 0);
  CHECK(world.drive(run).state.text == "ok:\"sent\";");
}

TEST_CASE("a child is cancelled with its parent, whether it runs or waits") {
  for (const bool waits : {false, true}) {
    CAPTURE(waits);
    FamilyWorld world;
    world.tools.add("a.ask", Effect::once);
    world.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
    FakeReply slow = says("late");
    slow.delay = kNever;
    world.model.answer_in_turn({waits ? wants({call("a.ask", 1)}) : slow});
    const std::string run = world.begin(1);
    Driven& driven = world.start_driving(run);
    if (waits) world.wait_for([&] { return driven.ended(); });
    CHECK(world.get(world.engine().cancel(run, "ann")).has_value());
    if (waits) world.drive(run);
    world.wait_for([&] { return driven.ended(); });
    CHECK(world.row(run).status == RunStatus::cancelled);
    CHECK(world.row(world.child(run, "k.1")).status == RunStatus::cancelled);
    CHECK(world.state(run).find_call("k.1")->outcome == Outcome::cancelled);
  }
}

TEST_CASE("children share what is left of their parent's money, and cannot exceed it together") {
  FamilyWorld world;
  RunLimits limits;
  limits.usd = 900;
  limits.steps = 20;
  world.model.answer_in_turn({says("a", 10), says("b", 10)});
  const std::string run = world.begin(2, limits);
  const RunEnd end = world.drive(run);
  CHECK(end.state.status == RunStatus::completed);
  for (const char* id : {"k.1", "k.2"}) {
    const RunState child = world.state(world.child(run, id));
    CHECK(child.limits.usd == 300);
    CHECK(child.limits.steps == 20);
  }
}

TEST_CASE("a child of a fork that was under way is begun anew, and its parent's left alone") {
  FamilyWorld world;
  FakeReply slow = says("late");
  slow.delay = kNever;
  world.model.answer_in_turn({slow, says("quick")});
  const std::string run = world.begin(1);
  world.start_driving(run);
  ForkRun fork;
  fork.run_id = run;
  fork.at = 2;
  const std::string forked = world.get(world.engine().fork(fork)).value().claim.run_id;
  const RunEnd end = world.drive(forked);
  CHECK(end.state.text == "ok:\"quick\";");
  CHECK(world.child(forked, "k.1") != world.child(run, "k.1"));
  CHECK(world.row(world.child(run, "k.1")).status == RunStatus::owned);
}

TEST_CASE("the journal of a parent replays, its children's results supplied from outside") {
  FamilyWorld world;
  world.model.answer_in_turn({says("a"), says("b"), says("c")});
  const std::string run = world.begin(3);
  world.drive(run);
  const Result<std::vector<Record>> records = world.get(world.node().store().read(run, 0, 1000));
  const ReplayReport report = replay_run(world.row(run), *records, world.programs.program, {});
  CHECK(report.differs_at == 0);
  CHECK(report.replayed == "");
  CHECK(report.chain_matches);
}

TEST_CASE("an agent that is not in the family, or too deep, is a call that has not started") {
  MachineBench bench;
  FakeTools tools;
  bench.program.family = std::make_shared<OneFamily>(tools);
  bench.agent.decide = [](const RunState&) -> std::vector<Action> {
    return {StartChild{"k.1", "riter", "x"}, StartChild{"k.2", "writer", "x"}};
  };
  bench.agent.described.depth_max = 0;
  bench.step();
  CHECK(bench.call_state("k.1").outcome == Outcome::not_started);
  CHECK(bench.call_state("k.1").message.find("did you mean 'writer'") != std::string::npos);
  CHECK(bench.call_state("k.2").message.find("0 deep") != std::string::npos);
}

TEST_CASE("policy is asked about a child as about a tool of the name agent.NAME") {
  MachineBench bench;
  FakeTools tools;
  bench.program.family = std::make_shared<OneFamily>(tools);
  bench.policy.rules["agent:writer"] = PolicyDecision{Verdict::ask, "ask agent:*"};
  bench.agent.decide = [](const RunState&) -> std::vector<Action> {
    return {StartChild{"k.1", "writer", "x"}};
  };
  CHECK(shape_of(bench.step().events) == "policy.decided k.1, question.asked k.1");
  bench.run.answered("a.k.1", "yes");
  CHECK(shape_of(bench.step().events) == "child.started k.1");
}

}  // namespace
}  // namespace yoke
