#include "hosts/cli/run_why.h"

#include <map>

#include "runtime/journal/run_state.h"
#include "runtime/ports/model.h"
#include "trials/cell_facts.h"

namespace yoke {
namespace {

// Whether the words are less than what was thought: vendors that keep the reasoning to themselves
// show a summary, under a name of its own or beside an opaque block.
bool is_summary(const ReasoningPart& part) {
  if (part.key == "reasoning_text") return false;
  return part.key == "summary" || part.key == "thought" || part.opaque.has_value();
}

// A part that stands for reasoning, by what can be known of it.
Json thought_of(const Message& message, const Usage& usage) {
  std::string text;
  bool opaque = false;
  bool summary = false;
  for (const Part& part : message.parts) {
    const auto* reasoning = std::get_if<ReasoningPart>(&part);
    if (reasoning == nullptr) continue;
    if (!text.empty() && !reasoning->text.empty()) text += "\n";
    text += reasoning->text;
    opaque = opaque || reasoning->opaque.has_value();
    summary = summary || (!reasoning->text.empty() && is_summary(*reasoning));
  }
  Json thought{{"kind", "none"}};
  if (!text.empty()) {
    thought["kind"] = summary ? "summary" : "text";
    thought["text"] = std::move(text);
  } else if (opaque) {
    thought["kind"] = "opaque";
  } else if (usage.reasoning > 0) {
    thought["kind"] = "hidden";
  }
  if (opaque) thought["opaque"] = true;
  if (usage.reasoning > 0) thought["tokens"] = usage.reasoning;
  if (usage.estimated) thought["estimated"] = true;
  return thought;
}

void copy(const Json& from, Json& to, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const Json& value = member_at(from, name);
    if (!value.is_null()) to[name] = value;
  }
}

// Folds the journal into steps, and each call into the step that wanted it.
class Why {
 public:
  explicit Why(const std::vector<Event>& events) : events_(events) {}

  void tell(const Event& event) {
    switch (event.kind) {
      case EventKind::run_started:
        copy(event.fields, out_, {"task", "input", "session", "model"});
        break;
      case EventKind::model_called:
        called_[event.call_id] = event.at;
        asked_[event.call_id] = string_at(event.fields, "target");
        break;
      case EventKind::route_chosen:
        routes_[event.call_id] = event.fields;
        break;
      case EventKind::model_replied:
        replied(event);
        break;
      case EventKind::model_failed: {
        Json& step = begin_step(event);
        step["failure"] = Json::object();
        copy(event.fields, step["failure"], {"class", "message", "fault"});
        break;
      }
      case EventKind::run_forked:
        out_["forked"] = Json::object();
        copy(event.fields, out_["forked"], {"from", "from_seq", "model"});
        out_["forked"]["steps"] = steps_.size();
        break;
      case EventKind::lease_taken:
        note("taken over by " + string_at(event.fields, "node"), event);
        break;
      case EventKind::signal_received:
        note(string_at(event.fields, "by") + " signalled " + string_at(event.fields, "name"),
             event);
        break;
      case EventKind::run_completed:
        copy(event.fields, out_, {"output"});
        out_["answer"] = member_at(event.fields, "text");
        break;
      case EventKind::run_failed:
      case EventKind::run_quarantined:
        out_["ended"] =
            Json{{"reason", event.reason}, {"message", member_at(event.fields, "message")}};
        break;
      case EventKind::run_cancelled:
        out_["ended"] = Json{{"reason", event.reason}, {"by", member_at(event.fields, "by")}};
        break;
      default:
        tell_call(event);
    }
  }

  Json take() {
    out_["steps"] = std::move(steps_);
    return std::move(out_);
  }

 private:
  // What became of the run between its steps.
  void note(std::string what, const Event& event) {
    Json& notes = out_["notes"];
    notes.push_back(Json{{"event", event.seq}, {"before_step", steps_.size() + 1}});
    notes.back()["what"] = std::move(what);
  }

