#pragma once

#include "hosts/app/project.h"
#include "runtime/ports/flow_policy.h"
#include "tools/label_rules.h"

namespace yoke {

// The operator's rules and those of labels, after a look at the grants: what a tool was never
// granted is denied before anybody is asked to approve a call that would be denied all the same.
//
// Ownership: borrows what it is built from.
class GrantPolicy final : public FlowPolicy {
 public:
  struct Rules {
    const PolicyRules& lists;
    const LabelRules& labels;
    Micros question_lifetime = 0;  // 0: for ever
  };
  GrantPolicy(Rules rules, Project& project) : rules_(rules), project_(project) {}

  PolicyDecision decide(const PolicyQuery& query) const override;
  bool traces() const override { return rules_.labels.mode() != LabelMode::off; }
  ToolFlow flow_of(const ToolSpec& tool) const override;
  FlowDecision decide_flow(const FlowQuery& query) const override;
  Micros question_lifetime(const std::string& call_id) const override;

 private:
  // None: it is granted, or needs no grant.
  std::optional<PolicyDecision> refusal(const std::string& tool) const;

  const Rules rules_;
  Project& project_;
};

}  // namespace yoke
