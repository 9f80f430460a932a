#include "models/routes/pace.h"

#include <algorithm>
#include <limits>

namespace yoke {

void Pace::learn(double ms, Time now) {
  constexpr double kWeight = 0.2;  // of the newest answer
  mean_ms_ = known_ ? (1 - kWeight) * mean_ms_ + kWeight * ms : ms;
  known_ = true;
  observed_at_ = now;
}

void Pace::observe(Span first, Time now) {
  const auto bounded = std::clamp<Span::rep>(first.count(), 0, std::numeric_limits<int>::max());
  samples_[count_ % kSamples] = static_cast<std::int32_t>(bounded);
  ++count_;
  learn(static_cast<double>(bounded), now);
}

void Pace::fail(Time now) {
  constexpr double kAsIfMs = 30'000;
  learn(kAsIfMs, now);
}

std::optional<Pace::Span> Pace::p95() const {
  if (count_ < kSamplesForQuantile) return std::nullopt;
  auto sorted = samples_;
  const std::size_t count = std::min(count_, kSamples);
  const std::size_t rank = (count * 95 + 99) / 100 - 1;  // the nearest-rank quantile
  const auto nth = sorted.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(sorted.begin(), nth, sorted.begin() + static_cast<std::ptrdiff_t>(count));
  return Span(*nth);
}

}  // namespace yoke
