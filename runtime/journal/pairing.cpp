#include "runtime/journal/run_state.h"

// What may follow in a journal.
namespace yoke {
namespace {

bool is_about_answer(EventKind kind) {
  return kind == EventKind::question_answered || kind == EventKind::question_expired;
}

CallKind kind_of(EventKind event) {
  switch (event) {
    case EventKind::model_called:
    case EventKind::model_replied:
    case EventKind::model_failed:
      return CallKind::model;
    case EventKind::child_started:
    case EventKind::child_finished:
      return CallKind::child;
    case EventKind::script_started:
    case EventKind::script_returned:
      return CallKind::script;
    default:
      return CallKind::tool;
  }
}

// Why the event does not fit the call it names, or empty.
std::string call_mismatch(const RunState& state, const Event& event) {
  const CallEdge edge = spec_of(event.kind).edge;
  const CallState* call = event.call_id.empty() ? nullptr : state.find_call(event.call_id);
  const bool open = call != nullptr && call->open;
  const CallKind kind = kind_of(event.kind);
  if (edge == CallEdge::closes) {
    if (!open) return "closes no open call";
    if (call->kind != kind) return "closes a call of another kind";
  }
  if (edge == CallEdge::opens) {
    if (call != nullptr && !open) return "opens a call that has ended";
    if (open && event.attempt <= call->attempt) return "opens an attempt again";
    if (open && call->kind != kind) return "opens a call of another kind";
    if (kind == CallKind::model && !state.open_model.empty()) return "a model call is open already";
  }
  if (edge == CallEdge::touches && !is_about_answer(event.kind)) {
    if (call != nullptr && !open) return "concerns a call that has ended";
    const bool of_tool = open && call->kind == CallKind::tool;
    if (event.kind == EventKind::tool_unknown && !of_tool) return "concerns no open tool call";
  }
  return {};
}

// A place of a script is wanted once, by a script that runs.
std::string want_mismatch(const RunState& state, const Event& event) {
  if (event.kind != EventKind::script_wanted) return {};
  const ScriptState* script = state.open_script(event.call_id);
  if (script == nullptr) return "concerns no open script";
  const std::string place = string_at(event.fields, "place");
  return script->wants.contains(place) ? "wants something at " + place + " again" : "";
}

std::string question_mismatch(const RunState& state, const Event& event) {
  const bool asks = event.kind == EventKind::question_asked;
  if (!asks && !is_about_answer(event.kind)) return {};
  const auto question = state.questions.find(string_at(event.fields, "question"));
  if (asks) return question == state.questions.end() ? "" : "asks a question again";
  if (question == state.questions.end()) return "answers no question";
  if (question->second.answer || question->second.expired) return "answers again";
  return {};
}

}  // namespace

Result<void> check_pairing(const RunState& state, const Event& event) {
  const EventSpec& spec = spec_of(event.kind);
  const auto refuse = [&](const std::string& why) {
    return Error{Errc::invalid, std::string(spec.name) + " " + event.call_id + ": " + why};
  };
  if (is_final(state.status)) return refuse("the run has ended");
  if (state.seq == 0 && event.kind != EventKind::run_started) return refuse("before run.started");
  if (state.seq > 0 && event.kind == EventKind::run_started) return refuse("a second start");
  if (event.seq != state.seq + 1) return refuse("its number does not follow");
  for (const std::string& why : {call_mismatch(state, event), question_mismatch(state, event),
                                 want_mismatch(state, event)}) {
    if (!why.empty()) return refuse(why);
  }
  const bool timer_ends =
      event.kind == EventKind::timer_fired || event.kind == EventKind::timer_cancelled;
  if (timer_ends && !state.timers.contains(string_at(event.fields, "timer"))) {
    return refuse("ends no timer");
  }
  const bool ends = spec.status_after && is_final(*spec.status_after);
  for (const auto& [id, call] : state.calls) {
    if (ends && call.open) return refuse("call " + id + " is still open");
  }
  return {};
}

Result<void> fold_in(RunState& state, const Event& event) {
  const auto refuse = [&](const Error& why) {
    return damaged_at(event.run_id, event.seq, why.detail);
  };
  if (event.erased) return content_erased(event.run_id);
  const Result<void> shape = check_event(event);
  if (!shape) return refuse(shape.error());
  const Result<void> pairing = check_pairing(state, event);
  if (!pairing) return refuse(pairing.error());
  if (event.kind == EventKind::model_replied) {
    const Result<Message> message = message_from_json(event.fields["message"]);
    if (!message) return refuse(message.error());
  }
  if (event.kind == EventKind::run_started) {
    for (const Json& each : member_at(event.fields, "messages")) {
      const Result<Message> message = message_from_json(each);
      if (!message) return refuse(message.error());
    }
  }
  state.apply(event);
  return {};
}

Result<RunState> fold_journal(const std::vector<Event>& events) {
  RunState state;
  for (const Event& event : events) {
    const Result<void> folded = fold_in(state, event);
    if (!folded) return folded.error();
  }
  return state;
}

}  // namespace yoke
