#include "runtime/loop/clock.h"

#include <time.h>

#include <atomic>
#include <limits>

#include "runtime/loop/boot_clock.h"

namespace yoke {
namespace {

constexpr LoopClock::rep kReal = std::numeric_limits<LoopClock::rep>::min();

// The one switch of the process-wide clock; a clock type cannot carry state.
std::atomic<LoopClock::rep> virtual_now_ns{kReal};
std::atomic<LoopClock::rep> virtual_sleep_ns{0};

}  // namespace

LoopClock::time_point LoopClock::now() noexcept {
  const rep virtual_ns = virtual_now_ns.load(std::memory_order_acquire);
  if (virtual_ns != kReal) return time_point(duration(virtual_ns));
  const auto real = std::chrono::steady_clock::now().time_since_epoch();
  return time_point(std::chrono::duration_cast<duration>(real));
}

void LoopClock::make_virtual(time_point start) {
  virtual_sleep_ns.store(0, std::memory_order_release);
  virtual_now_ns.store(start.time_since_epoch().count(), std::memory_order_release);
}

void LoopClock::advance(duration by) {
  virtual_now_ns.fetch_add(by.count(), std::memory_order_acq_rel);
}

void LoopClock::make_real() { virtual_now_ns.store(kReal, std::memory_order_release); }

BootClock::time_point BootClock::now() noexcept {
  const rep virtual_ns = virtual_now_ns.load(std::memory_order_acquire);
  if (virtual_ns != kReal) {
    return time_point(duration(virtual_ns + virtual_sleep_ns.load(std::memory_order_acquire)));
  }
  struct timespec real = {};
  ::clock_gettime(CLOCK_BOOTTIME, &real);
  return time_point(std::chrono::seconds(real.tv_sec) + std::chrono::nanoseconds(real.tv_nsec));
}

void BootClock::sleep(duration length) {
  virtual_sleep_ns.fetch_add(length.count(), std::memory_order_acq_rel);
}

Micros SystemWallClock::now() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(wall).count();
}

}  // namespace yoke
