#include "hosts/app/grant_policy.h"

#include "tools/mcp/mcp_tool.h"
#include "tools/plugins/plugin_tool.h"

namespace yoke {

std::optional<PolicyDecision> GrantPolicy::refusal(const std::string& tool) const {
  const Tool* any = project_.tools().find(tool);
  PolicyDecision decision;
  decision.verdict = Verdict::deny;
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

ToolFlow GrantPolicy::flow_of(const ToolSpec& tool) const {
  ToolWords words;
  const Tool* found = project_.tools().find(tool.name);
  if (const auto* script = dynamic_cast<const LuaTool*>(found)) {
    words.is_stranger = script->origin() == ScriptOrigin::stranger;
    words.critical = script->critical();
  }
  if (const auto* of_plugin = dynamic_cast<const DataHandlingTool*>(found)) {
    words.sends = sends_data(of_plugin->data_handling());
  }
  return rules_.labels.flow_of(tool, words);
}

FlowDecision GrantPolicy::decide_flow(const FlowQuery& query) const {
  FlowDecision decision;
  if (const auto refused = refusal(query.call.tool)) {
    decision.decision = *refused;
    return decision;
  }
  return rules_.labels.decide(query, rules_.lists);
}

Micros GrantPolicy::question_lifetime(const std::string&) const { return rules_.question_lifetime; }

}  // namespace yoke
