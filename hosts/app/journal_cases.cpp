#include "hosts/app/journal_cases.h"

#include "runtime/engine/machine.h"
#include "runtime/engine/reader.h"

namespace yoke {
namespace {

// What the user says last, or how the request goes on from it.
std::string prompt_of(const ModelRequest& request) {
  std::string text;
  std::size_t results = 0;
  for (const Message& message : request.messages) {
    if (message.role == Role::user) {
      text = text_of(message);
      results = 0;
    }
    if (message.role == Role::tool) results += message.parts.size();
  }
  if (results > 0) text += "\n(and " + std::to_string(results) + " results of tools)";
  return text;
}

}  // namespace

awaitable<Result<std::vector<TrialCase>>> cases_of_run(Store& store, Engine& engine,
                                                       std::string run_id, std::string call) {
  const Result<std::vector<Event>> events = co_await read_events(store, run_id);
  if (!events) co_return events.error();
  const Result<RunState> whole = co_await read_state(store, run_id);
  if (!whole) co_return whole.error();
  const Result<Program> program = co_await engine.program_of(whole->program);
  if (!program) co_return program.error();
  std::vector<TrialCase> cases;
  RunState state;
  state.prior = whole->prior;
  for (const Event& event : *events) {
    const bool wanted = event.kind == EventKind::model_called && event.attempt <= 1 &&
                        (call.empty() || event.call_id == call);
    if (wanted) {
      TrialCase one;
      one.request = request_of(state, *program);
      one.id = run_id + "/" + event.call_id;
      one.place = "run " + run_id + ", event " + std::to_string(event.seq);
      if (hash_of(one.request) != string_at(event.fields, "request")) {
        co_return Error{Errc::conflict,
                        "what was sent cannot be put together again: this version of the program "
                        "asks differently",
                        one.place};
      }
      one.prompt = prompt_of(one.request);
      cases.push_back(std::move(one));
    }
    const Result<void> folded = fold_in(state, event);
    if (!folded) co_return folded.error();
  }
  co_return cases;
}

}  // namespace yoke
