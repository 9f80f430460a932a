#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "models/routes/pace.h"
#include "models/routes/settings.h"
#include "runtime/base/id.h"
#include "runtime/base/money.h"

namespace yoke {

// What is known of a target when a route chooses.
struct TargetView {
  std::string_view name;
  NanoUsd cost = 0;        // of this request, at most
  bool priced = true;      // else its cost is not known
  std::string lacks = {};  // of what the request needs: "takes no images"; empty: nothing
  const Pace* pace = nullptr;
};

// What a route remembers between its calls.
struct RouteMemory {
  explicit RouteMemory(double share) : extra(share) {}
  ShareBucket extra;  // of requests beyond the plain one: hedges, explorations
};

struct PlanInput {
  const RouteSettings& settings;
  std::vector<TargetView> targets;  // as the settings list them; at least one
  std::string_view conversation;    // empty: none is known
  RouteMemory& memory;
  Random& random;
  Pace::Time now;
};

// Who is asked, in which order.
struct RoutePlan {
  std::vector<std::size_t> order;  // of targets
  std::string why = {};            // the first of them and no other, in few words; may be empty
  // The second is asked too when the first has not begun to answer by then.
  std::optional<std::chrono::milliseconds> hedge_after = {};
  std::vector<std::size_t> shadows = {};  // are to answer too, only to be compared
};

// One strategy each, in the file of its name. Pure, but for `memory` and `random`.
RoutePlan plan_fallback(PlanInput& input);
RoutePlan plan_weighted(PlanInput& input);
RoutePlan plan_cascade(PlanInput& input);
RoutePlan plan_fastest(PlanInput& input);
RoutePlan plan_cheapest(PlanInput& input);
RoutePlan plan_hedged(PlanInput& input);
RoutePlan plan_shadow(PlanInput& input);

struct StrategyRow {
  std::string_view name;
  RoutePlan (*plan)(PlanInput&);
  double share;  // when the route gives none
};
const StrategyRow* find_strategy(std::string_view name);  // null when there is none
std::vector<std::string> strategy_names();

// For strategies: 0, 1, 2 … `count` - 1.
std::vector<std::size_t> as_listed(std::size_t count);
double random_share(Random& random);  // from 0 to below 1

}  // namespace yoke
