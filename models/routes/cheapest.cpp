#include <algorithm>

#include "models/routes/plan.h"

namespace yoke {

// By what the request may cost at most. Targets without a price come after those with one; targets
// that lack what the request needs are not asked, unless all do.
RoutePlan plan_cheapest(PlanInput& input) {
  RoutePlan plan;
  for (std::size_t at = 0; at < input.targets.size(); ++at) {
    if (input.targets[at].lacks.empty()) plan.order.push_back(at);
  }
  if (plan.order.empty()) {
    plan.order = as_listed(input.targets.size());
    plan.why = "no target is known to have " + input.targets.front().lacks + "; ";
  }
  std::stable_sort(plan.order.begin(), plan.order.end(), [&input](std::size_t a, std::size_t b) {
    const TargetView& one = input.targets[a];
    const TargetView& other = input.targets[b];
    if (one.priced != other.priced) return one.priced;
    return one.cost < other.cost;
  });
  const TargetView& first = input.targets[plan.order.front()];
  plan.why += first.priced ? "at most " + to_dollars(first.cost) + " for this request"
                           : std::string("no target's price is known");
  return plan;
}

}  // namespace yoke
