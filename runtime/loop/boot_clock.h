#pragma once

#include "runtime/loop/clock.h"

namespace yoke {

// Like LoopClock, but it goes on while the machine sleeps: for what somebody else counts too, such
// as the time that a lease holds. Nothing can wait by it. Virtual when LoopClock is.
// Threads: as LoopClock.
struct BootClock {
  using duration = LoopClock::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;

  static void sleep(duration length);  // virtual time: the machine sleeps, LoopClock stands still
};

}  // namespace yoke
