#pragma once

#include <chrono>
#include <map>
#include <string>

#include "hosts/keys/key_record.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Counts the requests of each key: so many at once, and as many again in each window, evenly.
class RateMeter {
 public:
  struct Verdict {
    bool let_in = true;
    RateLeft left;
    std::chrono::milliseconds retry_after{0};  // when it was not let in
  };
  Verdict take(const std::string& who, const KeyRate& rate, LoopClock::time_point now);

 private:
  // When all of the burst is there again, by who asks.
  std::map<std::string, LoopClock::time_point> full_at_;
};

}  // namespace yoke
