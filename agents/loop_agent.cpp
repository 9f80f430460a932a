#include "agents/loop_agent.h"

#include "agents/answer.h"

namespace yoke {
namespace {

constexpr int kRepairsMax = 2;

}  // namespace

LoopAgent::LoopAgent(AgentSpec spec, std::shared_ptr<const Schema> output, StrategyOptions options)
    : DefinedAgent(std::move(spec), std::move(options)), output_(std::move(output)) {}

std::vector<Action> LoopAgent::next(const RunState& state) const {
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

}  // namespace yoke
