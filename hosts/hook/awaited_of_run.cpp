#include "hosts/hook/awaited_of_run.h"

#include "runtime/engine/reader.h"
#include "runtime/engine/signals.h"

namespace yoke {
namespace {

// Adds what this run itself awaits; what it has begun below it is left in `below`.
void add_awaited(const RunState& state, AwaitedOfRun& all, std::vector<std::string>& below) {
  for (const auto& [id, question] : state.questions) {
    if (!question.is_open() || question.purpose == "tool") continue;
    all.questions.push_back({state.run_id, id, question.title, question.body, question.choices});
  }
  for (std::string& name : awaited_signals(state)) {
    all.signals.push_back({state.run_id, std::move(name)});
  }
  for (const auto& [call_id, child] : state.children) {
    const CallState* call = state.find_call(call_id);
    if (call != nullptr && call->open) below.push_back(child.run_id);
  }
}

}  // namespace

awaitable<AwaitedOfRun> awaited_of_run(Store& store, std::string run_id) {
  AwaitedOfRun all;
  std::vector<std::string> below;
  below.push_back(std::move(run_id));
  for (std::size_t next = 0; next < below.size(); ++next) {
    const std::string id = below[next];
    const Result<RunRow> row = co_await store.get(id);
    if (!row || row->status != RunStatus::waiting) continue;
    const Result<RunState> state = co_await read_state_at(store, id, 0);
    if (state) add_awaited(*state, all, below);
  }
  co_return all;
}

}  // namespace yoke
