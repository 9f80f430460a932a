#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "runtime/loop/clock.h"

namespace yoke {

// Which lines are written of those that anybody can cause: in a minute, of each kind from each
// sender the first few, and no more than so many of all. The rest is counted.
//
// Limits: kLogLinesEach, kLogLinesAll; it knows kLogSendersMax pairs of kind and sender, and counts
//         what others do without letting it be written.
class LogBound {
 public:
  struct Verdict {
    bool write = false;
    std::uint64_t left_out = 0;         // of this kind and sender since their last line
    std::uint64_t left_out_others = 0;  // of all others who are quiet again, since any line
  };
  Verdict take(const std::string& kind, const std::string& sender, LoopClock::time_point now);

 private:
  struct Known {
    LoopClock::time_point since;  // of the minute that is counted
    int lines = 0;
    std::uint64_t left_out = 0;
  };
  void forget_quiet(LoopClock::time_point now);

  std::map<std::string, Known> known_;
  Known all_{};
};

inline constexpr int kLogLinesEach = 5;
inline constexpr int kLogLinesAll = 100;
inline constexpr std::size_t kLogSendersMax = 5000;

}  // namespace yoke