  Json& begin_step(const Event& event) {
    Json step{{"step", steps_.size() + 1},
              {"event", event.seq},
              {"call", event.call_id},
              {"asked", asked_[event.call_id]},
              {"cost", integer_at(event.fields, "cost")},
              {"priced", has_known_cost(events_, event)},
              {"took_us", event.at - called_[event.call_id]},
              {"calls", Json::array()}};
    copy(event.fields, step, {"target", "usage", "finish", "attempts", "first_us"});
    const auto route = routes_.find(event.call_id);
    if (route != routes_.end()) step["route"] = route->second;
    steps_.push_back(std::move(step));
    return steps_.back();
  }

  // Of the answer alone, without the tries before it.
  Usage usage_of_answer(const Event& event) const {
    Usage usage = usage_from_json(member_at(event.fields, "usage"));
    const auto route = routes_.find(event.call_id);
    if (route == routes_.end()) return usage;
    const std::string target = string_at(event.fields, "target");
    for (const Json& each : member_at(route->second, "tries")) {
      const ModelTry one = model_try_from_json(each);
      if (!one.failure && one.target == target) usage = one.usage;
    }
    return usage;
  }

  void replied(const Event& event) {
    Json& step = begin_step(event);
    const Result<Message> message = message_from_json(member_at(event.fields, "message"));
    if (!message) return;
    step["thought"] = thought_of(*message, usage_of_answer(event));
    const std::string said = text_of(*message);
    if (!said.empty()) step["said"] = said;
    std::size_t index = 0;
    for (const Part& part : message->parts) {
      const auto* wanted = std::get_if<ToolCallPart>(&part);
      if (wanted == nullptr) continue;
      const std::string id = call_id_of(event.seq, index++);
      // A call follows the reply that wanted it; what is known of its fate is added as it comes.
      Json call{{"call", id}, {"tool", wanted->name}, {"follows", event.seq}};
      call["args"] = wanted->bad_args.empty() ? wanted->args : Json(wanted->bad_args);
      places_[id] = {steps_.size() - 1, step["calls"].size()};
      step["calls"].push_back(std::move(call));
    }
  }

  Json* call_of(const Event& event) {
    const auto place = places_.find(event.call_id);
    if (place == places_.end()) return nullptr;
    return &steps_[place->second.first]["calls"][place->second.second];
  }

  void tell_call(const Event& event) {
    Json* call = call_of(event);
    if (call == nullptr) return;
    const Json& fields = event.fields;
    switch (event.kind) {
      case EventKind::tool_called:
        copy(fields, *call, {"tool", "args", "effect", "rule", "follows"});
        (*call)["event"] = event.seq;
        (*call)["attempt"] = event.attempt;
        break;
      case EventKind::policy_decided:
        (*call)["policy"] = Json::object();
        copy(fields, (*call)["policy"], {"verdict", "rule"});
        break;
      case EventKind::question_asked:
        (*call)["question"] = member_at(fields, "title");
        break;
      case EventKind::question_answered:
        (*call)["answered"] = Json::object();
        copy(fields, (*call)["answered"], {"value", "by"});
        break;
      case EventKind::tool_unknown:
        (*call)["unknown"] = true;
        break;
      case EventKind::tool_returned:
        copy(fields, *call, {"outcome", "value", "message", "edited"});
        (*call)["returned"] = event.seq;
        break;
      default:
        break;
    }
  }

  const std::vector<Event>& events_;
  Json out_ = Json::object();
  Json steps_ = Json::array();
  std::map<std::string, Micros> called_;  // by call, as all below
  std::map<std::string, std::string> asked_;
  std::map<std::string, Json> routes_;
  std::map<std::string, std::pair<std::size_t, std::size_t>> places_;  // step, and call in it
};

}  // namespace

Result<Json> run_why(const RunRow& run, const std::vector<Event>& events) {
  const Result<RunState> state = fold_journal(events);
  if (!state) return state.error();
  Why why(events);
  for (const Event& event : events) why.tell(event);
  Json out = why.take();
  out["run"] = run.run_id;
  out["agent"] = run.agent;
  out["status"] = name_of(run.status);
  if (!run.reason.empty()) out["reason"] = run.reason;
  if (!run.parent_run.empty()) {
    out["for"] = Json{{"run", run.parent_run}, {"call", run.parent_call}};
  }
  out["cost"] = state->own_cost();
  out["priced"] = has_known_cost(events);
  out["tokens"] = state->own_tokens();
  return Result<Json>(boost::system::in_place_value, std::move(out));
}

}  // namespace yoke
