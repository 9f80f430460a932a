#include <algorithm>
#include <set>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/machine.h"
#include "runtime/engine/part_events.h"
#include "runtime/journal/history.h"
#include "runtime/ports/run_extras.h"

namespace yoke {
namespace {

constexpr std::size_t kMessageBytesMax = 1u << 20;  // of what somebody says went wrong

Label worse_of(const RunState& state, const Label& own) { return join(state.label, own); }

// A call that was not made brings nothing in where whoever refused it says that the words are ours;
// a tool that says nothing of its words may hand on a stranger's.
Label label_of(const RunState& state, const ToolOutcome& outcome) {
  const bool made = outcome.outcome != Outcome::not_started && outcome.outcome != Outcome::denied;
  const bool is_ours = !made && outcome.label.integrity == Label::Integrity::trusted;
  return is_ours ? label_of_own_words(state) : worse_of(state, outcome.label);
}

Event closing(const RunState& state, const std::string& call_id, EventKind kind) {
  Event event;
  event.kind = kind;
  event.call_id = call_id;
  if (const CallState* call = state.find_call(call_id)) event.attempt = call->attempt;
  event.label = state.label;
  return event;
}

Json failure_fields(const ModelFailure& failure) {
  Json fields{{"class", name_of(failure.failure_class)},
              {"message", shorten(failure.message, kMessageBytesMax)},
              {"usage", to_json(failure.usage)},
              {"cost", failure.cost},
              {"attempts", failure.attempts}};
  if (!failure.target.empty()) fields["target"] = failure.target;
  if (failure.fault != StreamFault::none) fields["fault"] = name_of(failure.fault);
  if (failure.retry_after) fields["retry_after_ms"] = failure.retry_after->count();
  return fields;
}

// A plain call of one target has nothing to tell that its outcome does not.
bool worth_telling(const RouteNote& note) {
  return note.tries.size() > 1 || note.from_cache || !note.shadows.empty() || !note.why.empty() ||
         note.structured.has_value();
}

Json route_fields(const RouteNote& note, const std::string& target) {
  Json fields{{"route", note.route}, {"target", target}};
  if (!note.strategy.empty()) fields["strategy"] = note.strategy;
  if (!note.why.empty()) fields["why"] = shorten(note.why, kMessageBytesMax);
  Json tries = Json::array();
  for (const ModelTry& one : note.tries) tries.push_back(to_json(one));
  if (!tries.empty()) fields["tries"] = std::move(tries);
  if (!note.shadows.empty()) fields["shadows"] = note.shadows;
  if (note.from_cache) fields["from_cache"] = true;
  if (note.structured) {
    fields["structured"] = {{"mode", note.structured->mode},
                            {"attempts", note.structured->attempts},
                            {"degraded", note.structured->degraded}};
  }
  return fields;
}

// The bytes of a JSON string. What cannot be seen is written as six: \u0001.
std::size_t written_bytes(std::string_view text) {
  std::size_t bytes = text.size() + 2;
  for (const char each : text) {
    if (static_cast<unsigned char>(each) < 0x20) bytes += 5;
    if (each == '"' || each == '\\') bytes += 1;
  }
  return bytes;
}

// What a value costs to keep, counted until it is clear that it is too much.
class Measure {
 public:
  // Whether a journal that holds the value can be read back through the bounded door.
  bool fits(const Json& value, std::size_t depth = 0) {
    bytes_ += value.is_string() ? written_bytes(value.get_ref<const std::string&>()) : 8;
    if (++nodes_ > limits_.nodes_max || bytes_ > limits_.text_bytes_max) return false;
    if (!value.is_structured()) return true;
    if (depth == limits_.depth_max) return false;
    for (const auto& [key, member] : value.items()) {
      if (value.is_object()) bytes_ += written_bytes(key) + 1;
      if (!fits(member, depth + 1)) return false;
    }
    return true;
  }

