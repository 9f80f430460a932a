#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/base/ensure.h"
#include "runtime/journal/run_state.h"

namespace yoke {

// A run as a test tells it, event by event: each is checked as the engine checks it, then folded.
class ToldRun {
 public:
  explicit ToldRun(RunLimits limits = {}, Json more = Json::object()) {
    Json fields{{"agent", "clerk"},
                {"task", "count the rows"},
                {"tenant", "local"},
                {"program", std::string(64, 'a')},
                {"limits", to_json(limits)}};
    fields.update(more);
    add(EventKind::run_started, "", std::move(fields));
  }

  Event make(EventKind kind, std::string call_id, Json fields, int attempt = 0) const {
    Event event;
    event.kind = kind;
    event.seq = state.seq + 1;
    event.at = now;
    event.run_id = run_id;
    event.call_id = std::move(call_id);
    event.attempt = attempt;
    event.label = kTrustedPublic;
    event.fields = std::move(fields);
    return event;
  }

  const Event& add(Event event) {
    event.seq = state.seq + 1;
    event.at = now;
    event.run_id = run_id;
    ENSURE(check_event(event).has_value());
    ENSURE(check_pairing(state, event).has_value());
    state.apply(event);
    events.push_back(std::move(event));
    return events.back();
  }
  const Event& add(EventKind kind, std::string call_id, Json fields, int attempt = 0) {
    return add(make(kind, std::move(call_id), std::move(fields), attempt));
  }
  bool would_pair(EventKind kind, std::string call_id, Json fields, int attempt = 0) const {
    const Event event = make(kind, std::move(call_id), std::move(fields), attempt);
    return check_event(event).has_value() && check_pairing(state, event).has_value();
  }

  std::string model_called(NanoUsd cost = 0) {
    const std::string id = model_call_id(state.model_calls + 1);
    add(EventKind::model_called, id, called_fields(cost), 1);
    return id;
  }
  static Json called_fields(NanoUsd cost = 0) {
    return Json{
        {"target", "lab/small"},
        {"request", "00"},
        {"messages", 1},
        {"estimate", Json{{"input", 10}, {"output", 10}, {"cost", cost}, {"priced", true}}}};
  }

  static Json replied_fields(std::vector<Part> parts, Usage usage = {}, NanoUsd cost = 0) {
    Message message;
    message.role = Role::assistant;
    message.parts = std::move(parts);
    return Json{{"message", to_json(message)}, {"finish", "stop"},
                {"usage", to_json(usage)},     {"cost", cost},
                {"target", "lab/small"},       {"attempts", 1}};
  }
  // A model call with its reply; the reply's seq.
  std::int64_t replied(std::vector<Part> parts, Usage usage = {}, NanoUsd cost = 0) {
    const std::string id = model_called(cost);
    add(EventKind::model_replied, id, replied_fields(std::move(parts), usage, cost), 1);
    return state.seq;
  }

  static Json failed_fields(const std::string& failure_class, NanoUsd cost = 0) {
    return Json{{"class", failure_class},
                {"message", "it broke"},
                {"usage", to_json(Usage())},
                {"cost", cost},
                {"attempts", 1}};
  }

  static Json tool_fields(const std::string& tool, Effect effect, std::int64_t follows = 0) {
    return Json{{"tool", tool},
                {"args", Json{{"n", 1}}},
                {"effect", name_of(effect)},
                {"key", "r1/k"},
                {"follows", follows}};
  }
  void tool_called(const std::string& id, const std::string& tool, Effect effect, int attempt = 1) {
    add(EventKind::tool_called, id, tool_fields(tool, effect), attempt);
  }
  void tool_returned(const std::string& id, Json value) {
    add(EventKind::tool_returned, id, Json{{"outcome", "ok"}, {"value", std::move(value)}});
  }
  void tool_failed(const std::string& id, Outcome outcome, const std::string& message) {
    add(EventKind::tool_returned, id, Json{{"outcome", name_of(outcome)}, {"message", message}});
  }

  void asked(const std::string& question, const std::string& call_id, const std::string& purpose) {
    Json fields{{"question", question},
                {"title", "Well?"},
                {"choices", Json::array({"yes", "no"})},
                {"purpose", purpose}};
    add(EventKind::question_asked, call_id, std::move(fields));
  }
  void answered(const std::string& question, Json value) {
    add(EventKind::question_answered, "",
        Json{{"question", question}, {"value", std::move(value)}, {"by", "ann"}});
  }
  void taken_over() { add(EventKind::lease_taken, "", Json{{"node", "n2"}, {"adopted", true}}); }

  std::string run_id = "r1";
  Micros now = 1'000'000;
  RunState state;
  std::vector<Event> events;
};

inline Part text(std::string words) { return TextPart{std::move(words)}; }

inline Part call(std::string tool, Json args, std::string vendor_id = "v1") {
  ToolCallPart part;
  part.id = std::move(vendor_id);
  part.name = std::move(tool);
  part.args = std::move(args);
  return part;
}
inline Part call(std::string tool, int n, std::string vendor_id = "v1") {
  return call(std::move(tool), Json{{"n", n}}, std::move(vendor_id));
}

}  // namespace yoke
