#include "models/routes/plan.h"

#include <array>
#include <numeric>

namespace yoke {
namespace {

constexpr std::array kStrategies{
    StrategyRow{"fallback", plan_fallback, 0}, StrategyRow{"weighted", plan_weighted, 0},
    StrategyRow{"cascade", plan_cascade, 0},   StrategyRow{"fastest", plan_fastest, 0.05},
    StrategyRow{"cheapest", plan_cheapest, 0}, StrategyRow{"hedged", plan_hedged, 0.05},
    StrategyRow{"shadow", plan_shadow, 1},
};

}  // namespace

const StrategyRow* find_strategy(std::string_view name) {
  for (const StrategyRow& row : kStrategies) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::vector<std::string> strategy_names() {
  std::vector<std::string> names;
  for (const StrategyRow& row : kStrategies) names.emplace_back(row.name);
  return names;
}

std::vector<std::size_t> as_listed(std::size_t count) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  return order;
}

double random_share(Random& random) {
  constexpr double kSteps = 9007199254740992.0;  // 2^53: what a double tells apart
  return static_cast<double>(random.next() >> 11) / kSteps;
}

RoutePlan plan_fallback(PlanInput& input) {
  RoutePlan plan;
  plan.order = as_listed(input.targets.size());
  return plan;
}

RoutePlan plan_cascade(PlanInput& input) {
  RoutePlan plan;
  plan.order = as_listed(input.targets.size());
  return plan;
}

}  // namespace yoke
