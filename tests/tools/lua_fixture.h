#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/loop/deadline.h"
#include "tests/tools/fixture.h"
#include "tools/in_process.h"
#include "tools/lua_tools.h"
#include "tools/script_runner.h"

namespace yoke {

// A host module that answers what the test says and remembers what it was asked. Stands for "kv".
class ScriptedModule final : public HostModule {
 public:
  std::function<Result<Json>(const std::string& function, const Json& args)> answer =
      [](const std::string&, const Json&) { return Result<Json>(Json(nullptr)); };
  std::vector<std::string> asked;
  bool waits_for_ever = false;
  bool asks_policy = false;

  std::string_view name() const override { return "kv"; }
  awaitable<Result<Json>> call(std::string function, Json args, CallScope& scope) override {
    asked.push_back(function + to_text(args));
    if (asks_policy) {
      const Result<void> permitted =
          scope.permit(InnerRequest{"kv." + function, Json::object(), Effect::read});
      if (!permitted) co_return permitted.error();
    }
    scope.saw(Label{});
    const Deadline never = LoopClock::now() + std::chrono::hours(24 * 365);
    if (waits_for_ever) co_await sleep_until(never);
    co_return answer(function, args);
  }
};

// Scripts run on the test's own loop, beside a scripted kv module.
struct LuaFixture {
  explicit LuaFixture(Pool* threads = nullptr)
      : broker(modules()),
        place(threads),
        runner({broker, policy, wall, place, &place}),
        services{runner, gate()} {}

  std::vector<std::unique_ptr<HostModule>> modules() {
    auto scripted = std::make_unique<ScriptedModule>();
    kv = scripted.get();
    std::vector<std::unique_ptr<HostModule>> all;
    all.push_back(std::move(scripted));
    return all;
  }
  GrantGate gate() {
    return [this](const ToolSpec& spec, ScriptOrigin) {
      GrantDecision decision;
      decision.granted = granted;
      decision.why = "the tool '" + spec.name + "' was never granted";
      return decision;
    };
  }

  LoadedTools load(const std::string& text, ScriptOrigin origin = ScriptOrigin::own) {
    auto source = std::make_shared<ScriptSource>();
    source->name = "tools/t.lua";
    source->text = text;
    source->origin = origin;
    return load_lua_source(services, std::move(source));
  }
  std::unique_ptr<LuaTool> one(const std::string& text, ScriptOrigin origin = ScriptOrigin::own) {
    LoadedTools loaded = load(text, origin);
    for (const Error& error : loaded.errors) UNSCOPED_INFO(error.message());
    REQUIRE(loaded.tools.size() == 1);
    return std::move(loaded.tools.front());
  }
  std::string error_of(const std::string& text) {
    const LoadedTools loaded = load(text);
    CHECK(loaded.tools.empty());
    return loaded.errors.empty() ? "" : loaded.errors.front().message();
  }
  ToolOutcome call(Tool& tool, Json args, ToolRequest request = request_of()) {
    request.tool = tool.spec().name;
    request.args = std::move(args);
    return run(loop, tool.call(std::move(request), context));
  }
  ProbeOutcome probe(Tool& tool, Json args = Json::object()) {
    ToolRequest request = request_of();
    request.args = std::move(args);
    return run(loop, tool.probe(std::move(request), context));
  }

  asio::io_context loop{1};
  RecordedContext context;
  FixedPolicy policy;
  FixedWallClock wall;
  bool granted = true;
  ScriptedModule* kv = nullptr;
  Broker broker;
  InProcess place;
  ScriptRunner runner;
  LuaToolServices services;
};

// A tool around a body of `run`.
inline std::string tool_with(const std::string& body, const std::string& fields = "") {
  return "return tool { name = 'a.b', description = 'd', " + fields +
         " run = function(input, ctx) " + body + " end }";
}

}  // namespace yoke
