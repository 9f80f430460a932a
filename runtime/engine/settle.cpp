#include "runtime/engine/settle.h"

#include <algorithm>

#include "runtime/base/hash.h"
#include "runtime/base/text.h"

namespace yoke::machine {
namespace {

const QuestionState* question_about(const RunState& state, const std::string& id) {
  const auto found = state.questions.find(id);
  return found == state.questions.end() ? nullptr : &found->second;
}

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
    open_tool(draft, call.id, call.tool, call.args, call.effect, "repeated by " + question.by);
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
    open_tool(draft, call.id, call.tool, call.args, call.effect, "its probe: did not happen");
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

const ToolCallPart* part_of(const RunState& state, const std::string& call_id,
                            std::int64_t& reply_seq) {
  for (auto turn = state.turns.rbegin(); turn != state.turns.rend(); ++turn) {
    std::size_t index = 0;
    for (const Part& part : turn->reply.parts) {
      const ToolCallPart* wanted = std::get_if<ToolCallPart>(&part);
      if (wanted == nullptr) continue;
      if (turn->calls[index++] == call_id) {
        reply_seq = turn->seq;
        return wanted;
      }
    }
  }
  return nullptr;
}

// Opens and closes a call that never starts, so that call and result pair up.
void refuse(Draft& draft, const std::string& call_id, const ToolCallPart& wanted, Effect effect,
            Outcome outcome, const std::string& why) {
  const Json args = wanted.bad_args.empty() ? wanted.args : Json(wanted.bad_args);
  open_tool(draft, call_id, wanted.name, args, effect, "");
  draft.plan.starts.pop_back();
  --draft.open_tools;
  close_tool(draft, call_id, outcome, why);
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

const ToolSpec* caller_tool(const RunState& state, const std::string& name) {
  for (const ToolSpec& tool : state.caller_tools) {
    if (tool.name == name) return &tool;
  }
  return nullptr;
}

// Opens a call and asks whoever started the run to make it.
void ask_caller(Draft& draft, const std::string& call_id, const std::string& tool, const Json& args,
                const std::string& rule) {
  open_tool(draft, call_id, tool, args, Effect::once, rule);
  draft.plan.starts.pop_back();
  --draft.open_tools;
  draft.plan.events.back().fields["caller"] = true;
  Event& asked = draft.add(EventKind::question_asked, call_id);
  asked.fields = Json{{"question", call_id},
                      {"purpose", kPurposeTool},
                      {"title", "Call " + tool},
                      {"body", Json{{"tool", tool}, {"args", args}}},
                      {"choices", Json::array()}};
}

std::string no_such_tool(const Draft& draft, const std::string& name) {
  std::vector<std::string> names;
  for (const ToolSpec* spec : draft.around.program->tools->list()) names.push_back(spec->name);
  for (const ToolSpec& spec : draft.state.caller_tools) names.push_back(spec.name);
  return "no tool named '" + name + "'" + did_you_mean(name, names);
}

std::string args_hash(const Json& args) { return to_hex(sha256(to_text(args))); }

void ask_approval(Draft& draft, const std::string& call_id, const ToolSpec& spec, const Json& args,
                  const PolicyDecision& decision) {
  Event& decided = draft.add(EventKind::policy_decided, call_id);
  decided.fields =
      Json{{"verdict", name_of(decision.verdict)}, {"rule", decision.rule}, {"tool", spec.name}};
  Event& asked = draft.add(EventKind::question_asked, call_id);
  asked.fields = Json{{"question", "a." + call_id},
                      {"purpose", "approve"},
                      {"title", "Allow " + spec.name + "?"},
                      {"body", Json{{"tool", spec.name}, {"args", args}, {"rule", decision.rule}}},
                      {"choices", Json::array({"yes", "no"})},
                      {"args_hash", args_hash(args)}};
}

// The call has passed its checks; policy, then a person where one must be asked.
void decide(Draft& draft, const std::string& call_id, const ToolCallPart& wanted,
            const ToolSpec& spec, const Json& args) {
  const bool of_caller = caller_tool(draft.state, spec.name) == &spec;
  const auto open = [&](const std::string& rule) {
    if (of_caller) return ask_caller(draft, call_id, spec.name, args, rule);
    open_tool(draft, call_id, spec.name, args, spec.effect, rule);
  };
  const QuestionState* question = question_about(draft.state, "a." + call_id);
  if (question != nullptr && question->expired) {
    return refuse(draft, call_id, wanted, spec.effect, Outcome::denied, "nobody answered in time");
  }
  if (question != nullptr && question->answer) {
    const Approval approval = approval_from(*question->answer);
    if (approval.yes && question->args_hash == args_hash(args)) {
      return open("approved by " + question->by);
    }
    if (approval.yes) {
      return refuse(draft, call_id, wanted, spec.effect, Outcome::denied,
                    "the arguments are no longer those that " + question->by + " approved");
    }
    const std::string words = approval.words.empty() ? "" : ": " + approval.words;
    return refuse(draft, call_id, wanted, spec.effect, Outcome::denied,
                  question->by + " said no" + words);
  }
  if (question != nullptr) return;  // being asked
  PolicyQuery query;
  query.call_id = call_id;
  query.agent = draft.state.agent;
  query.tool = spec.name;
  query.args = args;
  query.effect = of_caller ? Effect::read : spec.effect;  // what it does is the caller's to allow
  query.label = draft.state.label;
  for (const std::string& pattern : draft.around.program->agent->spec().approve) {
    query.agent_asks = query.agent_asks || glob_match(pattern, spec.name);
  }
  const PolicyDecision decision = draft.around.policy->decide(query);
  if (decision.verdict == Verdict::allow) {
    return open(decision.rule == "default" ? "" : decision.rule);
  }
  if (decision.verdict == Verdict::ask) return ask_approval(draft, call_id, spec, args, decision);
  Event& decided = draft.add(EventKind::policy_decided, call_id);
  decided.fields =
      Json{{"verdict", name_of(Verdict::deny)}, {"rule", decision.rule}, {"tool", spec.name}};
  refuse(draft, call_id, wanted, spec.effect, Outcome::denied,
         "the rule '" + decision.rule + "' forbids it");
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

bool Draft::concerns(const std::string& call_id) const {
  return std::any_of(plan.events.begin(), plan.events.end(),
                     [&](const Event& event) { return event.call_id == call_id; });
}

void open_tool(Draft& draft, const std::string& call_id, const std::string& tool, const Json& args,
               Effect effect, const std::string& rule) {
  const CallState* before = draft.state.find_call(call_id);
  std::int64_t reply_seq = 0;
  const ToolCallPart* wanted = part_of(draft.state, call_id, reply_seq);
  Event& event = draft.add(EventKind::tool_called, call_id);
  event.attempt = before == nullptr ? 1 : before->attempt + 1;
  event.fields = Json{{"tool", tool}, {"args", args}, {"effect", name_of(effect)}};
  event.fields["key"] = before == nullptr ? draft.state.run_id + "/" + call_id : before->key;
  if (wanted != nullptr) {
    event.fields["vendor_id"] = wanted->id;
    event.fields["follows"] = reply_seq;
  }
  if (!rule.empty()) event.fields["rule"] = rule;
  draft.plan.starts.emplace_back(StartTool{call_id});
  ++draft.open_tools;
  if (effect != Effect::read) draft.plan.commit_first = true;
}

void close_tool(Draft& draft, const std::string& call_id, Outcome outcome, const std::string& why) {
  const CallState* call = draft.state.find_call(call_id);
  Event& event = draft.add(EventKind::tool_returned, call_id);
  event.attempt = call == nullptr ? 1 : call->attempt;
  event.fields = Json{{"outcome", name_of(outcome)}, {"message", why}};
}

bool settle_orphans(Draft& draft) {
  bool must_wait = false;
  for (const auto& [id, call] : draft.state.calls) {
    if (!call.open || call.of_caller) continue;
    if (call.incarnation == draft.state.incarnation && !call.unknown) continue;
    if (call.is_model) {
      settle_model(draft, call);
      must_wait = true;
    } else if (call.effect == Effect::once) {
      must_wait = settle_unknown(draft, call) || must_wait;
    } else {
      open_tool(draft, id, call.tool, call.args, call.effect, "");
    }
  }
  return must_wait;
}

void settle_answered(Draft& draft) {
  for (const auto& [id, call] : draft.state.calls) {
    if (!call.open || !call.of_caller) continue;
    const QuestionState* question = question_about(draft.state, id);
    if (question == nullptr) {
      // A fork that begins between the call and its question: the journal has the first alone.
      Event& asked = draft.add(EventKind::question_asked, id);
      asked.fields = Json{{"question", id},
                          {"purpose", kPurposeTool},
                          {"title", "Call " + call.tool},
                          {"body", Json{{"tool", call.tool}, {"args", call.args}}},
                          {"choices", Json::array()}};
    } else if (question->expired) {
      close_tool(draft, id, Outcome::timeout, "nobody made the call in time");
    } else if (question->answer) {
      draft.plan.events.push_back(event_of(draft.state, id, outcome_from(*question)));
    }
  }
}

void want_tool(Draft& draft, const std::string& call_id) {
  if (draft.state.find_call(call_id) != nullptr) return;  // made, or being made
  if (draft.concerns(call_id)) return;
  std::int64_t reply_seq = 0;
  const ToolCallPart* wanted = part_of(draft.state, call_id, reply_seq);
  if (wanted == nullptr) return;
  const Tool* tool = draft.around.program->tools->find(wanted->name);
  const ToolSpec* of_caller = caller_tool(draft.state, wanted->name);
  if (tool == nullptr && of_caller == nullptr) {
    return refuse(draft, call_id, *wanted, Effect::read, Outcome::not_started,
                  no_such_tool(draft, wanted->name));
  }
  const ToolSpec& spec = tool == nullptr ? *of_caller : tool->spec();
  if (!wanted->bad_args.empty()) {
    return refuse(draft, call_id, *wanted, spec.effect, Outcome::not_started,
                  "the arguments are no JSON object");
  }
  if (tool == nullptr) return decide(draft, call_id, *wanted, spec, wanted->args);
  const Result<Json> args = tool->check(wanted->args);
  if (!args) {
    return refuse(draft, call_id, *wanted, tool->spec().effect, Outcome::not_started,
                  args.error().detail);
  }
  decide(draft, call_id, *wanted, spec, *args);
}

Approval approval_from(const Json& answer) {
  Approval approval;
  if (answer.is_boolean()) approval.yes = answer.get<bool>();
  if (answer.is_object()) {
    approval.yes = bool_at(answer, "approve");
    approval.words = string_at(answer, "message");
  }
  if (answer.is_string()) {
    const std::string text = answer.get<std::string>();
    approval.yes = text == "yes" || text == "y" || text == "approve" || text == "allow";
    if (!approval.yes && text != "no" && text != "n" && text != "deny") approval.words = text;
  }
  return approval;
}

}  // namespace yoke::machine
