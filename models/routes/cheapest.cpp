#include <algorithm>

#include "models/routes/plan.h"

namespace yoke {

// By what the request may cost at most. Targets without a price come after those with one.
RoutePlan plan_cheapest(PlanInput& input) {
  RoutePlan plan;
  plan.order = as_listed(input.targets.size());
  std::stable_sort(plan.order.begin(), plan.order.end(), [&input](std::size_t a, std::size_t b) {
    const TargetView& one = input.targets[a];
    const TargetView& other = input.targets[b];
    if (one.priced != other.priced) return one.priced;
    return one.cost < other.cost;
  });
  const TargetView& first = input.targets[plan.order.front()];
  plan.why = first.priced ? "at most " + to_dollars(first.cost) + " for this request"
                          : std::string("no target's price is known");
  return plan;
}

}  // namespace yoke
