#include "models/routes/plan.h"

namespace yoke {

// The first target answers; the others are named as shadows of a share of the calls, drawn by
// chance: a process that makes a single call would never come to its turn by counting. Nobody
// falls back to a shadow: what it says is for comparison only.
RoutePlan plan_shadow(PlanInput& input) {
  RoutePlan plan;
  plan.order = {0};
  if (random_share(input.random) >= input.settings.share.value_or(1)) return plan;
  for (std::size_t at = 1; at < input.targets.size(); ++at) plan.shadows.push_back(at);
  return plan;
}

}  // namespace yoke
