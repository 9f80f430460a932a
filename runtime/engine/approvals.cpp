#include "runtime/engine/approvals.h"

#include <algorithm>
#include <array>
#include <set>

#include "runtime/base/saturating.h"
#include "runtime/base/text.h"
#include "runtime/engine/call_input.h"
#include "runtime/engine/critical_arguments.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, 4> kAnswerKeys = {"approve", "message", "args", "scope"};

constexpr std::string_view kForm =
    R"(yes, no, words why not, or {"approve":true,"args":{…},"scope":"run"|"session"})";

Error no_answer(const QuestionState& question, const std::string& why) {
  return Error{Errc::invalid,
               "the answer to '" + question.id + "' " + why + "; write " + std::string(kForm)};
}

Result<void> check_object(const QuestionState& question, const Json& value) {
  for (const auto& [key, unused] : value.items()) {
    if (std::find(kAnswerKeys.begin(), kAnswerKeys.end(), key) != kAnswerKeys.end()) continue;
    const std::vector<std::string> known(kAnswerKeys.begin(), kAnswerKeys.end());
    return no_answer(question, "has an unknown key '" + shorten(printable(key), 60) + "'" +
                                   did_you_mean(key, known));
  }
  if (!member_at(value, "approve").is_boolean()) {
    return no_answer(question, "does not say \"approve\": true or false");
  }
  if (value.contains("message") && !value["message"].is_string()) {
    return no_answer(question, "has a \"message\" that is no text");
  }
  if (value.contains("args") && !value["args"].is_object()) {
    return no_answer(question, "has \"args\" that are no object");
  }
  const std::string scope = string_at(value, "scope");
  const bool known = scope == kScopeRun || scope == kScopeSession;
  if (value.contains("scope") && !known) {
    return no_answer(question, "has a \"scope\" that is neither \"run\" nor \"session\"");
  }
  const bool approves = value["approve"].get<bool>();
  if (!approves && (value.contains("args") || value.contains("scope"))) {
    return no_answer(question, "refuses the call and says how to make it");
  }
  return {};
}

using Values = std::set<std::pair<std::string, std::string>>;

bool stands(const QuestionState& question) {
  if (question.purpose != "approve" || question.scope.empty() || !question.answer) return false;
  return approval_from(*question.answer).yes;
}

const Json& approved_args(const QuestionState& question) {
  return question.args ? *question.args : member_at(question.body, "args");
}

Values values_of(const Json& args, const ToolFlow& tool) {
  Values values;
  for (const ArgumentValue& one : critical_values(args, tool.critical)) {
    values.emplace(one.argument, one.value);
  }
  return values;
}

}  // namespace

Approval approval_from(const Json& answer) {
  Approval approval;
  if (answer.is_boolean()) approval.yes = answer.get<bool>();
  if (answer.is_object()) {
    approval.yes = bool_at(answer, "approve");
    approval.words = string_at(answer, "message");
    if (answer.contains("args")) approval.args = answer["args"];
    approval.scope = string_at(answer, "scope");
  }
  if (answer.is_string()) {
    const std::string text = answer.get<std::string>();
    approval.yes = text == "yes" || text == "y" || text == "approve" || text == "allow";
    if (!approval.yes && text != "no" && text != "n" && text != "deny") approval.words = text;
  }
  return approval;
}

Result<void> check_answer(const QuestionState& question, const Json& value) {
  if (question.purpose == kPurposeInput) {
    const Result<CallAnswer> read = read_input(question, value);
    return read ? Result<void>() : read.error();
  }
  if (question.purpose != "approve") return {};
  if (value.is_boolean()) return {};
  if (value.is_object()) return check_object(question, value);
  if (!value.is_string()) return no_answer(question, "is " + shorten(to_text(value), 60));
  if (trim(value.get_ref<const std::string&>()).empty()) {
    return Error{Errc::invalid, "an empty text answers '" + question.id +
                                    "' neither way: say yes or no, or why not"};
  }
  return {};
}

bool same_critical(const Json& a, const Json& b, const ToolFlow& tool) {
  const Values of_a = values_of(a, tool);
  const Values of_b = values_of(b, tool);
  return of_a == of_b && (!of_a.empty() || a == b);
}

std::string standing_approval(const RunState& state, const Policy& policy, const ToolSpec& tool,
                              const Json& args) {
  const auto* flow = dynamic_cast<const FlowPolicy*>(&policy);
  const ToolFlow of_tool = flow == nullptr ? ToolFlow{} : flow->flow_of(tool);
  for (const auto& [id, question] : state.questions) {
    if (!stands(question) || string_at(question.body, "tool") != tool.name) continue;
    if (!same_critical(approved_args(question), args, of_tool)) continue;
    return "approved by " + question.by + " for this " + question.scope;
  }
  return {};
}

void set_expiries(std::vector<Event>& events, const Policy& policy, Micros now) {
  const auto* flow = dynamic_cast<const FlowPolicy*>(&policy);
  if (flow == nullptr) return;
  for (Event& event : events) {
    if (event.kind != EventKind::question_asked) continue;
    const std::string purpose = string_at(event.fields, "purpose");
    if (purpose != "approve" && purpose != kPurposeInput) continue;
    const Micros lifetime = flow->question_lifetime(event.call_id);
    if (lifetime > 0) event.fields["expires"] = saturating_add(now, lifetime);
  }
}

void add_answer_fields(Json& fields, const QuestionState& question, const Json& value) {
  if (question.purpose != "approve") return;
  const Approval approval = approval_from(value);
  if (!approval.yes) return;
  if (approval.args) fields["args"] = *approval.args;
  if (!approval.scope.empty()) fields["scope"] = approval.scope;
}

Json standing_in_session(const RunState& state) {
  Json list = Json::array();
  for (const auto& [id, question] : state.questions) {
    if (!stands(question) || question.scope != kScopeSession) continue;
    Json one{{"tool", string_at(question.body, "tool")},
             {"args", approved_args(question)},
             {"by", question.by}};
    if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(std::move(one));
  }
  return list;
}

}  // namespace yoke
