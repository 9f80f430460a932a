#include "runtime/engine/serve.h"

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/engine/part_events.h"

namespace yoke::machine {
namespace {

Wanted again(const CallState& call) { return {call.id, call.tool, call.args, call.called_by}; }

std::string unknown_question(const CallState& call) {
  return "u." + call.id + "." + std::to_string(call.attempt);
}

void ask_what_became(Draft& draft, const CallState& call) {
  Event& event = draft.add(EventKind::question_asked, call.id);
  event.attempt = call.attempt;
  event.fields = Json{{"question", unknown_question(call)},
                      {"purpose", "unknown"},
                      {"title", "Did '" + call.tool + "' take place before yoke was stopped?"},
                      {"body", Json{{"tool", call.tool}, {"args", call.args}}},
                      {"choices", Json::array({"happened", "repeat", "skip"})}};
}

void look_into(Draft& draft, const CallState& call) {
  Event& event = draft.add(EventKind::tool_unknown, call.id);
  event.attempt = call.attempt;
  event.fields = Json{{"tool", call.tool}};
  const Tool* tool = draft.around.program->tools->find(call.tool);
  if (tool != nullptr && tool->spec().has_probe) {
    draft.plan.starts.emplace_back(StartProbe{call.id});
  } else {
    ask_what_became(draft, call);
  }
}

void heed_answer(Draft& draft, const CallState& call, const QuestionState& question) {
  const std::string answer = question.answer->is_string() ? question.answer->get<std::string>()
                                                          : to_text(*question.answer);
  if (answer == "repeat") {
    open_tool(draft, again(call), call.effect, "repeated by " + question.by);
  } else if (answer == "happened") {
    Event& event = draft.add(EventKind::tool_returned, call.id);
    event.attempt = call.attempt;
    event.fields = Json{{"outcome", name_of(Outcome::ok)},
                        {"value", Json{{"confirmed_by", question.by}}},
                        {"message", "it took place; its result was lost"}};
  } else {
    close_tool(draft, call.id, Outcome::cancelled,
               "stopped by a crash and not repeated: " + question.by + " answered " + answer);
  }
}

// A once call whose outcome is lost. True when something must come in first.
bool settle_unknown(Draft& draft, const CallState& call) {
  const QuestionState* question = question_about(draft.state, unknown_question(call));
  if (question != nullptr && question->answer) {
    heed_answer(draft, call, *question);
    return true;
  }
  if (question != nullptr && question->expired) {
    close_tool(draft, call.id, Outcome::cancelled, "nobody said whether it took place");
    return true;
  }
  if (question != nullptr) return true;
  const bool being_looked_into = call.unknown && call.incarnation == draft.state.incarnation;
  if (!being_looked_into) {
    look_into(draft, call);
  } else if (call.probe == "did_not_happen") {
    open_tool(draft, again(call), call.effect, "its probe: did not happen");
  } else if (call.probe == "unknown") {
    ask_what_became(draft, call);
  }
  return true;
}

void settle_model(Draft& draft, const CallState& call) {
  Event& event = draft.add(EventKind::model_failed, call.id);
  event.attempt = call.attempt;
  event.fields = Json{{"class", name_of(FailureClass::interrupted)},
                      {"message", "yoke was stopped while the model was answering"},
                      {"usage", to_json(call.expected)},
                      {"cost", call.reserved},
                      {"target", call.target},
                      {"attempts", 1}};
}

// {"error":"…"} and nothing else is how a caller says that a call failed.
ToolOutcome outcome_from(const QuestionState& question) {
  ToolOutcome outcome;
  const Json& value = *question.answer;
  const Json& error = member_at(value, "error");
  if (value.is_object() && value.size() == 1 && error.is_string()) {
    outcome.outcome = Outcome::error;
    outcome.message = error.get<std::string>();
  } else {
    outcome.value = value;
  }
  return outcome;
}

}  // namespace

Event& Draft::add(EventKind kind, const std::string& call_id) {
  Event& event = plan.events.emplace_back();
  event.kind = kind;
  event.call_id = call_id;
  event.label = state.label;
  return event;
}

bool Draft::has(EventKind kind) const {
  return std::any_of(plan.events.begin(), plan.events.end(),
                     [&](const Event& event) { return event.kind == kind; });
}

bool Draft::has(EventKind kind, std::string_view field, const std::string& value) const {
  return std::any_of(plan.events.begin(), plan.events.end(), [&](const Event& event) {
    return event.kind == kind && string_at(event.fields, field) == value;
  });
}

bool Draft::has_room_for_child() const {
  return open_children < around.program->agent->spec().children_at_once;
}

bool Draft::concerns(const std::string& call_id) const {
  return std::any_of(plan.events.begin(), plan.events.end(),
                     [&](const Event& event) { return event.call_id == call_id; });
}

void close_tool(Draft& draft, const std::string& call_id, Outcome outcome, const std::string& why) {
  const CallState* call = draft.state.find_call(call_id);
  Event& event = draft.add(EventKind::tool_returned, call_id);
  event.attempt = call == nullptr ? 1 : call->attempt;
  event.fields = Json{{"outcome", name_of(outcome)}, {"message", why}};
  const bool made = outcome != Outcome::not_started && outcome != Outcome::denied;
  if (!made) event.label = label_of_own_words(draft.state);
}

bool settle_orphans(Draft& draft) {
  bool must_wait = false;
  for (const auto& [id, call] : draft.state.calls) {
    if (!call.open || call.of_caller) continue;
    if (call.kind == CallKind::script) continue;  // it is run anew, from what the journal has
    if (call.kind == CallKind::child) {
      // A fork's parent has the child that is under way; the fork gets one of its own.
      const bool is_own = draft.state.children.at(id).started_by == draft.state.run_id;
      if (!is_own) reopen_child(draft, call);
      continue;
    }
    if (call.incarnation == draft.state.incarnation && !call.unknown) continue;
    if (call.is_model()) {
      settle_model(draft, call);
      must_wait = true;
    } else if (call.effect == Effect::once) {
      must_wait = settle_unknown(draft, call) || must_wait;
    } else {
      open_tool(draft, again(call), call.effect, "");
    }
  }
  return must_wait;
}

const QuestionState* question_about(const RunState& state, const std::string& id) {
  const auto found = state.questions.find(id);
  return found == state.questions.end() ? nullptr : &found->second;
}

void ask_caller_about(Draft& draft, const std::string& call_id, const std::string& tool,
                      const Json& args) {
  Event& asked = draft.add(EventKind::question_asked, call_id);
  asked.fields = Json{{"question", call_id},
                      {"purpose", kPurposeTool},
                      {"title", "Call " + tool},
                      {"body", Json{{"tool", tool}, {"args", args}}},
                      {"choices", Json::array()}};
}

void settle_answered(Draft& draft) {
  for (const auto& [id, call] : draft.state.calls) {
    if (!call.open || !call.of_caller) continue;
    const QuestionState* question = question_about(draft.state, id);
    if (question == nullptr) {
      // A fork that begins between the call and its question: the journal has the first alone.
      ask_caller_about(draft, id, call.tool, call.args);
    } else if (question->expired) {
      close_tool(draft, id, Outcome::timeout, "nobody made the call in time");
    } else if (question->answer) {
      draft.plan.events.push_back(event_of(draft.state, id, outcome_from(*question)));
    }
  }
}

}  // namespace yoke::machine
