#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/call_policy.h"
#include "runtime/engine/guarding.h"
#include "runtime/engine/handoff.h"
#include "runtime/engine/serve.h"
#include "runtime/journal/handoff.h"
#include "runtime/ports/confirmation_words.h"

// What becomes of a tool call that is wanted: refused, asked about, or made.
namespace yoke::machine {
namespace {

// Null: no reply wanted a call of this id.
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

const ToolSpec* caller_tool(const RunState& state, const std::string& name) {
  for (const ToolSpec& tool : state.caller_tools) {
    if (tool.name == name) return &tool;
  }
  return nullptr;
}

// Opens a call and asks whoever started the run to make it.
void ask_caller(Draft& draft, const Wanted& wanted, const std::string& rule) {
  open_tool(draft, wanted, Effect::once, rule);
  draft.plan.starts.pop_back();
  --draft.open_tools;
  draft.plan.events.back().fields["caller"] = true;
  ask_caller_about(draft, wanted.call_id, wanted.tool, wanted.args);
}

std::string no_such_tool(const Draft& draft, const std::string& name) {
  std::vector<std::string> names;
  for (const ToolSpec* spec : draft.around.program->tools->list()) names.push_back(spec->name);
  for (const ToolSpec& spec : draft.state.caller_tools) names.push_back(spec.name);
  return "no tool named '" + name + "'" + did_you_mean(name, names);
}

std::string args_hash(const Json& args) { return to_hex(sha256(to_text(args))); }

void tell_decision(Draft& draft, const Wanted& wanted, const FlowDecision& said) {
  draft.add(EventKind::policy_decided, wanted.call_id).fields = decided_fields(said, wanted.tool);
}

void ask_approval(Draft& draft, const Wanted& wanted, const ToolSpec& spec,
                  const FlowDecision& said) {
  tell_decision(draft, wanted, said);
  Json body = question_body(said, wanted.tool, wanted.args);
  const Confirmation& words = spec.confirmation;
  if (!words.title.empty()) {
    body["maker_title"] = confirmation_words_for(words.title, wanted.args);
  }
  if (!words.body.empty()) {
    body["maker_body"] = confirmation_words_for(words.body, wanted.args);
  }
  Event& asked = draft.add(EventKind::question_asked, wanted.call_id);
  asked.fields =
      Json{{"question", "a." + wanted.call_id},     {"purpose", "approve"},
           {"title", "Allow " + wanted.tool + "?"}, {"body", std::move(body)},
           {"choices", Json::array({"yes", "no"})}, {"args_hash", args_hash(wanted.args)}};
}

// The arguments as a person changed them. False: they do not fit the tool, and it is refused.
bool take_edited(Draft& draft, Wanted& wanted, const QuestionState& question, Effect effect) {
  const Tool* tool = draft.around.program->tools->find(wanted.tool);
  const Result<Json> args =
      tool == nullptr ? Result<Json>(*question.args) : tool->check(*question.args);
  if (!args) {
    refuse(draft, wanted, effect, Outcome::not_started,
           question.by + " changed the arguments, and they do not fit: " + args.error().detail);
    return false;
  }
  wanted.args = *args;
  wanted.edited_by = question.by;
  return true;
}

// What a person said of the call. True: that settles it for now.
bool heed_approval(Draft& draft, Wanted& wanted, Effect effect, std::string& rule) {
  const QuestionState* question = question_about(draft.state, "a." + wanted.call_id);
  if (question == nullptr) return false;
  if (question->expired) {
    refuse(draft, wanted, effect, Outcome::denied, "nobody answered in time");
    return true;
  }
  if (!question->answer) return true;  // being asked
  const Approval approval = approval_from(*question->answer);
  if (!approval.yes) {
    const std::string words = approval.words.empty() ? "" : ": " + approval.words;
    refuse(draft, wanted, effect, Outcome::denied, question->by + " said no" + words);
    return true;
  }
  if (question->args_hash != args_hash(wanted.args)) {
    refuse(draft, wanted, effect, Outcome::denied,
           "the arguments are no longer those that " + question->by + " approved");
    return true;
  }
  if (question->args && !take_edited(draft, wanted, *question, effect)) return true;
  rule = "approved by " + question->by;
  return false;
}

PolicyQuery query_for(const Draft& draft, const Wanted& wanted, const ToolSpec& spec,
                      Effect effect) {
  PolicyQuery query;
  query.tool_asks = spec.confirmation.asks;
  query.call_id = wanted.call_id;
  query.agent = draft.state.agent;
  query.tool = wanted.tool;
  query.args = wanted.args;
  query.effect = effect;
  query.label = draft.state.label;
  for (const std::string& pattern : draft.around.program->agent->spec().approve) {
    query.agent_asks = query.agent_asks || glob_match(pattern, wanted.tool);
  }
  return query;
}

// The call has passed its checks; policy, then a person where one must be asked.
void decide(Draft& draft, Wanted wanted, const ToolSpec& spec) {
  const bool of_caller = caller_tool(draft.state, spec.name) == &spec;
  std::string rule;
  if (heed_approval(draft, wanted, spec.effect, rule)) return;
  if (rule.empty()) {
    // What a caller's tool does is the caller's to allow.
    const Effect effect = of_caller ? Effect::read : spec.effect;
    const Surroundings& around = draft.around;
    const FlowDecision said = decide_call(draft.state, *around.program, *around.policy, spec,
                                          query_for(draft, wanted, spec, effect), of_caller);
    const PolicyDecision& decision = said.decision;
    const bool asks = decision.verdict == Verdict::ask;
    if (asks) rule = standing_approval(draft.state, *around.policy, spec, wanted.args);
    if (asks && rule.empty()) return ask_approval(draft, wanted, spec, said);
    if (decision.verdict == Verdict::deny) {
      tell_decision(draft, wanted, said);
      return refuse(draft, wanted, spec.effect, Outcome::denied,
                    "the rule '" + decision.rule + "' forbids it");
    }
    if (!asks && decision.rule != "default") rule = decision.rule;
  }
  if (of_caller) return ask_caller(draft, wanted, rule);
  if (!spec.agent.empty()) return open_child(draft, wanted, spec.agent, rule);
  open_tool(draft, wanted, spec.effect, rule);
}

// Looks the tool up and checks the arguments.
void check_and_decide(Draft& draft, Wanted wanted, const std::string& bad_args) {
  const Tool* tool = draft.around.program->tools->find(wanted.tool);
  const ToolSpec* of_caller = caller_tool(draft.state, wanted.tool);
  if (!bad_args.empty()) wanted.args = bad_args;
  if (tool == nullptr && of_caller == nullptr) {
    return refuse(draft, wanted, Effect::read, Outcome::not_started,
                  no_such_tool(draft, wanted.tool));
  }
  const ToolSpec& spec = tool == nullptr ? *of_caller : tool->spec();
  if (const std::string blocked = guard_refusal(bad_args); !blocked.empty()) {
    return refuse(draft, wanted, spec.effect, Outcome::denied, blocked);
  }
  if (!spec.agent.empty() && !draft.has_room_for_child()) return;
  if (is_handoff_tool(spec.name) && !may_hand_over(draft, wanted)) return;
  if (!bad_args.empty()) {
    return refuse(draft, wanted, spec.effect, Outcome::not_started,
                  "the arguments are no JSON object");
  }
  if (tool != nullptr) {
    Result<Json> args = tool->check(wanted.args);
    if (!args) {
      return refuse(draft, wanted, spec.effect, Outcome::not_started, args.error().detail);
    }
    wanted.args = std::move(*args);
  }
  decide(draft, std::move(wanted), spec);
}

}  // namespace

void refuse(Draft& draft, const Wanted& wanted, Effect effect, Outcome outcome,
            const std::string& why) {
  open_tool(draft, wanted, effect, "");
  draft.plan.starts.pop_back();
  --draft.open_tools;
  close_tool(draft, wanted.call_id, outcome, why);
}

void open_tool(Draft& draft, const Wanted& wanted, Effect effect, const std::string& rule) {
  const CallState* before = draft.state.find_call(wanted.call_id);
  Event& event = draft.add(EventKind::tool_called, wanted.call_id);
  event.attempt = before == nullptr ? 1 : before->attempt + 1;
  event.fields = Json{{"tool", wanted.tool}, {"args", wanted.args}, {"effect", name_of(effect)}};
  event.fields["key"] = before == nullptr ? draft.state.run_id + "/" + wanted.call_id : before->key;
  std::int64_t reply_seq = 0;
  const ToolCallPart* part = part_of(draft.state, wanted.call_id, reply_seq);
  if (part != nullptr) {
    event.fields["vendor_id"] = part->id;
    event.fields["follows"] = reply_seq;
  }
  if (!rule.empty()) event.fields["rule"] = rule;
  if (!wanted.edited_by.empty()) event.fields["edited_by"] = wanted.edited_by;
  if (!wanted.called_by.empty()) event.fields["called_by"] = wanted.called_by;
  draft.plan.starts.emplace_back(StartTool{wanted.call_id});
  ++draft.open_tools;
  if (effect != Effect::read) draft.plan.commit_first = true;
}

void want_tool(Draft& draft, const std::string& call_id) {
  if (draft.state.find_call(call_id) != nullptr) return;  // made, or being made
  if (draft.concerns(call_id)) return;
  std::int64_t reply_seq = 0;
  const ToolCallPart* part = part_of(draft.state, call_id, reply_seq);
  if (part == nullptr) return;
  check_and_decide(draft, Wanted{call_id, part->name, part->args, ""}, part->bad_args);
}

void want_checked(Draft& draft, const Wanted& wanted, const ToolSpec& spec) {
  if (draft.state.find_call(wanted.call_id) != nullptr) return;
  if (draft.concerns(wanted.call_id)) return;
  if (!spec.agent.empty() && !draft.has_room_for_child()) return;
  decide(draft, wanted, spec);
}

void want_named(Draft& draft, Wanted wanted) {
  if (draft.state.find_call(wanted.call_id) != nullptr) return;
  if (draft.concerns(wanted.call_id)) return;
  const std::string bad_args = wanted.args.is_object() ? "" : to_text(wanted.args);
  check_and_decide(draft, std::move(wanted), bad_args);
}

}  // namespace yoke::machine
