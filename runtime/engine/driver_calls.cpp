#include <algorithm>

#include "runtime/base/crash_point.h"
#include "runtime/base/ensure.h"
#include "runtime/engine/driver_context.h"
#include "runtime/loop/deadline.h"

// How a driver makes calls: each in a task of its own that hands its outcome to the mailbox.
namespace yoke {

std::string words_for(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& known) {
    return std::string("it broke: ") + known.what();
  } catch (...) {
    return "it broke and did not say how";
  }
}

namespace {

// What stands for an answer when a hook kept the model from being asked.
ModelFailure not_asked(const std::string& target, const std::string& why) {
  ModelFailure failure;
  failure.failure_class = FailureClass::content;
  failure.message = why;
  failure.target = target;
  return failure;
}

}  // namespace

awaitable<Driver::ModelDone> Driver::guarded(ModelDone done, std::shared_ptr<Context> context) {
  ToolRequest identity;
  identity.run_id = claim_.run_id;
  identity.call_id = done.call_id;
  identity.agent = state_.agent;
  identity.session = state_.session;
  identity.tenant = state_.tenant;
  identity.label = state_.label;
  identity.deadline = end_of_run();
  Guards& guards = *guards_of(program_);
  GuardedOutcome passed =
      co_await guard_reply(guards, std::move(done.outcome), std::move(identity), *context);
  done.outcome = std::move(passed.outcome);
  done.notes = std::move(passed.notes);
  co_return done;
}

awaitable<Driver::ToolDone> Driver::guarded(ToolDone done, ToolRequest request) {
  Context context(engine_, claim_.run_id, done.call_id);
  context.hush();
  Guards& guards = *guards_of(program_);
  request.deadline = end_of_run();
  GuardedResult passed =
      co_await guard_result(guards, std::move(done.outcome), std::move(request), context);
  done.outcome = std::move(passed.outcome);
  done.notes = std::move(passed.notes);
  co_return done;
}

// Of a call that whoever started the run carries out.
awaitable<GuardedResult> Driver::guarded_answer(QuestionState question, Json value) {
  GuardedResult result;
  result.outcome.value = std::move(value);
  Guards* guards = guards_of(program_);
  const CallState* call = state_.find_call(question.call_id);
  if (guards == nullptr || question.purpose != kPurposeTool || call == nullptr) co_return result;
  Context context(engine_, claim_.run_id, question.call_id);
  context.hush();
  ToolRequest request = request_for(*call, end_of_run());
  result = co_await guard_result(*guards, std::move(result.outcome), std::move(request), context);
  if (result.outcome.outcome != Outcome::ok) {
    result.outcome.value = Json{{"error", result.outcome.message}};
  }
  co_return result;
}

void Driver::start(Start start) {
  if (!engine_.lease_holds()) return lease_lost("this node's lease is not certain");
  if (auto* model = std::get_if<StartModel>(&start)) {
    running_.insert(model->call_id);
    tasks_.spawn(run_model(std::move(*model)));
  } else if (auto* tool = std::get_if<StartTool>(&start)) {
    running_.insert(tool->call_id);
    tasks_.spawn(run_tool(std::move(tool->call_id)));
  } else {
    auto& probe = std::get<StartProbe>(start);
    running_.insert(probe.call_id);
    tasks_.spawn(run_probe(std::move(probe.call_id)));
  }
}

Deadline Driver::end_of_run() const {
  if (state_.limits.seconds <= 0) return kNoDeadline;
  const Micros elapsed = engine_.services_.wall.now() - state_.started_at - state_.waited;
  const Micros left = std::max<Micros>(0, state_.limits.seconds * 1'000'000 - elapsed);
  return LoopClock::now() + std::chrono::microseconds(left);
}

awaitable<void> Driver::run_model(StartModel start) {
  const auto context = std::make_shared<Context>(engine_, claim_.run_id, start.call_id);
  DeltaSink sink;  // shares the context: a backend may keep the sink as long as it likes
  Guards* guards = guards_of(program_);
  const bool held_back = guards != nullptr && guards->holds_back();
  if (!engine_.listeners_.empty() && !held_back)
    sink = [context](const Delta& delta) { context->delta(delta); };
  ModelDone done;
  done.call_id = start.call_id;
  ModelFailure failure;
  failure.target = start.request.target;
  failure.cost = start.reserved;
  const CallState* opened = state_.find_call(start.call_id);
  ENSURE(opened != nullptr);  // its model.called was journaled before it was started
  failure.usage = opened->expected;
  if (hooks_of(program_) != nullptr) {
    Json details = details_of(start.request);
    HookedCall hooked = co_await asked_before_model(start.call_id, std::move(details));
    done.ran = std::move(hooked.ran);
    done.stops = std::move(hooked.stops);
    if (!hooked.refusal.empty()) {
      done.outcome = not_asked(start.request.target, hooked.refusal);
      mailbox_.push(std::move(done));
      co_return;
    }
  }
  const Deadline patience = LoopClock::now() + engine_.options_.model_timeout;
  const Deadline deadline = std::min(patience, end_of_run());
  std::exception_ptr thrown;
  try {
    crash_point("engine.before_model");
    auto call = engine_.services_.model.call(std::move(start.request), deadline, std::move(sink));
    done.outcome = co_await with_deadline(deadline, std::move(call));
    crash_point("engine.after_model");
  } catch (const DeadlineExceeded&) {
    failure.failure_class = FailureClass::timed_out;
    failure.message = "the model did not answer in time";
    done.outcome = std::move(failure);
  } catch (const Fault& fault) {
    failure.failure_class = FailureClass::server;
    failure.message = fault.what();
    done.outcome = std::move(failure);
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) {
    const auto stopping = co_await asio::this_coro::cancellation_state;
    if (stopping.cancelled() != asio::cancellation_type::none) std::rethrow_exception(thrown);
    failure.failure_class = FailureClass::server;
    failure.message = words_for(thrown);
    done.outcome = std::move(failure);
  }
  if (guards != nullptr) done = co_await guarded(std::move(done), context);
  if (hooks_of(program_) != nullptr) done = co_await asked_after_model(std::move(done));
  mailbox_.push(std::move(done));
}

