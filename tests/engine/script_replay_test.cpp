#include <catch2/catch.hpp>

#include "agents/loop_agent.h"
#include "tests/engine/script_world.h"

// Replays of scripts that want more at once than their host does.
namespace yoke {
namespace {

using std::chrono::milliseconds;

ScriptWant tool_want(std::string at, const std::string& tool, int n) {
  return ScriptWant{std::move(at), "tool", Json{{"tool", tool}, {"args", Json{{"n", n}}}}};
}

// Hands all of them in at once, and waits for as many answers.
awaitable<Json> all_of(ScriptSteps& steps, std::vector<ScriptWant> wants) {
  const std::size_t count = wants.size();
  Json order = Json::array();
  std::vector<ScriptWant> next = std::move(wants);
  for (std::size_t i = 0; i < count; ++i) {
    ScriptAnswer answer = co_await steps.step(std::move(next));
    next.clear();
    order.push_back(answer.at);
  }
  co_return order;
}

class HelperFamily final : public Family {
 public:
  explicit HelperFamily(const FakeTools& tools) : tools_(tools) {}
  std::vector<std::string> names() const override { return {"helper"}; }
  Result<Program> program(std::string_view) const override {
    AgentSpec spec;
    spec.name = "helper";
    spec.model = "lab/small";
    Program program;
    program.agent = std::make_shared<const LoopAgent>(spec, nullptr);
    program.tools = std::shared_ptr<const ToolSet>(&tools_, [](const ToolSet*) {});
    program.source = Json{{"agent", "helper"}};
    return program;
  }

 private:
  const FakeTools& tools_;
};

struct CrowdedWorld : ScriptWorld {
  explicit CrowdedWorld(int calls_at_once) {
    options.calls_at_once = calls_at_once;
    crash();  // a process with these options
    FakeTool& tool = tools.add("a.x", Effect::once);
    tool.delay = [](const ToolRequest& request) {
      return milliseconds(1 + integer_at(request.args, "n") * 7 % 13);
    };
    tools.add("a.denied", Effect::once);
    tools.add("a.asked", Effect::once);
    policy.rules["a.denied"] = PolicyDecision{Verdict::deny, "deny a.denied"};
    policy.rules["a.asked"] = PolicyDecision{Verdict::ask, "ask a.asked"};
    model.script = [](const ModelRequest&, int) { return says("well", 5); };
  }
  int most_at_once(const std::string& run) {
    int open = 0;
    int most = 0;
    for (const Event& event : events(run)) {
      open += event.kind == EventKind::tool_called ? 1 : 0;
      open -= event.kind == EventKind::tool_returned ? 1 : 0;
      most = std::max(most, open);
    }
    return most;
  }
};

// Forty tools with what else there is before, among and after them.
std::vector<ScriptWant> crowd(int tools) {
  std::vector<ScriptWant> wants;
  wants.push_back(ScriptWant{"now", "now", Json::object()});
  for (int n = 1; n <= tools; ++n) {
    std::string name = "a.x";
    if (n % 7 == 0) name = "no.such";
    if (n % 11 == 0) name = "a.denied";
    wants.push_back(tool_want("t" + std::to_string(n), name, n));
    if (n == tools / 2) wants.push_back(ScriptWant{"random", "random", Json::object()});
  }
  wants.push_back(ScriptWant{"model", "model", Json{{"prompt", "well?"}}});
  wants.push_back(ScriptWant{"second", "model", Json{{"prompt", "and?"}}});
  wants.push_back(ScriptWant{"nap", "sleep", Json{{"us", 4000}}});
  return wants;
}

TEST_CASE("a script's many tools beside a model replay, however many its host made at once") {
  for (const int at_once : {1, 2, 8, 16, 100}) {
    CAPTURE(at_once);
    CrowdedWorld world(at_once);
    const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
      co_return co_await all_of(steps, crowd(40));
    });
    RunEnd end = world.drive(run);
    while (end.kind == RunEnd::Kind::waiting) {
      world.advance(milliseconds(10));
      end = world.drive(run);
    }
    CHECK(end.state.status == RunStatus::completed);
    CHECK(end.state.scripts.at("s").completions.size() == 45);
    CHECK(world.most_at_once(run) <= std::max(at_once + 1, 3));
    world.check_replay(run);
  }
}

TEST_CASE("tools and children of one script replay with the limit of each") {
  for (const int at_once : {1, 3, 8}) {
    for (const int children : {1, 2, 8}) {
      CAPTURE(at_once, children);
      CrowdedWorld world(at_once);
      world.agent_of->described.children_at_once = children;
      const auto family = std::make_shared<HelperFamily>(world.tools);
      const auto helper = std::make_shared<LoopAgent>(AgentSpec(), nullptr);
      const auto chief = world.agent_of->decide;
      world.agent_of->decide = [helper, chief](const RunState& state) {
        return state.agent == "helper" ? helper->next(state) : chief(state);
      };
      world.scripts->body = [](ScriptSteps& steps, int&) -> awaitable<Json> {
        std::vector<ScriptWant> wants;
        for (int n = 1; n <= 12; ++n) {
          const std::string number = std::to_string(n);
          wants.push_back(tool_want("t" + number, "a.x", n));
          if (n % 2 == 0) continue;
          wants.push_back(ScriptWant{"k" + number, "agent",
                                     Json{{"agent", "helper"}, {"task", "part " + number}}});
        }
        co_return co_await all_of(steps, std::move(wants));
      };
      StartRun start = world.request("go");
      start.program.agent = world.agent_of;
      start.program.scripts = world.scripts;
      start.program.family = family;
      start.program.source = Json{{"agent", "flow"}};
      RunLimits limits;
      limits.usd = 10'001;  // that does not divide evenly
      start.limits = limits;
      world.programs.program = start.program;
      const std::string run = world.create(std::move(start));
      const RunEnd end = world.drive(run);
      CHECK(end.state.status == RunStatus::completed);
      CHECK(end.state.children.size() == 6);
      world.check_replay(run);
    }
  }
}

TEST_CASE("a call that was held back while there was room is a difference") {
  CrowdedWorld world(8);
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    std::vector<ScriptWant> wants;
    for (int n = 1; n <= 4; ++n) wants.push_back(tool_want("t" + std::to_string(n), "a.x", n));
    co_return co_await all_of(steps, std::move(wants));
  });
  world.drive(run);
  Result<std::vector<Record>> records = world.get(world.node().store().read(run, 0, 10'000));
  // As if the second call had been made a moment after the third.
  const auto is_second = [](const Record& record) {
    return record.kind == static_cast<int>(EventKind::tool_called) && record.call_id == "s/t2";
  };
  const auto second = std::find_if(records->begin(), records->end(), is_second);
  REQUIRE(second != records->end());
  std::swap(second->call_id, (second + 1)->call_id);
  std::swap(second->body, (second + 1)->body);
  const ReplayReport report = replay_run(world.row(run), *records, world.programs.program, {});
  CHECK(report.differs_at == second->seq);
  CHECK(report.replayed.starts_with("tool.called s/t2"));
}

}  // namespace
}  // namespace yoke
