#pragma once

#include "hosts/app/project.h"
#include "runtime/ports/flow_policy.h"
#include "tools/label_rules.h"

namespace yoke {

class PluginLoader;

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
  GrantPolicy(Rules rules, Project& project, const PluginLoader& loader)
      : rules_(rules), project_(project), loader_(loader) {}

  PolicyDecision decide(const PolicyQuery& query) const override;
  // Plugins' functions are not mixed, and asked about once a run, with labels or without.
  bool traces() const override;
  ToolFlow flow_of(const ToolSpec& tool) const override;
  FlowDecision decide_flow(const FlowQuery& query) const override;
  Micros question_lifetime(const std::string& call_id) const override;

 private:
  // None: it is granted, or needs no grant.
  std::optional<PolicyDecision> refusal(const std::string& tool) const;

  // Of a function that must not be mixed with others in one run. None: it may be called.
  std::optional<FlowDecision> mixed(const FlowQuery& query) const;
  // Of the first call in a run of a plugin whose package no person has taken.
  std::optional<FlowDecision> first_use(const FlowQuery& query) const;

  const Rules rules_;
  Project& project_;
  const PluginLoader& loader_;
};

}  // namespace yoke
