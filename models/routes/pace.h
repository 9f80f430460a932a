#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "runtime/loop/clock.h"

namespace yoke {

// How soon a target began to answer, of late: the time to the first piece of a stream. Pure.
//
// Limits: the last kSamples answers count towards the quantile.
class Pace {
 public:
  using Time = LoopClock::time_point;
  using Span = std::chrono::milliseconds;
  static constexpr std::size_t kSamples = 128;
  static constexpr std::size_t kSamplesForQuantile = 10;  // with fewer it would say nothing

  void observe(Span first, Time now);
  void fail(Time now);  // it did not answer: slow, but no sample for the quantile
  bool is_known() const { return known_; }
  Time observed_at() const { return observed_at_; }
  // A mean in which an old answer weighs ever less.
  Span mean() const { return Span(static_cast<Span::rep>(mean_ms_)); }
  // Within which 95 of 100 answers had begun; none with too few answers.
  std::optional<Span> p95() const;

  bool is_blind = false;  // it answered only once a request had no more images
  int in_flight = 0;      // requests that have not begun to answer
  // The mean, as the next request would find it: behind those that are still waiting.
  double score() const { return mean_ms_ * (1 + in_flight); }

 private:
  void learn(double ms, Time now);

  std::array<std::int32_t, kSamples> samples_{};
  std::size_t count_ = 0;  // observed in all
  bool known_ = false;
  double mean_ms_ = 0;
  Time observed_at_ = Time::min();
};

// Lets a share of many calls through, spread out over them: 0.05 is every twentieth. It saves up at
// most one.
class ShareBucket {
 public:
  explicit ShareBucket(double share) : share_(share) {}

  void arrive() { saved_ = saved_ + share_ > 1 ? 1 : saved_ + share_; }  // one more call
  bool has_one() const { return saved_ > 1 - 1e-9; }
  bool take() {
    if (!has_one()) return false;
    saved_ -= 1;
    return true;
  }

 private:
  double share_;
  double saved_ = 0;
};

}  // namespace yoke
