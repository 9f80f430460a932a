#include "runtime/base/saturating.h"
#include "runtime/engine/part_events.h"
#include "runtime/engine/serve.h"
#include "runtime/journal/handoff.h"

// What a child's end is in the journal of its parent.
namespace yoke {
namespace {

Event finished(const RunState& state, const std::string& call_id, Outcome outcome,
               const std::string& message) {
  const CallState* call = state.find_call(call_id);
  const ChildState& child = state.children.at(call_id);
  Event event;
  event.kind = EventKind::child_finished;
  event.call_id = call_id;
  event.attempt = call->attempt;
  event.label = state.label;
  event.fields = Json{{"child", child.run_id}, {"outcome", name_of(outcome)}};
  if (!message.empty()) event.fields["message"] = message;
  return event;
}

std::string why_not(const RunRow& row, const std::string& text) {
  std::string why = "the agent '" + row.agent + "' " + std::string(name_of(row.status));
  if (row.status == RunStatus::quarantined) why = "the agent '" + row.agent + "' was set aside";
  if (!row.reason.empty() && row.reason != name_of(row.status)) why += " (" + row.reason + ")";
  return text.empty() ? why : why + ": " + text;
}

}  // namespace

Event child_event_of(const RunState& state, const std::string& call_id, const RunRow& row,
                     const Result<RunState>& child) {
  if (!child) return finished(state, call_id, Outcome::error, child.error().message());
  const bool completed = row.status == RunStatus::completed;
  const Outcome outcome = completed                            ? Outcome::ok
                          : row.status == RunStatus::cancelled ? Outcome::cancelled
                                                               : Outcome::error;
  // Of one that was given up nothing comes in but what it spent.
  const bool given_up = is_given_up(state, call_id);
  Event event = given_up
                    ? child_cancelled(state, call_id, "the script no longer wanted it")
                    : finished(state, call_id, outcome, completed ? "" : why_not(row, child->text));
  if (!given_up) event.label = join(state.label, child->label);
  Usage usage = child->usage;
  usage += child->children_usage;
  event.fields["usage"] = to_json(usage);
  event.fields["cost"] = child->all_cost();
  event.fields["steps"] = child->all_steps();
  if (!completed || given_up) return event;
  event.fields["text"] = child->text;
  if (!child->handed.empty() && is_handoff(*state.find_call(call_id))) {
    event.fields["handed"] = child->handed;
  }
  event.fields["value"] = child->output.is_null() ? Json(child->text) : child->output;
  if (can_be_kept(event.fields["value"])) return event;
  event.fields.erase("value");
  event.fields["outcome"] = name_of(Outcome::error);
  event.fields["message"] = "its answer is too large to be kept twice: see run " + row.run_id;
  return event;
}

Event child_refused(const RunState& state, const std::string& call_id, const std::string& why) {
  Event event = finished(state, call_id, Outcome::not_started, why);
  event.label = label_of_own_words(state);
  return event;
}

Event child_cancelled(const RunState& state, const std::string& call_id, const std::string& why) {
  return finished(state, call_id, Outcome::cancelled, why);
}

}  // namespace yoke
