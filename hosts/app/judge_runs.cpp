#include "hosts/app/judge_runs.h"

#include "agents/one_call.h"
#include "runtime/engine/machine.h"
#include "runtime/engine/reader.h"

namespace yoke {

namespace {

Result<std::string> answer_of(const RunState& state) {
  if (state.status == RunStatus::completed) return state.text;
  return Error{Errc::unavailable, "the judge gave no answer (" + state.reason + "): " + state.text};
}

}  // namespace

awaitable<Result<std::string>> ask_judge_run(Engine& engine, Store& store, ModelRequest request,
                                             ToolRequest of) {
  const std::string asked = hash_of(request);
  OneCall call;
  call.name = kGuardAgent;
  call.request = std::move(request);
  Result<Program> program = one_call_program(std::move(call));
  if (!program) co_return program.error();
  StartRun start;
  start.program = std::move(*program);
  start.task = "guards " + of.agent + (of.run_id.empty() ? "" : ", run " + of.run_id);
  start.tenant = of.tenant;
  start.by = "guard";
  start.parent_run = of.run_id;
  start.parent_call = of.call_id;
  start.at_once = true;
  if (!of.run_id.empty()) {
    start.idem_key = "guard/" + of.run_id + "/" + of.idempotency_key + "/" + asked;
  }
  const Result<Created> created = co_await engine.create(std::move(start));
  if (!created) co_return created.error();
  std::string run_id = created->claim.run_id;
  if (created->existed) {
    const Result<RunState> before = co_await read_state(store, run_id);
    if (!before) co_return before.error();
    if (is_final(before->status)) co_return answer_of(*before);
  }
  const Result<RunEnd> end = co_await engine.drive(std::move(run_id));
  if (!end) co_return end.error();
  co_return answer_of(end->state);
}

}  // namespace yoke
