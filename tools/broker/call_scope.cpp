#include "tools/broker/call_scope.h"

#include <utility>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kShownBytesMax = 300;
// Far above the quota of host calls; redirects and refusals count here too.
constexpr std::size_t kAuditEntriesMax = 1'000;

Json shortened(const Json& shown) {
  Json copy = Json::object();
  for (const auto& [key, value] : shown.items()) {
    copy[key] = value.is_string()
                    ? Json(shorten(to_valid_utf8(value.get<std::string>()), kShownBytesMax))
                    : value;
  }
  return copy;
}

}  // namespace

CallScope::CallScope(const Policy& policy, Permissions permissions, ToolRequest identity,
                     std::string origin, CallContext& context)
    : policy_(policy),
      permissions_(std::move(permissions)),
      identity_(std::move(identity)),
      origin_(std::move(origin)),
      context_(context),
      label_(identity_.label) {}

Result<void> CallScope::permit(const InnerRequest& request) {
  PolicyQuery query;
  query.agent = identity_.agent;
  query.tool = request.name;
  query.args = request.shown;
  query.effect = request.effect;
  query.label = label_;
  const PolicyDecision decision = policy_.decide(query);
  const bool unruled = decision.rule == "default";
  if (decision.verdict == Verdict::allow || (decision.verdict == Verdict::ask && unruled)) {
    record(request, "allow", decision.rule);
    return {};
  }
  if (decision.verdict == Verdict::ask && was_approved(decision.rule)) {
    record(request, "allow", decision.rule);
    return {};
  }
  record(request, "deny", decision.rule);
  std::string why = request.name + " is denied by the policy rule " + decision.rule;
  if (decision.verdict == Verdict::ask) {
    why += ": the rule asks a person, and inside a tool script nobody can be asked";
  }
  return Error{Errc::denied, std::move(why)};
}

// A rule such as "mail.*" asks about the tool mail.send, and speaks of what that tool then asks for
// under the same name. Who let the tool run has answered it: a tool that a rule asks about does not
// run before somebody approved. Only where the approver can know what the tool does with it: a
// stranger's approved mail to one could be a hundred to others.
bool CallScope::was_approved(const std::string& rule) const {
  if (identity_.tool.empty() || permissions_.is_stranger) return false;
  PolicyQuery query;
  query.agent = identity_.agent;
  query.tool = identity_.tool;
  query.args = identity_.args;
  query.label = identity_.label;
  const PolicyDecision decision = policy_.decide(query);
  return decision.verdict == Verdict::ask && decision.rule == rule;
}

Error CallScope::refuse(const InnerRequest& request, std::string why) {
  record(request, "deny", "permissions");
  const std::string module = request.name.substr(0, request.name.find('.'));
  for (const Withheld& power : permissions_.withheld) {
    if (power.module == module) why += "; " + power.place + " withholds: " + power.words;
  }
  return Error{Errc::denied, std::move(why)};
}

void CallScope::note(const Json& facts) {
  if (audit_.empty()) return;
  for (const auto& [key, value] : facts.items()) audit_.back()[key] = secrets_.cut_json(value);
}

void CallScope::record(const InnerRequest& request, std::string_view verdict,
                       const std::string& rule) {
  if (audit_.size() >= kAuditEntriesMax) return;
  Json entry = Json::object();
  entry["call"] = request.name;
  entry["args"] = secrets_.cut_json(shortened(request.shown));
  entry["verdict"] = std::string(verdict);
  entry["rule"] = rule;
  audit_.push_back(std::move(entry));
}

}  // namespace yoke
