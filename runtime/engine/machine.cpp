#include "runtime/engine/machine.h"

#include "runtime/base/saturating.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/compaction.h"
#include "runtime/engine/handoff.h"
#include "runtime/engine/part_events.h"
#include "runtime/engine/serve.h"

namespace yoke {
namespace {

using machine::Draft;
using machine::fail;
using machine::fail_limit;
using machine::limit_reached;

constexpr int kInterruptionsMax = 20;

// What already stands in the way of another model call; true when the run was ended.
bool refuse_model(Draft& draft, Micros now) {
  const RunState& state = draft.state;
  const bool interrupted = state.last_failure_class == name_of(FailureClass::interrupted);
  const std::string limit = limit_reached(state, now);
  if (!limit.empty()) {
    fail_limit(draft, limit);
  } else if (state.limits.repeats > 0 && state.repeats >= state.limits.repeats) {
    fail(draft, "no_progress",
         "the same calls came back with the same results " + std::to_string(state.repeats) +
             " times in a row");
  } else if (!state.last_failure_class.empty() &&
             (!interrupted || state.failures_in_row >= kInterruptionsMax) &&
             !machine::may_follow_too_long(state)) {
    const bool in_vain = !state.compactions.empty() && machine::says_too_long(state.last_failure);
    fail(draft, in_vain ? "context.too_long" : "model." + state.last_failure_class,
         state.last_failure);
  } else {
    return false;
  }
  return true;
}

bool has_limit_of_money(const Draft& draft) {
  return draft.state.limits.usd > 0 || draft.around.has_budget;
}

// What the call is to be granted: all that its route may add to it, where the run's own limit has
// room for that.
NanoUsd grant_for(const Draft& draft, const std::string& call_id, const ModelEstimate& estimate) {
  const auto& asks_for_most = draft.around.asks_for_most;
  if (estimate.cost_most <= estimate.cost) return estimate.cost;
  if (!asks_for_most || !asks_for_most(call_id)) return estimate.cost;
  const NanoUsd limit = draft.state.limits.usd;
  const bool fits = limit <= 0 || saturating_add(machine::committed_cost(draft.state),
                                                 estimate.cost_most) <= limit;
  return fits ? estimate.cost_most : estimate.cost;
}

// `cost` is what is reserved; `least` and `most` are there when there was a choice.
Json estimate_fields(const ModelEstimate& estimate, NanoUsd granted) {
  Json fields{{"input", estimate.input_tokens},
              {"output", estimate.output_tokens},
              {"cost", granted},
              {"priced", estimate.priced}};
  if (estimate.cost_most > estimate.cost) {
    fields["least"] = estimate.cost;
    fields["most"] = estimate.cost_most;
  }
  return fields;
}

void want_model(Draft& draft, Micros now) {
  if (!draft.state.open_model.empty() || draft.has(EventKind::model_called)) return;
  if (refuse_model(draft, now)) return;
  ModelRequest request = request_of(draft.state, *draft.around.program);
  if (machine::make_room(draft, request)) return;
  machine::call_model(draft, std::move(request), "", "");
}

void want_answer(Draft& draft, const Ask& ask) {
  if (draft.state.questions.contains(ask.id)) return;
  if (draft.has(EventKind::question_asked, "question", ask.id)) return;
  Event& event = draft.add(EventKind::question_asked, "");
  event.fields = Json{{"question", ask.id},
                      {"purpose", "ask"},
                      {"title", ask.title},
                      {"body", ask.body},
                      {"choices", ask.choices}};
}

void want_timer(Draft& draft, const SetTimer& timer) {
  if (draft.state.timers.contains(timer.id) || draft.state.fired.contains(timer.id)) return;
  if (draft.has(EventKind::timer_set, "timer", timer.id)) return;
  Event& event = draft.add(EventKind::timer_set, "");
  event.fields = Json{{"timer", timer.id}, {"due", timer.due}};
}

bool is_newest_plan(const Draft& draft, const Json& plan) {
  if (draft.has(EventKind::plan_proposed) || draft.has(EventKind::plan_changed)) return true;
  return draft.state.plan && draft.state.plan->plan == plan;
}

void propose(Draft& draft, const ProposePlan& proposal) {
  if (is_newest_plan(draft, proposal.plan)) return;
  draft.add(EventKind::plan_proposed, "").fields = Json{{"plan", proposal.plan}};
}

void change_plan(Draft& draft, const ChangePlan& change) {
  if (is_newest_plan(draft, change.plan)) return;
  Event& event = draft.add(EventKind::plan_changed, "");
  event.fields = Json{{"plan", change.plan}};
  if (!change.by.empty()) event.fields["by"] = change.by;
  if (!change.why.empty()) event.fields["why"] = change.why;
}

// An agent that has its answer while calls are in flight is asked again when they are back.
bool has_open_call(const Draft& draft) {
  for (const auto& [id, call] : draft.state.calls) {
    if (call.open) return true;
  }
  return !draft.plan.starts.empty();
}

void complete(Draft& draft, const Complete& end) {
  if (has_open_call(draft)) return;
  Event& event = draft.add(EventKind::run_completed, "");
  event.fields = Json{{"text", end.text}};
  if (!end.output.is_null()) event.fields["output"] = end.output;
}

void want(Draft& draft, const Action& action, Micros now) {
  if (std::holds_alternative<CallModel>(action)) {
    want_model(draft, now);
  } else if (const auto* tool = std::get_if<CallTool>(&action)) {
    if (draft.has_room()) machine::want_tool(draft, tool->call_id);
  } else if (const auto* named = std::get_if<CallNamed>(&action)) {
    machine::Wanted wanted{named->call_id, named->tool, named->args, named->called_by};
    if (draft.has_room()) machine::want_named(draft, std::move(wanted));
  } else if (const auto* child = std::get_if<StartChild>(&action)) {
    machine::want_child(draft, *child);
  } else if (const auto* script = std::get_if<RunScript>(&action)) {
    machine::want_script(draft, *script);
  } else if (const auto* proposal = std::get_if<ProposePlan>(&action)) {
    propose(draft, *proposal);
  } else if (const auto* change = std::get_if<ChangePlan>(&action)) {
    change_plan(draft, *change);
  } else if (const auto* ask = std::get_if<Ask>(&action)) {
    want_answer(draft, *ask);
  } else if (const auto* timer = std::get_if<SetTimer>(&action)) {
    want_timer(draft, *timer);
  } else if (const auto* end = std::get_if<Complete>(&action)) {
    complete(draft, *end);
  } else if (const auto* failure = std::get_if<Fail>(&action)) {
    fail(draft, failure->reason, failure->message);
  }
}

// Closes what is open, so that nothing is left unpaired when the run ends.
void close_all(const RunState& state, Plan& plan, FailureClass model_class,
               const std::string& why) {
  for (const auto& [id, call] : state.calls) {
    if (!call.open) continue;
    if (call.is_model()) {
      ModelFailure failure;
      failure.failure_class = model_class;
      failure.message = why;
      failure.usage = call.expected;
      failure.cost = call.reserved;
      failure.target = call.target;
      plan.events.push_back(event_of(state, id, ModelOutcome(std::move(failure))));
      continue;
    }
    if (call.kind == CallKind::child) {
      plan.events.push_back(child_cancelled(state, id, why));
      continue;
    }
    ToolOutcome outcome;
    outcome.outcome = Outcome::cancelled;
    outcome.label = state.label;
    outcome.message = why;
    if (call.kind == CallKind::script) {
      plan.events.push_back(script_event_of(state, id, std::move(outcome)));
      continue;
    }
    if (call.effect != Effect::read) outcome.message += "; it may have taken place";
    plan.events.push_back(event_of(state, id, std::move(outcome)));
  }
}

Event ending(const RunState& state, EventKind kind) {
  Event event;
  event.kind = kind;
  event.label = state.label;
  return event;
}

}  // namespace

namespace machine {

void call_model(Draft& draft, ModelRequest request, const std::string& purpose,
                const std::string& called_by) {
  const RunState& state = draft.state;
  if (!state.open_model.empty() || draft.has(EventKind::model_called)) return;
  const std::string limit = limit_reached(state, draft.now);
  if (!limit.empty()) return fail_limit(draft, limit);
  if (awaits_given_up(state)) return;
  StartModel start;
  start.call_id = model_call_id(state.model_calls + 1);
  start.request = std::move(request);
  const Result<ModelEstimate> estimate = draft.around.estimate(start.call_id, start.request);
  if (!estimate) return fail(draft, "model.unknown", estimate.error().message());
  const std::string refusal = money_refusal(draft, *estimate);
  if (!refusal.empty()) return fail(draft, "limit.usd", refusal);
  start.reserved = grant_for(draft, start.call_id, *estimate);
  if (has_limit_of_money(draft)) start.request.reserved = start.reserved;
  Event& event = draft.add(EventKind::model_called, start.call_id);
  event.attempt = 1;
  event.fields = Json{{"target", start.request.target},
                      {"request", hash_of(start.request)},
                      {"messages", start.request.messages.size()},
                      {"estimate", estimate_fields(*estimate, start.reserved)}};
  if (!purpose.empty()) event.fields["purpose"] = purpose;
  if (!called_by.empty()) event.fields["called_by"] = called_by;
  draft.plan.starts.emplace_back(std::move(start));
  draft.plan.commit_first = true;
}

}  // namespace machine

Plan plan_next(const RunState& state, const Surroundings& around, Micros now) {
  Draft draft{state, around, now, {}, 0, 0};
  if (is_final(state.status) || !state.queued.empty()) return {};
  for (const auto& [id, call] : state.calls) {
    if (call.of_caller) continue;
    if (call.open && call.kind == CallKind::child) ++draft.open_children;
    const bool is_tool = call.kind == CallKind::tool;
    if (call.open && is_tool && call.incarnation == state.incarnation) ++draft.open_tools;
  }
  const bool must_wait = machine::settle_orphans(draft);
  if (!must_wait) machine::settle_answered(draft);
  // What settling journals changes the state: the agent is asked again once that is applied.
  machine::share_money(draft);
  if (must_wait || !draft.plan.events.empty()) return std::move(draft.plan);
  machine::serve_scripts(draft);
  if (machine::has_ended(draft.plan)) return std::move(draft.plan);
  if (!machine::follow_handoff(draft)) {
    for (const Action& action : around.program->agent->next(state)) {
      want(draft, action, now);
      if (machine::has_ended(draft.plan)) break;
    }
  }
  machine::share_money(draft);
  set_expiries(draft.plan.events, *around.policy, now);
  return std::move(draft.plan);
}

Plan plan_sample(const RunState& state, const Surroundings& around, Micros now,
                 ModelRequest request, const std::string& called_by) {
  Draft draft{state, around, now, {}, 0, 0};
  machine::call_model(draft, std::move(request), std::string(kPurposeSampling), called_by);
  machine::share_money(draft);
  return std::move(draft.plan);
}

Plan plan_cancel(const RunState& state, const std::string& by) {
  Plan plan;
  close_all(state, plan, FailureClass::cancelled, "cancelled by " + by);
  Event event = ending(state, EventKind::run_cancelled);
  event.fields = Json{{"by", by}};
  event.reason = "cancelled";
  plan.events.push_back(std::move(event));
  return plan;
}

Plan plan_failure(const RunState& state, const std::string& reason, const std::string& message) {
  Plan plan;
  close_all(state, plan, FailureClass::cancelled, "the run ended: " + message);
  Event event = ending(state, EventKind::run_failed);
  event.reason = reason;
  event.fields = Json{{"message", message}};
  plan.events.push_back(std::move(event));
  return plan;
}

}  // namespace yoke
