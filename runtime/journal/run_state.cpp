#include "runtime/journal/run_state.h"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.h"
#include "runtime/base/hash.h"
#include "runtime/base/saturating.h"
#include "runtime/journal/opening.h"

namespace yoke {
namespace {

void apply_started(RunState& state, const Event& event) {
  state.run_id = event.run_id;
  state.tenant = string_at(event.fields, "tenant");
  state.caller = string_at(event.fields, "by");
  state.agent = string_at(event.fields, "agent");
  state.task = string_at(event.fields, "task");
  state.session = string_at(event.fields, "session");
  state.after = string_at(event.fields, "after");
  state.after_seq = integer_at(event.fields, "after_seq");
  state.program = string_at(event.fields, "program");
  state.model = string_at(event.fields, "model");
  state.limits = limits_from_json(member_at(event.fields, "limits"), RunLimits{});
  if (event.fields.contains("input")) state.input = event.fields["input"];
  for (const Json& image : member_at(event.fields, "images")) {
    state.images.push_back(ImagePart{string_at(image, "media_type"), string_at(image, "url")});
  }
  for (const Json& each : member_at(event.fields, "messages")) {
    Result<Message> message = message_from_json(each);
    if (message) state.messages.push_back(std::move(*message));
  }
  for (const Json& each : member_at(event.fields, "caller_tools")) {
    state.caller_tools.push_back(caller_tool_from_json(each));
  }
  state.webhook = member_at(event.fields, "webhook");
  state.note = member_at(event.fields, "note");
  state.queued = string_at(event.fields, "queued");
  state.label = event.label;
  state.started_at = event.at;
  state.incarnation = 1;
}

void apply_dequeued(RunState& state, const Event& event) {
  state.queued.clear();
  state.after = string_at(event.fields, "after");
  state.after_seq = integer_at(event.fields, "after_seq");
  state.label = join(state.label, event.label);
}

void apply_model_called(RunState& state, const Event& event) {
  CallState& call = state.calls[event.call_id];
  call.id = event.call_id;
  call.is_model = true;
  call.open = true;
  call.attempt = event.attempt;
  call.incarnation = state.incarnation;
  call.opened_at = event.at;
  const Json& estimate = member_at(event.fields, "estimate");
  call.reserved = integer_at(estimate, "cost");
  call.priced = bool_at(estimate, "priced", true);
  call.expected.input = integer_at(estimate, "input");
  call.expected.output = integer_at(estimate, "output");
  call.expected.estimated = true;
  if (!call.priced) state.unpriced = true;
  call.target = string_at(event.fields, "target");
  state.open_model = event.call_id;
  ++state.model_calls;
}

void close_model(RunState& state, const Event& event) {
  CallState& call = state.calls[event.call_id];
  call.open = false;
  state.open_model.clear();
  state.usage += usage_from_json(member_at(event.fields, "usage"));
  state.cost = saturating_add(state.cost, integer_at(event.fields, "cost"));
}

void apply_replied(RunState& state, const Event& event) {
  close_model(state, event);
  Result<Message> message = message_from_json(event.fields["message"]);
  ENSURE(message.has_value());
  Turn turn;
  turn.seq = event.seq;
  turn.call_id = event.call_id;
  turn.reply = std::move(*message);
  turn.finish = string_at(event.fields, "finish");
  turn.label = event.label;
  for (const Part& part : turn.reply.parts) {
    if (!std::holds_alternative<ToolCallPart>(part)) continue;
    turn.calls.push_back(call_id_of(event.seq, turn.calls.size()));
  }
  state.turns.push_back(std::move(turn));
  state.failures_in_row = 0;
  state.last_failure.clear();
  state.last_failure_class.clear();
}

void apply_failed(RunState& state, const Event& event) {
  close_model(state, event);
  ++state.failures_in_row;
  state.last_failure_class = string_at(event.fields, "class");
  state.last_failure = string_at(event.fields, "message");
}

void apply_tool_called(RunState& state, const Event& event) {
  CallState& call = state.calls[event.call_id];
  call.id = event.call_id;
  call.open = true;
  call.unknown = false;
  call.tool = string_at(event.fields, "tool");
  call.args = event.fields["args"];
  if (const auto effect = effect_from_name(string_at(event.fields, "effect")))
    call.effect = *effect;
  call.key = string_at(event.fields, "key");
  call.of_caller = bool_at(event.fields, "caller");
  call.attempt = event.attempt;
  call.incarnation = state.incarnation;
  call.reply_seq = integer_at(event.fields, "follows");
  call.opened_at = event.at;
  call.label = event.label;
}

// The same calls with the same results, turn after turn, are no progress.
void count_repeat(RunState& state) {
  if (state.turns.empty()) return;
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

void apply_tool_returned(RunState& state, const Event& event) {
  CallState& call = state.calls[event.call_id];
  call.open = false;
  call.unknown = false;
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
  count_repeat(state);
}

void apply_tool_unknown(RunState& state, const Event& event) {
  CallState& call = state.calls[event.call_id];
  call.unknown = true;
  call.probe = string_at(event.fields, "probe");
  call.incarnation = state.incarnation;  // whoever drives the run now is finding out
}

void apply_question(RunState& state, const Event& event) {
  QuestionState question;
  question.id = string_at(event.fields, "question");
  question.call_id = event.call_id;
  question.purpose = string_at(event.fields, "purpose");
  question.title = string_at(event.fields, "title");
  question.body = member_at(event.fields, "body");
  question.choices = event.fields["choices"];
  question.args_hash = string_at(event.fields, "args_hash");
  if (!state.has_open_question()) state.waiting_since = event.at;
  state.questions[question.id] = std::move(question);
}

void settle_question(RunState& state, const Event& event) {
  QuestionState& question = state.questions[string_at(event.fields, "question")];
  if (event.kind == EventKind::question_expired) {
    question.expired = true;
  } else {
    question.answer = member_at(event.fields, "value");
    question.by = string_at(event.fields, "by");
  }
  if (!state.has_open_question()) state.waited += event.at - state.waiting_since;
}

void apply_forked(RunState& state, const Event& event) {
  state.run_id = event.run_id;
  state.webhook = nullptr;
  state.queued.clear();  // a fork is of no session: it waits for nobody's turn
  if (event.fields.contains("by")) state.caller = string_at(event.fields, "by");
  ++state.incarnation;
  state.inherited_cost = state.cost;
  state.inherited_tokens = saturating_add(state.usage.input, state.usage.output);
  state.unpriced = false;
  state.inherited_steps = static_cast<std::int64_t>(state.turns.size());
  state.started_at = event.at;
  state.waited = 0;
  state.waiting_since = event.at;
  // What stopped the parent does not stop the fork: it counts its own repeats and failures.
  state.repeats = 0;
  state.last_signature.clear();
  state.failures_in_row = 0;
  state.last_failure.clear();
  state.last_failure_class.clear();
  for (auto& [id, call] : state.calls) {  // the parent pays for what it began
    call.reserved = 0;
    call.expected = Usage();
    call.expected.estimated = true;
  }
  const std::string model = string_at(event.fields, "model");
  if (!model.empty()) state.model = model;
}

void apply_end(RunState& state, const Event& event) {
  state.status = *spec_of(event.kind).status_after;
  state.reason = event.reason;
  if (event.kind == EventKind::run_completed) {
    state.text = string_at(event.fields, "text");
    state.output = member_at(event.fields, "output");
  } else {
    state.text = string_at(event.fields, "message");
  }
}

bool is_about_answer(EventKind kind) {
  return kind == EventKind::question_answered || kind == EventKind::question_expired;
}

// Why the event does not fit the call it names, or empty.
std::string call_mismatch(const RunState& state, const Event& event) {
  const CallEdge edge = spec_of(event.kind).edge;
  const CallState* call = event.call_id.empty() ? nullptr : state.find_call(event.call_id);
  const bool open = call != nullptr && call->open;
  const bool of_model = event.kind == EventKind::model_called ||
                        event.kind == EventKind::model_replied ||
                        event.kind == EventKind::model_failed;
  if (edge == CallEdge::closes) {
    if (!open) return "closes no open call";
    if (call->is_model != of_model) return "closes a call of another kind";
  }
  if (edge == CallEdge::opens) {
    if (call != nullptr && !open) return "opens a call that has ended";
    if (open && event.attempt <= call->attempt) return "opens an attempt again";
    if (of_model && !state.open_model.empty()) return "a model call is open already";
  }
  if (edge == CallEdge::touches && !is_about_answer(event.kind)) {
    if (call != nullptr && !open) return "concerns a call that has ended";
    if (event.kind == EventKind::tool_unknown && (!open || call->is_model)) {
      return "concerns no open tool call";
    }
  }
  return {};
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

void RunState::apply(const Event& event) {
  ENSURE(event.seq == seq + 1);
  seq = event.seq;
  const Micros nobody_since = std::exchange(last_at, event.at);
  switch (event.kind) {
    case EventKind::run_started:
      apply_started(*this, event);
      break;
    case EventKind::model_called:
      apply_model_called(*this, event);
      break;
    case EventKind::model_replied:
      apply_replied(*this, event);
      break;
    case EventKind::model_failed:
      apply_failed(*this, event);
      break;
    case EventKind::tool_called:
      apply_tool_called(*this, event);
      break;
    case EventKind::tool_returned:
      apply_tool_returned(*this, event);
      break;
    case EventKind::tool_unknown:
      apply_tool_unknown(*this, event);
      break;
    case EventKind::question_asked:
      apply_question(*this, event);
      break;
    case EventKind::question_answered:
    case EventKind::question_expired:
      settle_question(*this, event);
      break;
    case EventKind::timer_set:
      timers[string_at(event.fields, "timer")] = integer_at(event.fields, "due");
      break;
    case EventKind::timer_fired:
      fired[string_at(event.fields, "timer")] = event.at;
      [[fallthrough]];
    case EventKind::timer_cancelled:
      timers.erase(string_at(event.fields, "timer"));
      break;
    case EventKind::lease_taken:
      ++incarnation;
      // The time while no process drove the run is not the run's; with a question open it is
      // counted as waiting already.
      if (!has_open_question()) waited += std::max<Micros>(event.at - nobody_since, 0);
      break;
    case EventKind::run_forked:
      apply_forked(*this, event);
      break;
    case EventKind::run_dequeued:
      apply_dequeued(*this, event);
      break;
    case EventKind::run_completed:
    case EventKind::run_failed:
    case EventKind::run_cancelled:
    case EventKind::run_quarantined:
      apply_end(*this, event);
      break;
    default:
      break;  // on record, but without a part in deciding what comes next
  }
}

std::int64_t RunState::own_steps() const {
  return static_cast<std::int64_t>(turns.size()) - inherited_steps;
}

std::int64_t RunState::own_tokens() const {
  return saturating_add(usage.input, usage.output) - inherited_tokens;
}

const CallState* RunState::find_call(std::string_view id) const {
  const auto found = calls.find(std::string(id));
  return found == calls.end() ? nullptr : &found->second;
}

bool RunState::has_open_question() const {
  for (const auto& [id, question] : questions) {
    if (!question.answer && !question.expired) return true;
  }
  return false;
}

std::string call_id_of(std::int64_t reply_seq, std::size_t index) {
  return "c" + std::to_string(reply_seq) + "." + std::to_string(index);
}

std::string model_call_id(int number) { return "m" + std::to_string(number); }

Result<void> check_pairing(const RunState& state, const Event& event) {
  const EventSpec& spec = spec_of(event.kind);
  const auto refuse = [&](const std::string& why) {
    return Error{Errc::invalid, std::string(spec.name) + " " + event.call_id + ": " + why};
  };
  if (is_final(state.status)) return refuse("the run has ended");
  if (state.seq == 0 && event.kind != EventKind::run_started) return refuse("before run.started");
  if (state.seq > 0 && event.kind == EventKind::run_started) return refuse("a second start");
  if (event.seq != state.seq + 1) return refuse("its number does not follow");
  for (const std::string& why : {call_mismatch(state, event), question_mismatch(state, event)}) {
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

Json to_json(const RunLimits& limits) {
  return Json{{"steps", limits.steps},
              {"tokens", limits.tokens},
              {"usd", limits.usd},
              {"seconds", limits.seconds},
              {"repeats", limits.repeats}};
}

RunLimits limits_from_json(const Json& value, const RunLimits& defaults) {
  const auto limit_at = [&value](const char* name, std::int64_t fallback, std::int64_t most) {
    return std::clamp<std::int64_t>(integer_at(value, name, fallback), 0, most);
  };
  RunLimits limits;
  limits.steps = limit_at("steps", defaults.steps, kCountLimitMax);
  limits.tokens = limit_at("tokens", defaults.tokens, kCountLimitMax);
  limits.usd = limit_at("usd", defaults.usd, kUsdLimitMax);
  limits.seconds = limit_at("seconds", defaults.seconds, kSecondsLimitMax);
  limits.repeats = limit_at("repeats", defaults.repeats, kCountLimitMax);
  return limits;
}

}  // namespace yoke
