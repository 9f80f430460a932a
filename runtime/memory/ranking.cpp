#include "runtime/memory/ranking.h"

#include <algorithm>
#include <cmath>

namespace yoke::recall {
namespace {

constexpr double kSaturation = 1.2;
constexpr double kLengthShare = 0.75;
constexpr double kFusionOffset = 60;

}  // namespace

double bm25(const Collection& all, std::int64_t holders, std::int64_t times, std::int64_t length) {
  const auto entries = static_cast<double>(std::max<std::int64_t>(all.entries, 1));
  const auto with = std::min(static_cast<double>(holders), entries);
  const double usual = std::max(static_cast<double>(all.words) / entries, 1.0);
  const double rarity = std::log(1 + (entries - with + 0.5) / (with + 0.5));
  const double relative = static_cast<double>(length) / usual;
  const auto often = static_cast<double>(times);
  const double weight = often * (kSaturation + 1) /
                        (often + kSaturation * (1 - kLengthShare + kLengthShare * relative));
  return rarity * weight;
}

std::vector<Ranked> best_of(const std::unordered_map<std::int64_t, double>& scores,
                            std::size_t most) {
  std::vector<Ranked> all;
  all.reserve(scores.size());
  for (const auto& [entry, score] : scores) all.push_back({entry, score});
  const auto better = [](const Ranked& a, const Ranked& b) {
    return a.score != b.score ? a.score > b.score : a.entry > b.entry;
  };
  const std::size_t kept = std::min(most, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    better);
  all.resize(kept);
  return all;
}

std::vector<Ranked> fused(std::span<const std::vector<Ranked>> lists) {
  std::unordered_map<std::int64_t, double> scores;
  for (const std::vector<Ranked>& list : lists) {
    for (std::size_t place = 0; place < list.size(); ++place) {
      scores[list[place].entry] += 1 / (kFusionOffset + static_cast<double>(place + 1));
    }
  }
  return best_of(scores, scores.size());
}

}  // namespace yoke::recall
