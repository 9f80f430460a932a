#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"

namespace yoke {

// Scripts written in C++: what they do is the test's; how often each was begun is counted.
class FakeDurableScripts final : public DurableScripts {
 public:
  using Body = std::function<awaitable<Json>(ScriptSteps& steps, int& done)>;

  awaitable<ToolOutcome> run(DurableScript, ScriptSteps& steps, CallContext&) override {
    ++begun;
    ToolOutcome outcome;
    outcome.value = co_await body(steps, done);
    co_return outcome;
  }

  Body body;
  int begun = 0;
  int done = 0;  // counted by the body
};

// Wants one thing, and waits for its answer.
inline awaitable<ScriptAnswer> want_one(ScriptSteps& steps, const char* at, const char* kind,
                                        const char* args) {
  std::vector<ScriptWant> wants(1);
  wants[0].at = at;
  wants[0].kind = kind;
  wants[0].args = parse_json(args).value();
  co_return co_await steps.step(std::move(wants));
}

struct ScriptWorld : EngineWorld {
  ScriptWorld()
      : scripts(std::make_shared<FakeDurableScripts>()), agent_of(std::make_shared<FakeAgent>()) {
    agent_of->described.name = "flow";
    agent_of->described.model = "lab/small";
    agent_of->decide = [](const RunState& state) -> std::vector<Action> {
      const CallState* call = state.find_call("s");
      if (call == nullptr || call->open) return {RunScript{"s", "weekly", Json("source"), nullptr}};
      if (call->outcome != Outcome::ok) return {Fail{"script.error", call->message}};
      return {Complete{to_text(call->value)}};
    };
  }

  std::string begin(FakeDurableScripts::Body body) {
    scripts->body = std::move(body);
    StartRun start = request("go");
    start.program.agent = agent_of;
    start.program.scripts = scripts;
    start.program.source = Json{{"agent", "flow"}};
    programs.program = start.program;
    return create(std::move(start));
  }
  void check_replay(const std::string& run) {
    const Result<std::vector<Record>> records = get(node().store().read(run, 0, 10'000));
    const ReplayReport report = replay_run(row(run), *records, programs.program, {});
    CHECK(report.recorded == "");
    CHECK(report.replayed == "");
    CHECK(report.differs_at == 0);
    CHECK(report.chain_matches);
  }

  std::shared_ptr<FakeDurableScripts> scripts;  // shared with the program
  std::shared_ptr<FakeAgent> agent_of;
};

}  // namespace yoke
