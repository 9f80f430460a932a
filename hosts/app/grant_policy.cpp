#include "hosts/app/grant_policy.h"

namespace yoke {

PolicyDecision GrantPolicy::decide(const PolicyQuery& query) const {
  const auto* tool = dynamic_cast<const LuaTool*>(project_.tools().find(query.tool));
  if (tool == nullptr || tool->grant().granted) return rules_.decide(query);
  PolicyDecision decision;
  decision.verdict = Verdict::deny;
  decision.rule = "nothing ungranted; see 'yoke tools grant " + query.tool + "'";
  return decision;
}

}  // namespace yoke
