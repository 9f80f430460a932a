#pragma once

#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

// A latch that one coroutine waits at: notify() opens it, the wait that passes closes it again.
//
// Ownership: outlives its waiter, save when the loop itself is destroyed: then any order is safe,
// and
//            a signal may outlive the loop.
// Threads:   loop thread only.
// Cancellation: wait() throws; a notification that came is kept for the next wait.
// Limits:    one waiter at a time (ENSURE).
class Signal {
 public:
  Signal() = default;
  ~Signal();
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;

  void notify();  // wakes the waiter, or the next one; never resumes it inside this call
  awaitable<void> wait();
  awaitable<bool> wait_until(Deadline until);  // false: it passed, and nothing came
  bool is_set() const { return set_; }

 private:
  struct Waiter;

  Waiter* waiter_ = nullptr;
  bool set_ = false;
};

}  // namespace yoke
