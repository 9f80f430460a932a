#include "hosts/hook/telemetry/log_bound.h"

#include <utility>

namespace yoke {
namespace {

constexpr std::chrono::minutes kWindow{1};

}  // namespace

LogBound::Verdict LogBound::take(const std::string& kind, const std::string& sender,
                                 LoopClock::time_point now) {
  if (all_.since + kWindow <= now) {
    all_.since = now;
    all_.lines = 0;
    forget_quiet(now);
  }
  std::string key = kind;
  key += '\n';  // neither has one
  key += sender;
  if (known_.size() >= kLogSendersMax && !known_.contains(key)) {
    ++all_.left_out;
    return {};
  }
  Known& known = known_.try_emplace(std::move(key), Known{now}).first->second;
  if (known.since + kWindow <= now) {
    known.since = now;
    known.lines = 0;
  }
  if (known.lines >= kLogLinesEach || all_.lines >= kLogLinesAll) {
    ++known.left_out;
    return {};
  }
  ++known.lines;
  ++all_.lines;
  return Verdict{true, std::exchange(known.left_out, 0), std::exchange(all_.left_out, 0)};
}

// What was left out of theirs is told with the next line of anybody.
void LogBound::forget_quiet(LoopClock::time_point now) {
  for (auto each = known_.begin(); each != known_.end();) {
    const bool quiet = each->second.since + kWindow <= now;
    if (quiet) all_.left_out += each->second.left_out;
    each = quiet ? known_.erase(each) : std::next(each);
  }
}

}  // namespace yoke