 private:
  const JsonLimits limits_{};
  std::size_t nodes_ = 0;
  std::size_t bytes_ = 0;
};

// A backend may hand on what its model made of the arguments; kept is an object or the raw text.
void tame(Message& message) {
  for (Part& part : message.parts) {
    ToolCallPart* call = std::get_if<ToolCallPart>(&part);
    if (call == nullptr || call->args.is_object() || call->args.is_null()) continue;
    call->bad_args = to_text(call->args);
    call->args = nullptr;
  }
}

// How long the answer that counts took to begin; 0 where that is not known.
std::int64_t first_piece_of(const ModelReply& reply) {
  const std::vector<ModelTry>& tries = reply.route.tries;
  const auto answered = std::find_if(tries.rbegin(), tries.rend(), [](const ModelTry& one) {
    return !one.failure && one.first_us > 0;
  });
  return answered == tries.rend() ? 0 : answered->first_us;
}

ModelFailure too_large(const ModelReply& reply) {
  ModelFailure failure;
  failure.failure_class = FailureClass::malformed;
  failure.message = "the model's reply is too large or too deeply nested to be kept";
  failure.usage = reply.usage;
  failure.cost = reply.cost;
  failure.target = reply.target;
  failure.attempts = reply.attempts;
  failure.fault = StreamFault::too_large;
  return failure;
}

void refuse_too_large(ToolOutcome& outcome) {
  outcome.message = shorten(outcome.message, kMessageBytesMax);
  if (!can_be_kept(outcome.audit)) outcome.audit = nullptr;
  if (!can_be_kept(outcome.meter)) outcome.meter = nullptr;
  if (outcome.outcome != Outcome::ok || can_be_kept(outcome.value)) return;
  outcome.outcome = Outcome::error;
  outcome.value = nullptr;
  outcome.message = "the result is too large or too deeply nested to be kept: return less of it";
}

// The fields of a closing event that all calls have.
Json outcome_fields(ToolOutcome& outcome) {
  Json fields{{"outcome", name_of(outcome.outcome)}};
  if (outcome.outcome == Outcome::ok) fields["value"] = std::move(outcome.value);
  if (!outcome.message.empty()) fields["message"] = std::move(outcome.message);
  return fields;
}

}  // namespace

Label label_of_own_words(const RunState& state) {
  return Label{Label::Integrity::trusted, state.label.secrecy};
}

bool can_be_kept(const Json& value) { return Measure().fits(value); }

Event event_of(const RunState& state, const std::string& call_id, ModelOutcome outcome) {
  if (const auto* failure = std::get_if<ModelFailure>(&outcome)) {
    Event event = closing(state, call_id, EventKind::model_failed);
    event.fields = failure_fields(*failure);
    return event;
  }
  ModelReply& reply = std::get<ModelReply>(outcome);
  tame(reply.message);
  Json message = to_json(reply.message);
  if (!can_be_kept(message)) return event_of(state, call_id, ModelOutcome(too_large(reply)));
  if (!can_be_kept(reply.raw_usage)) reply.raw_usage = nullptr;
  Event event = closing(state, call_id, EventKind::model_replied);
  event.fields = Json{{"message", std::move(message)}, {"finish", name_of(reply.finish)},
                      {"usage", to_json(reply.usage)}, {"cost", reply.cost},
                      {"target", reply.target},        {"attempts", reply.attempts}};
  if (!reply.model.empty()) event.fields["model"] = std::move(reply.model);
  if (!reply.stop_sequence.empty()) {
    event.fields["stop_sequence"] = std::move(reply.stop_sequence);
  }
  const std::int64_t first_us = first_piece_of(reply);
  if (first_us > 0) event.fields["first_us"] = first_us;
  if (!reply.raw_usage.is_null()) event.fields["raw_usage"] = std::move(reply.raw_usage);
  return event;
}

std::vector<Event> events_of(const RunState& state, const std::string& call_id,
                             ModelOutcome outcome) {
  std::vector<Event> events;
  const auto take = [&](auto& one) {
    if (!worth_telling(one.route)) return;
    Event& chosen = events.emplace_back(closing(state, call_id, EventKind::route_chosen));
    chosen.fields = route_fields(one.route, one.target);
  };
  std::visit(take, outcome);
  events.push_back(event_of(state, call_id, std::move(outcome)));
  return events;
}

Event event_of(const RunState& state, const std::string& call_id, ToolOutcome outcome) {
  refuse_too_large(outcome);
  Event event = closing(state, call_id, EventKind::tool_returned);
  event.label = label_of(state, outcome);
  event.fields = outcome_fields(outcome);
  if (!outcome.meter.is_null()) event.fields["meter"] = std::move(outcome.meter);
  if (!outcome.audit.is_null()) event.fields["audit"] = std::move(outcome.audit);
  return event;
}

Event script_event_of(const RunState& state, const std::string& call_id, ToolOutcome outcome) {
  refuse_too_large(outcome);
  Event event = closing(state, call_id, EventKind::script_returned);
  event.label = worse_of(state, outcome.label);
  event.fields = outcome_fields(outcome);
  if (!outcome.meter.is_null()) event.fields["meter"] = std::move(outcome.meter);
  return event;
}

std::vector<Event> events_of(const RunState& state, const std::string& call_id,
                             ProbeOutcome outcome) {
  const CallState* call = state.find_call(call_id);
  std::vector<Event> events;
  if (outcome.answer == ProbeOutcome::Answer::happened) {
    ToolOutcome found;
    found.value = std::move(outcome.value);
    found.message = "its outcome was found by the tool's probe";
    events.push_back(event_of(state, call_id, std::move(found)));
    return events;
  }
  Event unknown = closing(state, call_id, EventKind::tool_unknown);
  const bool safe = outcome.answer == ProbeOutcome::Answer::did_not_happen;
  unknown.fields = Json{{"tool", call->tool}, {"probe", safe ? "did_not_happen" : "unknown"}};
  events.push_back(std::move(unknown));
  return events;
}

Event answered_event(const QuestionState& question, const Json& value, const std::string& by) {
  Event event;
  event.kind = EventKind::question_answered;
  event.call_id = question.call_id;
  event.label = question.purpose == kPurposeTool ? Label() : kTrustedPrivate;
  event.fields = Json{{"question", question.id}, {"value", value}, {"by", by}};
  add_answer_fields(event.fields, question, value);
  return event;
}

namespace {

void add_found(const Json& value, std::set<std::string, std::less<>>& found) {
  for (const Json& tool : member_at(value, "tools")) found.insert(string_at(tool, "name"));
}

// What the run and the conversation before it have found, as their journals say it.
std::set<std::string, std::less<>> found_tools(const RunState& state, std::string_view finder) {
  std::set<std::string, std::less<>> found;
  for (const auto& [id, call] : state.calls) {
    const bool came = call.tool == finder && !call.open && call.outcome == Outcome::ok;
    if (came) add_found(call.value, found);
  }
  for (const Message& message : state.prior) {
    for (const Part& part : message.parts) {
      const auto* result = std::get_if<ToolResultPart>(&part);
      if (result == nullptr || result->name != finder || result->is_error) continue;
      const Result<Json> value = parse_json(result->content);
      if (value) add_found(*value, found);
    }
  }
  return found;
}

void offer_tools(const RunState& state, const Program& program, ModelRequest& request) {
  const auto* extras = dynamic_cast<const RunExtras*>(program.tools.get());
  const std::string_view finder = extras == nullptr ? std::string_view() : extras->finder();
  const auto found =
      finder.empty() ? std::set<std::string, std::less<>>() : found_tools(state, finder);
  for (const ToolSpec* tool : program.tools->list()) {
    const bool hidden =
        !finder.empty() && extras->is_looked_for(tool->name) && !found.contains(tool->name);
    if (!hidden) request.tools.push_back(*tool);
  }
}

}  // namespace

ModelRequest request_of(const RunState& state, const Program& program) {
  const AgentSpec& spec = program.agent->spec();
  ModelRequest request;
  request.target = state.model.empty() ? spec.model : state.model;
  request.instructions = spec.instructions;
  const Agent& agent = *program.agent;
  request.messages =
      history_of(state, [&agent](const Turn& turn) { return agent.note_after(turn); });
  offer_tools(state, program, request);
  for (const ToolSpec& tool : state.caller_tools) request.tools.push_back(tool);
  request.output_schema = spec.output_schema;
  request.output_tokens_max = spec.output_tokens_max;
  request.temperature = spec.temperature;
  request.cache_key = state.session.empty() ? state.run_id : state.session;
  request.tenant = state.tenant;
  agent.shape(request);
  return request;
}

std::string hash_of(const ModelRequest& request) { return to_hex(sha256(to_text(request))); }

}  // namespace yoke
