#include "runtime/base/hash.h"
#include "runtime/engine/machine.h"
#include "runtime/journal/history.h"

namespace yoke {
namespace {

Label worse_of(const RunState& state, const Label& own) { return join(state.label, own); }

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
              {"message", failure.message},
              {"usage", to_json(failure.usage)},
              {"cost", failure.cost},
              {"attempts", failure.attempts}};
  if (!failure.target.empty()) fields["target"] = failure.target;
  return fields;
}

}  // namespace

Event event_of(const RunState& state, const std::string& call_id, ModelOutcome outcome) {
  if (const auto* failure = std::get_if<ModelFailure>(&outcome)) {
    Event event = closing(state, call_id, EventKind::model_failed);
    event.fields = failure_fields(*failure);
    return event;
  }
  ModelReply& reply = std::get<ModelReply>(outcome);
  Event event = closing(state, call_id, EventKind::model_replied);
  event.fields = Json{{"message", to_json(reply.message)},
                      {"finish", name_of(reply.finish)},
                      {"usage", to_json(reply.usage)},
                      {"cost", reply.cost},
                      {"target", reply.target},
                      {"attempts", reply.attempts}};
  if (!reply.model.empty()) event.fields["model"] = std::move(reply.model);
  if (!reply.raw_usage.is_null()) event.fields["raw_usage"] = std::move(reply.raw_usage);
  return event;
}

Event event_of(const RunState& state, const std::string& call_id, ToolOutcome outcome) {
  Event event = closing(state, call_id, EventKind::tool_returned);
  event.label = outcome.outcome == Outcome::not_started || outcome.outcome == Outcome::denied
                    ? state.label
                    : worse_of(state, outcome.label);
  event.fields = Json{{"outcome", name_of(outcome.outcome)}};
  if (outcome.outcome == Outcome::ok) event.fields["value"] = std::move(outcome.value);
  if (!outcome.message.empty()) event.fields["message"] = std::move(outcome.message);
  if (!outcome.meter.is_null()) event.fields["meter"] = std::move(outcome.meter);
  if (!outcome.audit.is_null()) event.fields["audit"] = std::move(outcome.audit);
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
  event.label = kTrustedPrivate;
  event.fields = Json{{"question", question.id}, {"value", value}, {"by", by}};
  return event;
}

ModelRequest request_of(const RunState& state, const Program& program) {
  const AgentSpec& spec = program.agent->spec();
  ModelRequest request;
  request.target = state.model.empty() ? spec.model : state.model;
  request.instructions = spec.instructions;
  const Agent& agent = *program.agent;
  request.messages =
      history_of(state, [&agent](const Turn& turn) { return agent.note_after(turn); });
  for (const ToolSpec* tool : program.tools->list()) request.tools.push_back(*tool);
  request.output_schema = spec.output_schema;
  request.output_tokens_max = spec.output_tokens_max;
  request.temperature = spec.temperature;
  request.cache_key = state.session.empty() ? state.run_id : state.session;
  return request;
}

std::string hash_of(const ModelRequest& request) {
  return to_hex(sha256(to_text(to_json(request))));
}

}  // namespace yoke
