#include <algorithm>
#include <cstdio>
#include <numeric>

#include "models/routes/plan.h"
#include "runtime/base/hash.h"

namespace yoke {
namespace {

// Where a conversation stands between 0 and 1: always at the same place.
double place_of(std::string_view conversation) {
  const Hash digest = sha256(conversation);
  double place = 0;
  for (std::size_t at = 7; at-- > 0;) {
    place = (place + digest[at]) / 256.0;
  }
  return place;
}

std::string percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.4g%%", share * 100);
  return text;
}

}  // namespace

// The targets share the conversations by weight. A conversation stays with its target, so that a
// trial never compares two halves of one; the others follow by weight, should it fail.
RoutePlan plan_weighted(PlanInput& input) {
  const std::vector<double>& weights = input.settings.weights;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  const double place =
      input.conversation.empty() ? random_share(input.random) : place_of(input.conversation);
  std::size_t chosen = 0;
  double below = 0;
  for (std::size_t at = 0; at < weights.size(); ++at) {
    if (weights[at] <= 0) continue;
    chosen = at;
    below += weights[at];
    if (place * sum < below) break;
  }
  RoutePlan plan;
  plan.order = as_listed(input.targets.size());
  std::stable_sort(plan.order.begin(), plan.order.end(), [&](std::size_t a, std::size_t b) {
    if ((a == chosen) != (b == chosen)) return a == chosen;
    return weights[a] > weights[b];
  });
  plan.why = "its share is " + percent(weights[chosen] / sum);
  return plan;
}

}  // namespace yoke
