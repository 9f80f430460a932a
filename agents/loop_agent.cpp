#include "agents/loop_agent.h"

#include "agents/answer.h"
#include "runtime/journal/handoff.h"

namespace yoke {
namespace {

constexpr int kRepairsMax = 2;

// The run of the agent that the conversation was handed to and that has answered; null: none.
const CallState* answered_handoff(const RunState& state) {
  const auto found = [&state](std::string_view id) -> const CallState* {
    const CallState* call = state.find_call(id);
    const bool has = call != nullptr && !call->open && is_handoff(*call);
    return has && call->outcome == Outcome::ok ? call : nullptr;
  };
  if (state.turns.empty()) return found(kHandedCall);
  for (const std::string& id : state.turns.back().calls) {
    if (const CallState* call = found(id)) return call;
  }
  return nullptr;
}

// What the other agent answered is the answer.
Action answer_with(const RunState& state, const CallState& call, const Schema* output) {
  const ChildState& child = state.children.at(call.id);
  const bool is_text = call.value == Json(child.text);
  Complete answer{child.text, is_text ? Json(nullptr) : call.value};
  if (output == nullptr) return answer;
  const std::vector<SchemaError> errors = output->check(call.value);
  if (errors.empty()) return answer;
  return Fail{"output.invalid", "what '" + child.agent +
                                    "', which the conversation was handed to, answered does not "
                                    "fit the output: " +
                                    describe(errors)};
}

}  // namespace

LoopAgent::LoopAgent(AgentSpec spec, std::shared_ptr<const Schema> output, StrategyOptions options)
    : DefinedAgent(std::move(spec), std::move(options)), output_(std::move(output)) {}

std::vector<Action> LoopAgent::next(const RunState& state) const {
  if (const CallState* call = answered_handoff(state)) {
    return {answer_with(state, *call, output_.get())};
  }
  if (state.turns.empty()) return {CallModel{}};
  const Turn& turn = state.turns.back();
  if (turn.calls.empty()) return answer_of(state, turn, output_.get(), kRepairsMax);
  std::vector<Action> actions;
  bool all_back = true;
  for (const std::string& id : turn.calls) {
    const CallState* call = state.find_call(id);
    if (call == nullptr) actions.emplace_back(CallTool{id});
    all_back = all_back && call != nullptr && !call->open;
  }
  if (all_back) actions.emplace_back(CallModel{});
  return actions;
}

std::string LoopAgent::note_after(const Turn& turn) const {
  return answer_note(turn, output_.get());
}

void LoopAgent::shape(ModelRequest& request) const {
  request.options.reasoning_effort = options().reasoning_effort;
}

}  // namespace yoke
