#include "runtime/engine/guarding.h"

#include <array>
#include <functional>

#include "runtime/base/text.h"
#include "runtime/journal/shown_value.h"

namespace yoke {
namespace {

constexpr std::string_view kBlockedArgs = "blocked by the guard ";

class NobodyListens final : public CallContext {
 public:
  void progress(double, double, std::string_view) override {}
  void log(std::string_view, std::string_view) override {}
};

std::string words_of(const GuardDecision& decision) {
  std::string words = "'" + decision.guard + "' (" + decision.rule + ")";
  if (!decision.why.empty()) words += ": " + decision.why;
  return words;
}

void note_down(const Guarded& guarded, GuardPlace place, std::optional<std::size_t> wanted,
               std::vector<GuardNote>& notes) {
  for (const GuardDecision& each : guarded.decisions) {
    notes.push_back(GuardNote{each, place, wanted});
  }
}

GuardSubject subject_of(GuardPlace place, const std::string& tool, Json value,
                        const ToolRequest& identity) {
  GuardSubject subject;
  subject.place = place;
  subject.tool = tool;
  subject.value = std::move(value);
  subject.identity = identity;
  return subject;
}

// The texts of one sort in a message: what is said, or what is thought.
using TextOf = std::function<std::string*(Part&)>;

std::string* said_in(Part& part) {
  if (auto* text = std::get_if<TextPart>(&part)) return &text->text;
  if (auto* refusal = std::get_if<RefusalPart>(&part)) return &refusal->text;
  return nullptr;
}

std::string* thought_in(Part& part) {
  auto* reasoning = std::get_if<ReasoningPart>(&part);
  return reasoning == nullptr ? nullptr : &reasoning->text;
}

// A vendor's own form of a part says what its text said.
void drop_opaque(Part& part) {
  if (auto* text = std::get_if<TextPart>(&part)) text->opaque.reset();
  if (auto* reasoning = std::get_if<ReasoningPart>(&part)) reasoning->opaque.reset();
  if (auto* call = std::get_if<ToolCallPart>(&part)) call->opaque.reset();
}

std::string joined(Message& message, const TextOf& text_of) {
  std::string all;
  for (Part& part : message.parts) {
    if (const std::string* text = text_of(part)) all += *text;
  }
  return all;
}

// The text takes the first part's place, since what was cut out may have begun in one and ended in
// another.
void replace_texts(Message& message, const TextOf& text_of, const std::string& text) {
  bool first = true;
  for (Part& part : message.parts) {
    std::string* own = text_of(part);
    if (own == nullptr) continue;
    *own = first ? text : std::string();
    first = false;
    drop_opaque(part);
  }
}

std::string text_from(const Json& value) {
  return value.is_string() ? value.get<std::string>() : to_text(value);
}

ModelFailure blocked_reply(ModelReply reply, const GuardDecision& decision) {
  ModelFailure failure;
  failure.failure_class = FailureClass::content;
  failure.message = "what the model said is blocked by the guard " + words_of(decision);
  failure.usage = reply.usage;
  failure.cost = reply.cost;
  failure.target = reply.target;
  failure.attempts = reply.attempts;
  failure.route = std::move(reply.route);
  return failure;
}

// The arguments of a call as a guard left them.
void set_args(ToolCallPart& call, Guarded guarded) {
  if (const GuardDecision* blocked = guarded.blocked()) {
    call.args = nullptr;
    call.bad_args = std::string(kBlockedArgs) + words_of(*blocked);
  } else if (!call.bad_args.empty()) {
    call.bad_args = text_from(guarded.value);
  } else if (guarded.value.is_object()) {
    call.args = std::move(guarded.value);
  } else {
    call.args = nullptr;
    call.bad_args = to_text(guarded.value);
  }
  call.opaque.reset();
}

// Every text that a run is started with, each with where it goes back to.
struct StartText {
  Json value;
  std::function<void(Json)> put;
};

void collect(Message& message, std::vector<StartText>& texts) {
  for (Part& part : message.parts) {
    if (auto* text = std::get_if<TextPart>(&part)) {
      texts.push_back({text->text, [text](const Json& v) { text->text = text_from(v); }});
    } else if (auto* thought = std::get_if<ReasoningPart>(&part)) {
      texts.push_back({thought->text, [thought](const Json& v) { thought->text = text_from(v); }});
    } else if (auto* call = std::get_if<ToolCallPart>(&part); call != nullptr) {
      if (call->args.is_object()) texts.push_back({call->args, [call](Json v) { call->args = v; }});
    } else if (auto* result = std::get_if<ToolResultPart>(&part)) {
      texts.push_back(
          {result->content, [result](const Json& v) { result->content = text_from(v); }});
    }
  }
}

std::vector<StartText> texts_of(StartRun& start) {
  std::vector<StartText> texts;
  if (!start.task.empty()) {
    texts.push_back({start.task, [&start](const Json& v) { start.task = text_from(v); }});
  }
  if (!start.input.empty()) texts.push_back({start.input, [&start](Json v) { start.input = v; }});
  for (Message& message : start.messages) collect(message, texts);
  return texts;
}

}  // namespace

const RunExtras* extras_of(const Program& program) {
  return dynamic_cast<const RunExtras*>(program.tools.get());
}

Guards* guards_of(const Program& program) {
  const RunExtras* extras = extras_of(program);
  return extras == nullptr ? nullptr : extras->guards();
}

awaitable<GuardedOutcome> guard_reply(Guards& guards, ModelOutcome outcome, ToolRequest identity,
                                      CallContext& context) {
  GuardedOutcome out;
  if (std::holds_alternative<ModelFailure>(outcome)) {
    out.outcome = std::move(outcome);
    co_return out;
  }
  ModelReply reply = std::get<ModelReply>(std::move(outcome));
  const std::array<TextOf, 2> sorts{said_in, thought_in};
  for (const TextOf& text_of : sorts) {
    const std::string text = joined(reply.message, text_of);
    if (text.empty() || !guards.watches(GuardPlace::output, "")) continue;
    GuardSubject subject = subject_of(GuardPlace::output, "", text, identity);
    const Guarded guarded = co_await guards.check(std::move(subject), context);
    note_down(guarded, GuardPlace::output, std::nullopt, out.notes);
    if (const GuardDecision* blocked = guarded.blocked()) {
      out.outcome = blocked_reply(std::move(reply), *blocked);
      co_return out;
    }
    if (guarded.value != Json(text))
      replace_texts(reply.message, text_of, text_from(guarded.value));
  }
  std::size_t index = 0;
  for (Part& part : reply.message.parts) {
    auto* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr) continue;
    const std::size_t number = index++;
    if (!guards.watches(GuardPlace::tool_args, call->name)) continue;
    const Json before = call->bad_args.empty() ? call->args : Json(call->bad_args);
    GuardSubject subject = subject_of(GuardPlace::tool_args, call->name, before, identity);
    Guarded guarded = co_await guards.check(std::move(subject), context);
    note_down(guarded, GuardPlace::tool_args, number, out.notes);
    if (guarded.blocked() != nullptr || guarded.value != before)
      set_args(*call, std::move(guarded));
  }
  out.outcome = std::move(reply);
  co_return out;
}

