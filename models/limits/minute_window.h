#pragma once

#include <cstdint>
#include <deque>

#include "runtime/loop/clock.h"

namespace yoke {

// What was let through in the last sixty seconds, and when more will fit: never more than `most` in
// any minute, however it is placed. An amount over `most` fits when the window is empty, for it
// would never go otherwise. Pure: the time is told, and never goes back.
class MinuteWindow {
 public:
  using Time = LoopClock::time_point;

  explicit MinuteWindow(std::int64_t most) : most_(most) {}

  Time fits_at(std::int64_t amount, Time now);  // `now` when it fits at once
  // The entry's number, to correct it by.
  std::uint64_t add(std::int64_t amount, Time now);
  // What it came to in the end; an entry that has left the window is left alone.
  void correct(std::uint64_t entry, std::int64_t amount);
  std::int64_t used(Time now);

 private:
  struct Entry {
    Time at;
    std::int64_t amount = 0;
  };
  void drop_old(Time now);

  const std::int64_t most_;
  std::deque<Entry> entries_;
  std::uint64_t first_ = 0;  // the number of entries_.front()
  std::int64_t used_ = 0;
};

}  // namespace yoke
