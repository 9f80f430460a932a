#include "hosts/hook/awaited_of_run.h"

#include "hosts/app/signal_words.h"
#include "runtime/base/text.h"
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

std::string waiting_words(const TalkReply& reply) {
  std::string text;
  for (const TalkQuestion& question : reply.questions) {
    if (!text.empty()) text += "\n\n";
    text += "Waiting for an answer: " + question.title;
    if (question.body.is_string()) text += "\n" + question.body.get<std::string>();
    if (question.body.is_object() && !question.body.empty()) text += "\n" + to_text(question.body);
    if (question.choices.is_array() && !question.choices.empty()) {
      text += "\nOne of: " + to_text(question.choices);
    }
    text += "\nAnswer with POST /v1/runs/" + question.run_id +
            "/answers {\"question\": " + to_text(Json(question.id)) +
            ", \"value\": …}, or: yoke runs answer " + question.run_id + " " + question.id +
            " VALUE";
  }
  for (const TalkSignal& signal : reply.signals) {
    if (!text.empty()) text += "\n\n";
    text += "Waiting for the signal '" + printable(signal.name) +
            "'.\nSend it with POST /v1/runs/" + signal.run_id +
            "/signals {\"name\": " + to_text(Json(signal.name)) +
            ", \"data\": …}, or: " + signal_command(signal.run_id, signal.name);
  }
  return text;
}

}  // namespace yoke
