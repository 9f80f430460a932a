#include "hosts/hook/keys/rate_meter.h"

#include <algorithm>

namespace yoke {
namespace {

constexpr std::size_t kKnownMax = 20'000;

template <class To>
To rounded_up(LoopClock::duration span) {
  return std::chrono::ceil<To>(std::max(span, LoopClock::duration::zero()));
}

}  // namespace

RateMeter::Verdict RateMeter::take(const std::string& who, const KeyRate& rate,
                                   LoopClock::time_point now) {
  if (full_at_.size() >= kKnownMax) {
    std::erase_if(full_at_, [&](const auto& known) { return known.second <= now; });
  }
  const LoopClock::duration window = rate.window;
  const LoopClock::duration each = window / rate.requests;
  LoopClock::time_point& full_at = full_at_[who];
  full_at = std::max(full_at, now);
  Verdict verdict;
  verdict.left.limit = rate.requests;
  verdict.left.window = rate.window;
  const LoopClock::duration late = full_at + each - (now + window);
  verdict.let_in = late <= LoopClock::duration::zero();
  if (verdict.let_in) {
    full_at += each;
    verdict.left.left = (now + window - full_at) / each;
  } else {
    verdict.retry_after = rounded_up<std::chrono::milliseconds>(late);
  }
  verdict.left.full_in = rounded_up<std::chrono::seconds>(full_at - now);
  return verdict;
}

}  // namespace yoke
