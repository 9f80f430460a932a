#include "agents/workflow_agent.h"

namespace yoke {
namespace {

constexpr const char* kScript = "workflow";  // its call; a run has one

}  // namespace

std::vector<Action> WorkflowAgent::next(const RunState& state) const {
  const CallState* script = state.find_call(kScript);
  if (script != nullptr) return script->open ? std::vector<Action>() : finish(*script);
  Result<Json> input = fitting_input(options(), state.input, state.task);
  if (!input) return {Fail{"input.invalid", spec().name + ": " + input.error().detail}};
  return {RunScript{kScript, spec().name, options().script, std::move(*input)}};
}

std::vector<Action> WorkflowAgent::finish(const CallState& script) const {
  if (script.outcome != Outcome::ok) return {Fail{"script.failed", script.message}};
  if (output_) {
    const std::vector<SchemaError> errors = output_->check(script.value);
    if (!errors.empty()) {
      return {Fail{"output.invalid",
                   "what the workflow returned does not fit its output: " + describe(errors)}};
    }
  }
  if (script.value.is_null()) return {Complete{"", nullptr}};
  const bool is_text = script.value.is_string();
  std::string text = is_text ? script.value.get<std::string>() : to_text(script.value);
  return {Complete{std::move(text), script.value}};
}

}  // namespace yoke
