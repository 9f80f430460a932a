#include "runtime/journal/fold.h"

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/saturating.h"
#include "runtime/journal/handoff.h"
#include "runtime/ports/model.h"

namespace yoke::fold {
namespace {

constexpr int kInterruptionsMax = 20;  // of the model calls of one want

// The same calls with the same results, turn after turn, are no progress.
void count_repeat(RunState& state) {
  Hasher hasher;
  for (const std::string& id : state.turns.back().calls) {
    const CallState* call = state.find_call(id);
    if (call == nullptr || call->open || call->attempt == 0) return;  // not all are back yet
    hasher.field(call->tool).field(to_text(call->args)).field(name_of(call->outcome));
    hasher.field(call->outcome == Outcome::ok ? to_text(call->value) : call->message);
  }
  const Hash hash = hasher.finish();
  const std::string signature(as_view(hash));
  state.repeats = signature == state.last_signature ? state.repeats + 1 : 1;
  state.last_signature = signature;
}

bool is_of_last_turn(const RunState& state, const std::string& call_id) {
  if (state.turns.empty()) return false;
  const std::vector<std::string>& calls = state.turns.back().calls;
  return std::find(calls.begin(), calls.end(), call_id) != calls.end();
}

// Null: no script wants what goes by this id.
WantState* find_want(RunState& state, const std::string& id, ScriptState** of = nullptr) {
  const std::size_t slash = id.rfind('/');
  if (slash == std::string::npos) return nullptr;
  const auto script = state.scripts.find(id.substr(0, slash));
  if (script == state.scripts.end()) return nullptr;
  const auto want = script->second.wants.find(id.substr(slash + 1));
  if (of != nullptr) *of = &script->second;
  return want == script->second.wants.end() ? nullptr : &want->second;
}

void open_call(RunState& state, CallState& call, CallKind kind, const Event& event) {
  call.id = event.call_id;
  call.kind = kind;
  call.open = true;
  call.attempt = event.attempt;
  call.incarnation = state.incarnation;
  call.opened_at = event.at;
  call.label = event.label;
}

std::vector<std::string> texts_in(const Json& list) {
  std::vector<std::string> texts;
  for (const Json& each : list) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

// Who got the conversation back may hand it on to whomever the later one did.
std::vector<std::string> shortest(const std::string& first, std::vector<std::string> chain) {
  std::vector<std::string> out;
  for (std::string& name : chain) {
    const auto earlier = std::find(out.begin(), out.end(), name);
    if (name == first) {
      out.clear();
    } else if (earlier != out.end()) {
      out.erase(earlier + 1, out.end());
    } else {
      out.push_back(std::move(name));
    }
  }
  return out;
}

void apply_child_started(RunState& state, const Event& event) {
  ChildState& child = state.children[event.call_id];
  child.call_id = event.call_id;
  child.run_id = string_at(event.fields, "child");
  child.started_by = event.run_id;
  child.agent = string_at(event.fields, "agent");
  child.task = string_at(event.fields, "task");
  child.input = member_at(event.fields, "input");
  child.handed = texts_in(member_at(event.fields, "handed"));
  child.limits = limits_from_json(member_at(event.fields, "limits"), RunLimits{});
  CallState& call = state.calls[event.call_id];
  open_call(state, call, CallKind::child, event);
  call.tool = string_at(event.fields, "tool", "agent." + child.agent);
  call.args = Json{{"task", child.task}, {"input", child.input}};
  call.called_by = string_at(event.fields, "called_by");
  call.reply_seq = integer_at(event.fields, "follows");
}

void apply_child_finished(RunState& state, const Event& event) {
  ChildState& child = state.children[event.call_id];
  child.text = string_at(event.fields, "text");
  child.usage = usage_from_json(member_at(event.fields, "usage"));
  child.cost = integer_at(event.fields, "cost");
  child.steps = integer_at(event.fields, "steps");
  state.children_usage += child.usage;
  state.children_cost = saturating_add(state.children_cost, child.cost);
  state.children_steps = saturating_add(state.children_steps, child.steps);
  CallState& call = state.calls[event.call_id];
  close_call(state, call, event);
  if (!is_handoff(call) || call.outcome != Outcome::ok) return;
  std::vector<std::string> chain = texts_in(member_at(event.fields, "handed"));
  chain.insert(chain.begin(), child.agent);
  state.handed = shortest(state.agent, std::move(chain));
}

void apply_script_started(RunState& state, const Event& event) {
  ScriptState& script = state.scripts[event.call_id];
  script.call_id = event.call_id;
  script.name = string_at(event.fields, "name");
  script.hash = string_at(event.fields, "script");
  script.source = event.fields["source"];
  script.input = member_at(event.fields, "input");
  CallState& call = state.calls[event.call_id];
  open_call(state, call, CallKind::script, event);
  call.tool = script.name;
  call.args = script.input;
}

void answered(ScriptState& script, const std::string& at) {
  std::erase(script.open, at);
  script.completions.push_back(at);
}

// From here on what it says is among what the run goes by.
void take_signal(RunState& state, SignalState& signal, ScriptState& script, WantState& want,
                 Micros at) {
  signal.taken = true;
  signal.taken_at = at;
  signal.taken_by = want_id(script.call_id, want.at);
  state.label = join(state.label, signal.label);
  want.done = true;
  want.value = signal.value;
  want.label = signal.label;
  answered(script, want.at);
}

// To the script that has waited for it longest, if one does.
void offer_signal(RunState& state, SignalState& signal, Micros at) {
  WantState* first = nullptr;
  ScriptState* of = nullptr;
  for (auto& [id, script] : state.scripts) {
    for (auto& [place, want] : script.wants) {
      if (want.kind != "signal" || want.done || want.dropped) continue;
      if (string_at(want.args, "name") != signal.name) continue;
      if (first != nullptr && first->seq < want.seq) continue;
      first = &want;
      of = &script;
    }
  }
  if (first != nullptr) take_signal(state, signal, *of, *first, at);
}

// A script drops only what it has not been handed: a signal that was meant for the place is still
// nobody's.
void drop(RunState& state, ScriptState& script, const std::string& place, Micros at) {
  const auto found = script.wants.find(place);
  if (found == script.wants.end()) return;
  if (!found->second.done) found->second.dropped = true;
  const std::string id = want_id(script.call_id, place);
  for (SignalState& signal : state.signals) {
    if (!signal.taken || signal.taken_by != id) continue;
    signal.taken = false;
    signal.taken_by.clear();
    offer_signal(state, signal, at);
  }
}

void apply_script_wanted(RunState& state, const Event& event) {
  ScriptState& script = state.scripts[event.call_id];
  WantState& want = script.wants[string_at(event.fields, "place")];
  want.at = string_at(event.fields, "place");
  want.kind = string_at(event.fields, "want");
  want.args = member_at(event.fields, "args");
  want.seq = event.seq;
  want.label = event.label;
  script.order.push_back(want.at);
  script.open.push_back(want.at);
  if (want.kind == "drop") {
    want.done = true;
    std::erase(script.open, want.at);
    drop(state, script, string_at(want.args, "of"), event.at);
  } else if (want.kind == "step") {
    want.done = true;
    answered(script, want.at);
  } else if (want.kind == "signal") {
    const std::string name = string_at(want.args, "name");
    for (SignalState& signal : state.signals) {
      if (signal.taken || signal.name != name) continue;
      return take_signal(state, signal, script, want, event.at);
    }
  }
}

void apply_script_returned(RunState& state, const Event& event) {
  for (auto& [at, want] : state.scripts[event.call_id].wants) {
    if (!want.done) want.dropped = true;
  }
  close_call(state, state.calls[event.call_id], event);
}

void apply_signal(RunState& state, const Event& event) {
  SignalState& signal = state.signals.emplace_back();
  signal.name = string_at(event.fields, "name");
  signal.value = member_at(event.fields, "value");
  signal.by = string_at(event.fields, "by");
  signal.seq = event.seq;
  signal.label = event.label;
  offer_signal(state, signal, event.at);
}

void apply_recorded(RunState& state, const Event& event) {
  WantState* want = find_want(state, event.call_id);
  if (want == nullptr) return;
  want->value = event.fields["value"];
  want->label = event.label;
  complete(state, event.call_id);
}

void apply_plan(RunState& state, const Event& event) {
  PlanState plan;
  plan.plan = event.fields["plan"];
  plan.seq = event.seq;
  plan.version = state.plan ? state.plan->version + 1 : 1;
  plan.changed = event.kind == EventKind::plan_changed;
  plan.by = string_at(event.fields, "by");
  plan.why = string_at(event.fields, "why");
  state.plan = std::move(plan);
}

void apply_compacted(RunState& state, const Event& event) {
  Compaction compaction;
  compaction.seq = event.seq;
  compaction.upto = integer_at(event.fields, "upto");
  compaction.summary = string_at(event.fields, "summary");
  compaction.before = integer_at(event.fields, "before");
  compaction.after = integer_at(event.fields, "after");
  compaction.call_id = string_at(event.fields, "call");
  compaction.label = event.label;
  state.compactions.push_back(std::move(compaction));
}

}  // namespace

void close_call(RunState& state, CallState& call, const Event& event) {
  call.open = false;
  if (const auto outcome = outcome_from_name(string_at(event.fields, "outcome"))) {
    call.outcome = *outcome;
  }
  call.value = member_at(event.fields, "value");
  call.message = string_at(event.fields, "message");
  call.label = event.label;
  state.label = join(state.label, event.label);
  const Json& meter = member_at(event.fields, "meter");
  ScriptUse& use = state.script_use;
  use.instructions = saturating_add(use.instructions, integer_at(meter, "instructions"));
  use.host_calls = saturating_add(use.host_calls, integer_at(meter, "host_calls"));
  if (is_of_last_turn(state, call.id)) count_repeat(state);
  complete(state, call.id);
}

void complete(RunState& state, const std::string& want_id) {
  ScriptState* script = nullptr;
  WantState* want = find_want(state, want_id, &script);
  if (want == nullptr || want->done || want->dropped) return;
  want->done = true;
  answered(*script, want->at);
}

void name_model_call(RunState& state, const CallState& call) {
  WantState* want = find_want(state, call.called_by);
  if (want == nullptr) return;
  want->call_id = call.id;
  ++want->tries;
}

void inner_model_failed(RunState& state, const CallState& call, const std::string& failure_class) {
  WantState* want = find_want(state, call.called_by);
  if (want == nullptr) return;
  const bool again = failure_class == name_of(FailureClass::interrupted);
  if (again && want->tries < kInterruptionsMax) {
    want->call_id.clear();  // to be called once more
  } else {
    complete(state, call.called_by);
  }
}

void apply_part(RunState& state, const Event& event) {
  switch (event.kind) {
    case EventKind::child_started:
      return apply_child_started(state, event);
    case EventKind::child_finished:
      return apply_child_finished(state, event);
    case EventKind::script_started:
      return apply_script_started(state, event);
    case EventKind::script_wanted:
      return apply_script_wanted(state, event);
    case EventKind::script_returned:
      return apply_script_returned(state, event);
    case EventKind::signal_received:
      return apply_signal(state, event);
    case EventKind::value_recorded:
      return apply_recorded(state, event);
    case EventKind::plan_proposed:
    case EventKind::plan_changed:
      return apply_plan(state, event);
    case EventKind::context_compacted:
      return apply_compacted(state, event);
    default:
      return;
  }
}

}  // namespace yoke::fold
