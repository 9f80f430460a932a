#include "runtime/journal/run_state.h"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.h"
#include "runtime/base/hash.h"
#include "runtime/base/saturating.h"
#include "runtime/journal/fold.h"
#include "runtime/journal/opening.h"

namespace yoke {
namespace {

constexpr std::int64_t kDepthMax = 1000;  // more than any engine lets be

// Approvals that were given in the session before: questions that are answered already.
void take_approvals(RunState& state, const Event& event) {
  std::size_t number = 0;
  for (const Json& each : member_at(event.fields, "approvals")) {
    QuestionState question;
    question.id = "session." + std::to_string(number++);
    question.purpose = "approve";
    question.body = Json{{"tool", member_at(each, "tool")}, {"args", member_at(each, "args")}};
    question.answer = Json{{"approve", true}, {"scope", "session"}};
    question.by = string_at(each, "by");
    question.scope = "session";
    state.questions[question.id] = std::move(question);
  }
}

std::vector<std::string> handed_of(const Event& event) {
  std::vector<std::string> names;
  for (const Json& each : member_at(event.fields, "handed")) {
    if (each.is_string()) names.push_back(each.get<std::string>());
  }
  return names;
}

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
  state.parent_run = string_at(event.fields, "parent");
  state.parent_call = event.parent_call;
  state.depth =
      static_cast<int>(std::clamp<std::int64_t>(integer_at(event.fields, "depth"), 0, kDepthMax));
  state.handed = handed_of(event);
  state.recalled = member_at(event.fields, "recalled");
  state.label = event.label;
  state.started_at = event.at;
  state.incarnation = 1;
  take_approvals(state, event);
}

void apply_dequeued(RunState& state, const Event& event) {
  state.queued.clear();
  state.after = string_at(event.fields, "after");
  state.after_seq = integer_at(event.fields, "after_seq");
  state.handed = handed_of(event);
  state.label = join(state.label, event.label);
  take_approvals(state, event);
}

void apply_model_called(RunState& state, const Event& event) {
  CallState& call = state.calls[event.call_id];
  call.id = event.call_id;
  call.kind = CallKind::model;
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
  call.purpose = string_at(event.fields, "purpose");
  call.called_by = string_at(event.fields, "called_by");
  state.open_model = event.call_id;
  ++state.model_calls;
  fold::name_model_call(state, call);
}

CallState& close_model(RunState& state, const Event& event) {
  CallState& call = state.calls[event.call_id];
  call.open = false;
  state.open_model.clear();
  call.expected = usage_from_json(member_at(event.fields, "usage"));  // from here on what it used
  state.usage += call.expected;
  state.cost = saturating_add(state.cost, integer_at(event.fields, "cost"));
  return call;
}

void keep_reply(RunState& state, CallState& call, const Event& event) {
  call.value = Json{{"message", event.fields["message"]}, {"finish", event.fields["finish"]}};
  call.label = event.label;
  state.label = join(state.label, event.label);
  ++state.inner_replies;
  fold::complete(state, call.called_by);
}

void apply_replied(RunState& state, const Event& event) {
  CallState& call = close_model(state, event);
  if (call.is_inner_model()) return keep_reply(state, call, event);
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
  state.handed.clear();  // the agent speaks itself
  state.failures_in_row = 0;
  state.last_failure.clear();
  state.last_failure_class.clear();
}

void apply_failed(RunState& state, const Event& event) {
  CallState& call = close_model(state, event);
  if (call.is_inner_model()) {
    call.outcome = Outcome::error;
    call.message = string_at(event.fields, "message");
    return fold::inner_model_failed(state, call, string_at(event.fields, "class"));
  }
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
  call.called_by = string_at(event.fields, "called_by");
  call.edited_by = string_at(event.fields, "edited_by");
  call.attempt = event.attempt;
  call.incarnation = state.incarnation;
  call.reply_seq = integer_at(event.fields, "follows");
  call.opened_at = event.at;
  call.label = event.label;
}

void apply_tool_returned(RunState& state, const Event& event) {
  CallState& call = state.calls[event.call_id];
  call.unknown = false;
  call.guarded = member_at(event.fields, "guarded");
  fold::close_call(state, call, event);
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
  question.expires = integer_at(event.fields, "expires");
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
    question.scope = string_at(event.fields, "scope");
    if (event.fields.contains("args")) question.args = event.fields["args"];
  }
  if (!state.has_open_question()) state.waited += event.at - state.waiting_since;
  // That of a call which the caller carries out goes by the call's id: the call is to be closed
  // yet.
  if (question.purpose == "ask") fold::complete(state, question.id);
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
  state.inherited_steps = saturating_add(state.turns.size(), state.inner_replies);
  state.children_usage = Usage();
  state.children_cost = 0;
  state.children_steps = 0;
  state.parent_run.clear();  // a fork is nobody's child
  state.parent_call.clear();
  state.depth = 0;
  state.started_at = event.at;
  state.waited = 0;
  state.waiting_since = event.at;
  // What a person allowed was the parent's call: the fork would make it again, so it asks itself.
  std::erase_if(state.questions, [](const auto& each) {
    const QuestionState& question = each.second;
    return !question.is_open() && (question.purpose == "approve" || question.purpose == "unknown");
  });
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
      timers.erase(string_at(event.fields, "timer"));
      fold::complete(*this, string_at(event.fields, "timer"));
      break;
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
      fold::apply_part(*this, event);
  }
}

std::int64_t RunState::own_steps() const {
  return static_cast<std::int64_t>(turns.size()) + inner_replies - inherited_steps;
}

std::int64_t RunState::own_tokens() const {
  return saturating_add(usage.input, usage.output) - inherited_tokens;
}

std::int64_t RunState::all_tokens() const {
  return saturating_add(own_tokens(), saturating_add(children_usage.input, children_usage.output));
}

NanoUsd RunState::all_cost() const { return saturating_add(own_cost(), children_cost); }

const CallState* RunState::find_call(std::string_view id) const {
  const auto found = calls.find(std::string(id));
  return found == calls.end() ? nullptr : &found->second;
}

bool RunState::has_open_question() const {
  return std::any_of(questions.begin(), questions.end(),
                     [](const auto& each) { return each.second.is_open(); });
}

bool RunState::has_open_child() const {
  return std::any_of(children.begin(), children.end(), [this](const auto& each) {
    const CallState* call = find_call(each.first);
    return call != nullptr && call->open;
  });
}

const ScriptState* RunState::open_script(std::string_view call_id) const {
  const CallState* call = find_call(call_id);
  if (call == nullptr || !call->open || call->kind != CallKind::script) return nullptr;
  return &scripts.at(call->id);
}

std::string call_id_of(std::int64_t reply_seq, std::size_t index) {
  return "c" + std::to_string(reply_seq) + "." + std::to_string(index);
}

std::string model_call_id(int number) { return "m" + std::to_string(number); }

std::string want_id(const std::string& script, const std::string& at) { return script + "/" + at; }

}  // namespace yoke
