#include "hooks/contract.h"

#include "runtime/base/text.h"

namespace yoke::hooks {
namespace {

constexpr std::size_t kWhyMax = 2000;
constexpr std::size_t kContextMax = 20'000;

std::string tidy_text(std::string_view text, std::size_t most) {
  return shorten(printable(to_valid_utf8(trim(text))), most);
}

HookSaid failed(const std::string& why) {
  HookSaid said;
  said.failed = true;
  said.why = why;
  return said;
}

bool takes_plain_context(HookPoint on) {
  return on == HookPoint::session_start || on == HookPoint::user_prompt_submit;
}

// The older form at the top, and the newer one in hookSpecificOutput, which wins.
HookVerdict verdict_in(const Json& value, const Json& specific) {
  if (member_at(value, "continue") == Json(false)) return HookVerdict::stop;
  const std::string permission = string_at(specific, "permissionDecision");
  if (permission == "deny") return HookVerdict::deny;
  if (permission == "ask") return HookVerdict::ask;
  if (permission == "allow") return HookVerdict::allow;
  const std::string decision = string_at(value, "decision");
  if (decision == "block" || decision == "deny") return HookVerdict::deny;
  if (decision == "approve" || decision == "allow") return HookVerdict::allow;
  return HookVerdict::none;
}

}  // namespace

Json hook_input(const HookEvent& event, const std::string& folder) {
  Json input = event.details;
  const ToolRequest& of = event.identity;
  input["session_id"] = of.session.empty() ? of.run_id : of.session;
  input["transcript_path"] = "";
  input["cwd"] = folder;
  input["permission_mode"] = "default";
  input["hook_event_name"] = name_of(event.on);
  input["run_id"] = of.run_id;
  input["agent"] = of.agent;
  return input;
}

HookSaid said_by_command(HookPoint on, const CommandEnd& end) {
  if (!end.failure.empty()) return failed(end.failure);
  if (end.status == 2) {
    HookSaid said;
    said.verdict = HookVerdict::deny;
    said.why = tidy_text(end.err, kWhyMax);
    if (said.why.empty()) said.why = "it gave no reason";
    return said;
  }
  if (end.status != 0) {
    const std::string words = tidy_text(end.err, kWhyMax);
    return failed("it exited with status " + std::to_string(end.status) +
                  (words.empty() ? "" : ": " + words));
  }
  const std::string_view out = trim(end.out);
  if (!out.starts_with('{')) {
    HookSaid said;
    if (takes_plain_context(on)) said.context = tidy_text(out, kContextMax);
    return said;
  }
  const Result<Json> value = parse_json(out);
  if (!value) return failed("what it wrote is no JSON: " + value.error().detail);
  return said_by_value(on, *value);
}

HookSaid said_by_value(HookPoint on, const Json& value) {
  if (value.is_null()) return {};
  if (!value.is_object()) return failed("what it returned is no object");
  const Json& specific = member_at(value, "hookSpecificOutput");
  const std::string named = string_at(specific, "hookEventName");
  if (!named.empty() && named != name_of(on)) {
    return failed("hookSpecificOutput is of '" + shorten(printable(named), 60) + "', not of " +
                  std::string(name_of(on)));
  }
  HookSaid said;
  said.verdict = verdict_in(value, specific);
  for (const std::string& why :
       {string_at(value, said.verdict == HookVerdict::stop ? "stopReason" : "reason"),
        string_at(specific, "permissionDecisionReason")}) {
    if (!why.empty()) said.why = tidy_text(why, kWhyMax);
  }
  said.context = tidy_text(string_at(specific, "additionalContext"), kContextMax);
  const Json& args = member_at(specific, "updatedInput");
  if (!args.is_null()) {
    if (on != HookPoint::pre_tool_use) return failed("updatedInput is of PreToolUse alone");
    if (!args.is_object()) return failed("updatedInput is no object");
    said.args = args;
  }
  return said;
}

}  // namespace yoke::hooks