ToolRequest Driver::request_for(const CallState& call, Deadline deadline) const {
  ToolRequest request;
  request.tool = call.tool;
  request.args = call.args;
  request.run_id = claim_.run_id;
  request.call_id = call.id;
  request.idempotency_key = call.key;
  request.agent = state_.agent;
  request.session = state_.session;
  request.tenant = state_.tenant;
  request.attempt = call.attempt;
  request.deadline = deadline;
  request.label = call.label;
  request.run_use = state_.script_use;
  return request;
}

awaitable<void> Driver::run_tool(std::string call_id) {
  const CallState* call = state_.find_call(call_id);
  ENSURE(call != nullptr && call->open);
  ToolDone done;
  done.call_id = call_id;
  done.outcome.label = state_.label;
  Tool* tool = program_.tools->find(call->tool);
  if (tool == nullptr) {
    done.outcome.outcome = Outcome::not_started;
    done.outcome.label = kTrustedPrivate;
    done.outcome.message = "the tool '" + call->tool + "' is no longer there";
    mailbox_.push(std::move(done));
    co_return;
  }
  RunHooks* hooks = hooks_of(program_);
  HookedCall hooked;
  if (hooks != nullptr) hooked = co_await asked_before(call_id);
  done.ran = std::move(hooked.ran);
  done.stops = std::move(hooked.stops);
  if (!hooked.refusal.empty()) {
    done.outcome.outcome = Outcome::denied;
    done.outcome.label = kTrustedPrivate;
    done.outcome.message = std::move(hooked.refusal);
    mailbox_.push(std::move(done));
    co_return;
  }
  const Deadline patience = LoopClock::now() + tool->spec().timeout;
  const Deadline deadline = std::min(patience, end_of_run());
  const auto patience_left = std::make_shared<Patience>(deadline);
  ToolRequest request = request_for(*call, deadline);
  if (hooked.args) request.args = std::move(*hooked.args);
  const Json args = hooks == nullptr ? Json() : request.args;
  Guards* guards = guards_of(program_);
  const ToolRequest asked = guards == nullptr ? ToolRequest() : request;
  ToolContext context(*this, call_id, patience_left);
  if (guards != nullptr && guards->watches(GuardPlace::tool_result, request.tool)) context.hush();
  std::exception_ptr thrown;
  try {
    crash_point("engine.before_tool");
    auto work = tool->call(std::move(request), context);
    done.outcome = co_await with_patience(patience_left, std::move(work));
    crash_point("engine.after_tool");
  } catch (const DeadlineExceeded&) {
    done.outcome.outcome = Outcome::timeout;
    done.outcome.message = "it did not end within its " +
                           to_short_text(std::chrono::microseconds(tool->spec().timeout));
    if (deadline < patience) done.outcome.message = "the run's seconds were up before it ended";
  } catch (const Fault& fault) {
    done.outcome.outcome = Outcome::error;
    done.outcome.message = fault.what();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) {
    const auto stopping = co_await asio::this_coro::cancellation_state;
    if (stopping.cancelled() != asio::cancellation_type::none) std::rethrow_exception(thrown);
    done.outcome.outcome = Outcome::error;
    done.outcome.message = words_for(thrown);
  }
  if (guards != nullptr) done = co_await guarded(std::move(done), asked);
  if (hooks != nullptr) done = co_await asked_after(std::move(done), args);
  mailbox_.push(std::move(done));
  if (resting_) engine_.tell_due(claim_.run_id, state_.tenant);
}

awaitable<void> Driver::run_probe(std::string call_id) {
  const CallState* call = state_.find_call(call_id);
  ENSURE(call != nullptr && call->open);
  ProbeDone done;
  done.call_id = call_id;
  Tool* tool = program_.tools->find(call->tool);
  ENSURE(tool != nullptr);  // the machine starts a probe only for a tool it found
  const Deadline deadline = LoopClock::now() + tool->spec().timeout;
  ToolRequest request = request_for(*call, deadline);
  Context context(engine_, claim_.run_id, call_id);
  std::exception_ptr thrown;
  try {
    auto work = tool->probe(std::move(request), context);
    done.outcome = co_await with_deadline(deadline, std::move(work));
  } catch (const Fault& fault) {  // a probe that fails or takes too long has told nothing
    done.outcome.message = fault.what();
  } catch (...) {
    thrown = std::current_exception();
  }
  if (thrown) {
    const auto stopping = co_await asio::this_coro::cancellation_state;
    if (stopping.cancelled() != asio::cancellation_type::none) std::rethrow_exception(thrown);
    done.outcome.message = words_for(thrown);
  }
  mailbox_.push(std::move(done));
}

// A timer may come due while calls are in flight; a run that only waits leaves memory instead.
void Driver::arm_timer() {
  const Micros due = due_next();
  if (due == 0 || due == armed_for_) return;
  armed_for_ = due;
  tasks_.spawn(wait_for_timer(due));
}

awaitable<void> Driver::wait_for_timer(Micros due) {
  const Micros left = std::max<Micros>(0, due - engine_.services_.wall.now());
  const Deadline at = LoopClock::now() + std::chrono::microseconds(left);
  co_await sleep_until(at);
  armed_for_ = 0;
  mailbox_.push(TimerDue{});
}

}  // namespace yoke