awaitable<GuardedResult> guard_result(Guards& guards, ToolOutcome outcome, ToolRequest identity,
                                      CallContext& context) {
  GuardedResult out;
  out.outcome = std::move(outcome);
  const std::string tool = identity.tool;
  if (!guards.watches(GuardPlace::tool_result, tool)) co_return out;
  const bool has_value = out.outcome.outcome == Outcome::ok;
  // Guards read: of an image they see what it is. It stays where they change nothing.
  const Json before = has_value ? shown_value(out.outcome.value).read : Json(out.outcome.message);
  if (before.is_null() || before == Json("")) co_return out;
  GuardSubject subject = subject_of(GuardPlace::tool_result, tool, before, identity);
  Guarded guarded = co_await guards.check(std::move(subject), context);
  note_down(guarded, GuardPlace::tool_result, std::nullopt, out.notes);
  if (const GuardDecision* blocked = guarded.blocked()) {
    if (has_value) out.outcome.outcome = Outcome::error;
    out.outcome.value = nullptr;
    out.outcome.message = "the result is withheld by the guard " + words_of(*blocked);
  } else if (has_value) {
    if (guarded.value != before) out.outcome.value = std::move(guarded.value);
  } else {
    out.outcome.message = text_from(guarded.value);
  }
  co_return out;
}

awaitable<GuardedResult> guard_input(Guards& guards, Json value, ToolRequest identity,
                                     CallContext& context) {
  GuardedResult out;
  out.outcome.value = std::move(value);
  const bool is_empty = out.outcome.value.is_null() || out.outcome.value == Json("");
  if (is_empty || !guards.watches(GuardPlace::input, "")) co_return out;
  GuardSubject subject = subject_of(GuardPlace::input, "", out.outcome.value, identity);
  Guarded guarded = co_await guards.check(std::move(subject), context);
  note_down(guarded, GuardPlace::input, std::nullopt, out.notes);
  out.outcome.value = std::move(guarded.value);
  if (guarded.blocked() != nullptr) {
    out.outcome.outcome = Outcome::denied;
    out.outcome.value = nullptr;
  }
  co_return out;
}

awaitable<Result<GuardedStart>> guard_start(StartRun start) {
  GuardedStart out;
  out.start = std::move(start);
  Guards* guards = guards_of(out.start.program);
  if (guards == nullptr || !guards->watches(GuardPlace::input, "")) co_return out;
  NobodyListens context;
  ToolRequest identity;
  identity.agent = out.start.program.agent->spec().name;
  identity.tenant = out.start.tenant;
  identity.session = out.start.session;
  std::vector<StartText> texts = texts_of(out.start);
  for (StartText& text : texts) {
    GuardSubject subject = subject_of(GuardPlace::input, "", text.value, identity);
    Guarded guarded = co_await guards->check(std::move(subject), context);
    note_down(guarded, GuardPlace::input, std::nullopt, out.notes);
    if (const GuardDecision* blocked = guarded.blocked()) {
      co_return Error{Errc::denied, "no run is started: what it is asked is blocked by the guard " +
                                        words_of(*blocked)};
    }
    if (guarded.value != text.value) text.put(std::move(guarded.value));
  }
  co_return out;
}

std::vector<Event> guard_events(const std::vector<GuardNote>& notes, const std::string& call_id,
                                std::int64_t reply_seq, const Label& label) {
  std::vector<Event> events;
  for (const GuardNote& note : notes) {
    Event& event = events.emplace_back();
    event.kind = EventKind::guard_decided;
    event.call_id = note.wanted ? call_id_of(reply_seq, *note.wanted) : call_id;
    event.label = label;
    event.fields = Json{{"guard", note.decision.guard},
                        {"where", name_of(note.place)},
                        {"verdict", name_of(note.decision.verdict)},
                        {"rule", note.decision.rule}};
    if (!note.decision.why.empty()) event.fields["why"] = note.decision.why;
    if (!note.decision.found.is_null()) event.fields["found"] = note.decision.found;
  }
  return events;
}

std::string guard_refusal(const std::string& bad_args) {
  return bad_args.starts_with(kBlockedArgs) ? bad_args : std::string();
}

}  // namespace yoke
