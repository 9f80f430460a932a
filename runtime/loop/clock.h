#pragma once

#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>

#include "runtime/base/time.h"

namespace yoke {

// The monotonic clock all timers and deadlines use. Real unless a test makes it virtual.
// Threads: now() from any; the virtual controls only while no loop runs on another thread.
struct LoopClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LoopClock>;
  static constexpr bool is_steady = true;

  static time_point now() noexcept;

  static void make_virtual(time_point start);  // from here time moves only by advance()
  static void advance(duration by);
  static void make_real();
};

using Deadline = LoopClock::time_point;
inline constexpr Deadline kNoDeadline = Deadline::max();

using Timer = boost::asio::basic_waitable_timer<LoopClock>;

// Wall time, for what people read and what is journaled; never for deciding how long to wait.
class WallClock {
 public:
  virtual ~WallClock() = default;
  virtual Micros now() = 0;
};

class SystemWallClock final : public WallClock {
 public:
  Micros now() override;
};

}  // namespace yoke
