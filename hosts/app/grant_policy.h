#pragma once

#include "hosts/app/project.h"
#include "runtime/ports/policy.h"

namespace yoke {

// The operator's rules, after a look at the grants: what a tool was never granted is denied before
// anybody is asked to approve a call that would be denied all the same.
//
// Ownership: borrows both.
class GrantPolicy final : public Policy {
 public:
  GrantPolicy(const Policy& rules, Project& project) : rules_(rules), project_(project) {}
  PolicyDecision decide(const PolicyQuery& query) const override;

 private:
  const Policy& rules_;
  Project& project_;
};

}  // namespace yoke
