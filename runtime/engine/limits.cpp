#include <algorithm>

#include "runtime/base/saturating.h"
#include "runtime/engine/settle.h"
#include "runtime/journal/handoff.h"

// What the limits of a run leave of it, for its own calls and for its children.
namespace yoke::machine {
namespace {

std::string limit_text(const RunLimits& limits, const std::string& name) {
  if (name == "steps") return "the limit of " + std::to_string(limits.steps) + " steps";
  if (name == "tokens") return "the limit of " + std::to_string(limits.tokens) + " tokens";
  if (name == "usd") return "the limit of " + to_dollars(limits.usd);
  return "the limit of " + std::to_string(limits.seconds) + " seconds";
}

}  // namespace

void fail(Draft& draft, const std::string& reason, const std::string& message) {
  Plan ending = plan_failure(draft.state, reason, message);
  draft.plan.starts.clear();
  draft.plan.events = std::move(ending.events);
}

bool has_ended(const Plan& plan) {
  if (plan.events.empty()) return false;
  const auto status = spec_of(plan.events.back().kind).status_after;
  return status && is_final(*status);
}

Micros elapsed(const RunState& state, Micros now) { return now - state.started_at - state.waited; }

std::string limit_reached(const RunState& state, Micros now) {
  const RunLimits& limits = state.limits;
  if (limits.steps > 0 && state.all_steps() >= limits.steps) return "steps";
  if (limits.tokens > 0 && state.all_tokens() >= limits.tokens) return "tokens";
  if (limits.seconds > 0 && elapsed(state, now) >= limits.seconds * 1'000'000) return "seconds";
  return "";
}

void fail_limit(Draft& draft, const std::string& name) {
  fail(draft, "limit." + name, "the run reached " + limit_text(draft.state.limits, name));
}

NanoUsd committed_cost(const RunState& state) {
  NanoUsd cost = state.all_cost();
  for (const auto& [id, child] : state.children) {
    const CallState* call = state.find_call(id);
    if (call != nullptr && call->open) cost = saturating_add(cost, child.limits.usd);
  }
  return cost;
}

std::string money_refusal(const Draft& draft, const ModelEstimate& estimate) {
  const NanoUsd limit = draft.state.limits.usd;
  if (limit <= 0 && !draft.around.has_budget) return {};
  if (!estimate.priced) {
    const std::string what = limit > 0 ? limit_text(draft.state.limits, "usd") : "the budget";
    return what + " cannot be kept: " + estimate.unpriced;
  }
  const NanoUsd spent = committed_cost(draft.state);
  if (limit <= 0 || saturating_add(spent, estimate.cost) <= limit) return {};
  return "the next model call may cost " + to_dollars(estimate.cost) + " and " + to_dollars(spent) +
         " of " + to_dollars(limit) + " are spent";
}

RunLimits left_for_child(const Draft& draft) {
  const RunState& state = draft.state;
  RunLimits left = state.limits;
  const auto rest = [](std::int64_t limit, std::int64_t used) {
    return limit <= 0 ? 0 : std::max<std::int64_t>(limit - used, 1);
  };
  left.steps = rest(left.steps, state.all_steps());
  left.tokens = rest(left.tokens, state.all_tokens());
  const Micros used = elapsed(state, draft.now);
  left.seconds = rest(left.seconds, used / 1'000'000);
  left.repeats = 0;  // the child's own
  return left;
}

// Each gets a part, and one is left for the run itself: together they cannot spend more than there
// is.
void share_money(Draft& draft) {
  const RunState& state = draft.state;
  if (state.limits.usd <= 0 || has_ended(draft.plan)) return;
  std::vector<Event*> begun;
  for (Event& event : draft.plan.events) {
    if (event.kind == EventKind::child_started) begun.push_back(&event);
  }
  if (begun.empty()) return;
  NanoUsd left = state.limits.usd - committed_cost(state);
  for (const auto& [id, call] : state.calls) {
    if (call.open && call.is_model()) left -= call.reserved;
  }
  for (const Event& event : draft.plan.events) {
    if (event.kind != EventKind::model_called) continue;
    left -= integer_at(member_at(event.fields, "estimate"), "cost");
  }
  // Whom the conversation is handed to has all of it: this run has nothing left to do.
  const bool hands_over =
      begun.size() == 1 && is_handoff_tool(string_at(begun.front()->fields, "tool"));
  const NanoUsd part = hands_over ? left : left / static_cast<NanoUsd>(begun.size() + 1);
  if (part <= 0) return fail_limit(draft, "usd");
  for (Event* event : begun) event->fields["limits"]["usd"] = part;
}

}  // namespace yoke::machine
