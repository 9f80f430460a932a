#include "models/routes/plan.h"

namespace yoke {

// In order; and when the first has not begun to answer by the time within which 95 of 100 answers
// began, the second is asked as well, within the share for that.
RoutePlan plan_hedged(PlanInput& input) {
  input.memory.extra.arrive();
  RoutePlan plan;
  plan.order = as_listed(input.targets.size());
  if (input.targets.size() > 1 && input.memory.extra.has_one()) {
    plan.hedge_after = input.targets.front().pace->p95();
  }
  return plan;
}

}  // namespace yoke
