#include "agents/loop_agent.h"

#include "agents/structured.h"

namespace yoke {
namespace {

constexpr int kRepairsMax = 2;

}  // namespace

LoopAgent::LoopAgent(AgentSpec spec, std::shared_ptr<const Schema> output)
    : spec_(std::move(spec)), output_(std::move(output)) {}

std::vector<Action> LoopAgent::next(const RunState& state) const {
  if (state.turns.empty()) return {CallModel{}};
  const Turn& turn = state.turns.back();
  if (turn.calls.empty()) return answer(state, turn);
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

std::vector<Action> LoopAgent::answer(const RunState& state, const Turn& turn) const {
  const std::string text = text_of(turn.reply);
  if (turn.finish == "refusal" || turn.finish == "content_filter") {
    return {Fail{"refused", text.empty() ? "the model declined to answer" : text}};
  }
  if (!output_) return {Complete{text, nullptr}};
  Result<Json> output = structured_output(*output_, turn.reply);
  if (output) return {Complete{text, std::move(*output)}};
  int refused = 0;
  for (auto each = state.turns.rbegin(); each != state.turns.rend(); ++each) {
    if (!each->calls.empty()) break;
    ++refused;
  }
  if (refused > kRepairsMax) {
    return {Fail{"output.invalid", "the answer does not fit its schema after " +
                                       std::to_string(kRepairsMax) +
                                       " repairs: " + output.error().detail}};
  }
  return {CallModel{}};
}

std::string LoopAgent::note_after(const Turn& turn) const {
  if (!output_ || !turn.calls.empty()) return {};
  const Result<Json> output = structured_output(*output_, turn.reply);
  if (output) return {};
  return "Your answer does not fit the schema it must have: " + output.error().detail +
         ". Answer again with the corrected JSON alone.";
}

}  // namespace yoke
