#include "hosts/app/grant_policy.h"

#include "hosts/app/plugin_loader.h"
#include "tools/graph/graph_tool.h"
#include "tools/mcp/find_tools.h"
#include "tools/mcp/mcp_tool.h"
#include "tools/plugins/plugin_tool.h"

namespace yoke {
namespace {

constexpr std::string_view kMixedRule = "plugin.security_info";
constexpr std::string_view kFirstUseRule = "plugin.first_use";

// Of "mail.read (c5.0)", as FlowQuery names what brought something in.
std::string tool_in(const std::string& source) { return source.substr(0, source.find(" (")); }

}  // namespace

std::optional<PolicyDecision> GrantPolicy::refusal(const std::string& tool) const {
  const Tool* any = project_.tools().find(tool);
  PolicyDecision decision;
  decision.verdict = Verdict::deny;
  if (const auto* of_plugin = dynamic_cast<const DataHandlingTool*>(any)) {
    if (of_plugin->behind() != nullptr) any = of_plugin->behind();
  }
  if (const auto* of_server = dynamic_cast<const mcp::McpTool*>(any)) {
    decision.rule = of_server->refusal();
    if (decision.rule.empty()) return std::nullopt;
    return decision;
  }
  const auto* found = dynamic_cast<const LuaTool*>(any);
  if (found == nullptr || found->grant().granted) return std::nullopt;
  decision.rule = "nothing ungranted; see 'yoke tools grant " + tool + "'";
  return decision;
}

PolicyDecision GrantPolicy::decide(const PolicyQuery& query) const {
  const std::optional<PolicyDecision> refused = refusal(query.tool);
  return refused ? *refused : rules_.lists.decide(query);
}

bool GrantPolicy::traces() const {
  return rules_.labels.mode() != LabelMode::off || loader_.has_made();
}

ToolFlow GrantPolicy::flow_of(const ToolSpec& tool) const {
  ToolWords words;
  const Tool* found = project_.tools().find(tool.name);
  if (const auto* script = dynamic_cast<const LuaTool*>(found)) {
    words.is_stranger = script->origin() == ScriptOrigin::stranger;
    words.critical = script->critical();
  }
  // Those of packages stand in no registry.
  if (const MadeFunction* made = loader_.made(tool.name)) words.sends = sends_data(made->data);
  return rules_.labels.flow_of(tool, words);
}

FlowDecision GrantPolicy::decide_flow(const FlowQuery& query) const {
  FlowDecision decision;
  if (const auto refused = refusal(query.call.tool)) {
    decision.decision = *refused;
    return decision;
  }
  FlowDecision said = rules_.labels.decide(query, rules_.lists);
  const std::string& tool = query.call.tool;
  const bool of_server = tool.starts_with("mcp:") && tool != mcp::kFindTools;
  const bool is_others = of_server || loader_.made(tool) != nullptr;
  if (said.decision.verdict == Verdict::deny || !is_others) return said;
  for (const PolicyRule* rule : rules_.lists.matching(query.call)) {
    if (rule->verdict == Verdict::allow) return said;  // the operator wants it so
  }
  if (std::optional<FlowDecision> no = mixed(query)) return *no;
  if (said.decision.verdict != Verdict::allow) return said;
  return first_use(query).value_or(said);
}

std::optional<FlowDecision> GrantPolicy::mixed(const FlowQuery& query) const {
  const MadeFunction* own = loader_.made(query.call.tool);
  for (const std::string& source : query.untrusted) {
    const std::string tool = tool_in(source);
    const MadeFunction* other = loader_.made(tool);
    if (other == nullptr && !tool.starts_with("mcp:")) continue;
    if (own != nullptr && other != nullptr && own->plugin == other->plugin) continue;
    const bool own_is_silent = own != nullptr && !own->data.told;
    const bool other_is_silent = other != nullptr && !other->data.told;
    if (!own_is_silent && !other_is_silent) continue;
    const std::string& silent = own_is_silent ? query.call.tool : tool;
    FlowDecision no;
    no.decision = {Verdict::deny, std::string(kMixedRule)};
    no.why = "the manifest of '" + silent +
             "' does not say what it does with data (security_info), so that a run does not mix "
             "it with other plugins, and '" +
             tool + "' was called before; allow = [\"" + query.call.tool +
             "\"] in [policy] allows it";
    return no;
  }
  return std::nullopt;
}

std::optional<FlowDecision> GrantPolicy::first_use(const FlowQuery& query) const {
  const MadeFunction* made = loader_.made(query.call.tool);
  if (made == nullptr) return std::nullopt;
  for (const std::string& source : query.untrusted) {
    const MadeFunction* before = loader_.made(tool_in(source));
    if (before != nullptr && before->plugin == made->plugin) return std::nullopt;
  }
  for (const PluginHome& home : made->homes) {
    if (project_.grants().has_pin(kPackagePins, home.hash)) continue;
    FlowDecision ask;
    ask.decision = {Verdict::ask, std::string(kFirstUseRule)};
    const bool graph = made->plugin == kGraphOrigin;
    const std::string what =
        graph ? "it is the run's first look into Microsoft Graph for "
              : "it is the run's first call of the plugin '" + made->plugin.substr(7) + "' of ";
    ask.why = what + home.file + ", which nobody has taken; `yoke plugins grant " + home.file +
              "` takes it for good";
    return ask;
  }
  return std::nullopt;
}

Micros GrantPolicy::question_lifetime(const std::string&) const { return rules_.question_lifetime; }

}  // namespace yoke
