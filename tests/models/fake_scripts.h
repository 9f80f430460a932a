#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "runtime/base/text.h"
#include "runtime/ports/script_host.h"

namespace yoke {

inline std::shared_ptr<const ScriptSource> demo_source() {
  ScriptSource source;
  source.name = "models/demo.lua";
  source.text = "return model { … }";
  return std::make_shared<const ScriptSource>(std::move(source));
}

// A ScriptHost whose one file defines the model "weather-demo", and whose calls return `value`.
class FakeScripts final : public ScriptHost {
 public:
  FakeScripts() {
    ScriptDefinition definition;
    definition.kind = "model";
    definition.fields = {{"name", "weather-demo"}};
    definition.functions = {"reply"};
    definition.line = 2;
    definitions.push_back(std::move(definition));
  }

  std::vector<ScriptDefinition> definitions;
  std::optional<Error> define_error;
  Json value = {{"text", "Hi"}};
  Outcome outcome = Outcome::ok;
  std::string message;
  LoopClock::duration takes{};  // of the thread's time: nothing else runs meanwhile
  std::vector<ScriptCall> calls;

  Result<std::vector<ScriptDefinition>> define(const ScriptSource&) override {
    if (define_error) return *define_error;
    return definitions;
  }

  awaitable<ToolOutcome> call(std::shared_ptr<const ScriptSource>, ScriptCall call,
                              CallContext&) override {
    calls.push_back(std::move(call));
    if (takes > LoopClock::duration::zero()) LoopClock::advance(takes);
    ToolOutcome result;
    result.outcome = outcome;
    result.value = value;
    result.message = message;
    co_return result;
  }
};

}  // namespace yoke
