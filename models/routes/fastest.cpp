#include <algorithm>

#include "models/routes/plan.h"

namespace yoke {
namespace {

constexpr std::chrono::seconds kStaleAfter{60};

std::string words_of(Pace::Span mean) { return std::to_string(mean.count()) + " ms"; }

// One whose pace is not known, or was seen longest ago; none when all were seen of late.
std::optional<std::size_t> least_known(const PlanInput& input) {
  std::optional<std::size_t> found;
  for (std::size_t at = 0; at < input.targets.size(); ++at) {
    const Pace& pace = *input.targets[at].pace;
    if (pace.in_flight > 0) continue;  // it is being found out
    if (pace.is_known() && input.now - pace.observed_at() < kStaleAfter) continue;
    if (!found || pace.observed_at() < input.targets[*found].pace->observed_at()) found = at;
  }
  return found;
}

// The better one of two that are drawn: so a target that was best once is not run over by all.
std::size_t better_of_two(PlanInput& input, const std::vector<std::size_t>& known) {
  const std::size_t first = input.random.next() % known.size();
  std::size_t second = input.random.next() % (known.size() - 1);
  if (second >= first) ++second;
  const double first_score = input.targets[known[first]].pace->score();
  const double second_score = input.targets[known[second]].pace->score();
  return known[second_score < first_score ? second : first];
}

}  // namespace

// The better of two targets drawn at random, by the time to the first piece of late. One that was
// never seen is tried at once; one that was not seen for a minute, within the share for exploring.
RoutePlan plan_fastest(PlanInput& input) {
  input.memory.extra.arrive();
  RoutePlan plan;
  plan.order = as_listed(input.targets.size());
  const auto score = [&input](std::size_t at) {
    const Pace& pace = *input.targets[at].pace;
    return pace.is_known() ? pace.score() : 0;
  };
  std::stable_sort(plan.order.begin(), plan.order.end(),
                   [&score](std::size_t a, std::size_t b) { return score(a) < score(b); });
  std::vector<std::size_t> known;
  for (const std::size_t at : plan.order) {
    if (input.targets[at].pace->is_known()) known.push_back(at);
  }
  std::size_t first = plan.order.front();
  const auto explored = least_known(input);
  const bool never_seen = explored && !input.targets[*explored].pace->is_known();
  if (explored && (never_seen || input.memory.extra.take())) {
    first = *explored;
    plan.why = never_seen ? "how soon it answers is not known yet"
                          : "how soon it answers was not seen for a while";
  } else if (!known.empty()) {
    first = known.size() == 1 ? known.front() : better_of_two(input, known);
    plan.why = "it begins to answer within " + words_of(input.targets[first].pace->mean());
  }
  const auto chosen = std::find(plan.order.begin(), plan.order.end(), first);
  std::rotate(plan.order.begin(), chosen, chosen + 1);
  return plan;
}

}  // namespace yoke
