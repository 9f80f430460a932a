#include "hosts/eval/run_cases.h"

#include "agents/one_call.h"
#include "hosts/app/journal_cases.h"
#include "runtime/engine/reader.h"
#include "trials/run_facts.h"

namespace yoke {
namespace {

// Of the run and of those below it.
awaitable<Result<Json>> recorded_of(Store& store, std::vector<Event> events, RunState state) {
  Json recorded = Json::array();
  for (const RecordedCall& call : recorded_calls(events)) recorded.push_back(to_json(call));
  for (const auto& [id, child] : state.children) {
    Result<std::vector<Event>> inner = co_await read_events(store, child.run_id);
    if (!inner) co_return inner.error();
    Result<RunState> its = fold_journal(*inner);
    if (!its) co_return its.error();
    const Result<Json> more = co_await recorded_of(store, std::move(*inner), std::move(*its));
    if (!more) co_return more.error();
    for (const Json& each : *more) recorded.push_back(each);
  }
  co_return Result<Json>(boost::system::in_place_value, std::move(recorded));
}

EvalCase case_of_state(const RunState& state) {
  EvalCase out;
  out.one.id = state.run_id;
  out.one.place = "run " + state.run_id;
  out.agent = state.agent;
  out.task = state.task;
  out.input = state.input;
  out.messages = state.prior;
  out.messages.insert(out.messages.end(), state.messages.begin(), state.messages.end());
  out.one.prompt = state.task.empty() ? to_text(state.input) : state.task;
  if (state.status == RunStatus::completed) {
    out.one.expected = state.output.is_null() ? Json(state.text) : state.output;
  }
  out.one.request.messages.push_back(user_message(out.one.prompt));
  for (const ImagePart& image : state.images) {
    out.one.request.messages.back().parts.emplace_back(image);
  }
  return out;
}

}  // namespace

awaitable<Result<std::vector<EvalCase>>> eval_cases_of_run(Store& store, Engine& engine,
                                                           std::string run_id) {
  Result<std::vector<Event>> events = co_await read_events(store, run_id);
  if (!events) co_return events.error();
  Result<RunState> state = co_await read_state(store, run_id);
  if (!state) co_return state.error();
  const Result<Program> program = co_await engine.program_of(state->program);
  if (!program) co_return program.error();
  std::vector<EvalCase> cases;
  if (is_one_call(program->source)) {
    Result<std::vector<TrialCase>> calls = co_await cases_of_run(store, engine, std::move(run_id));
    if (!calls) co_return calls.error();
    for (TrialCase& one : *calls) {
      EvalCase& each = cases.emplace_back();
      each.task = one.prompt;
      each.one = std::move(one);
      if (state->status == RunStatus::completed) each.one.expected = state->text;
    }
    co_return cases;
  }
  EvalCase one = case_of_state(*state);
  Result<Json> recorded = co_await recorded_of(store, std::move(*events), std::move(*state));
  if (!recorded) co_return recorded.error();
  one.recorded = std::move(*recorded);
  cases.push_back(std::move(one));
  co_return cases;
}

}  // namespace yoke
