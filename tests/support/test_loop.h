#pragma once

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <exception>
#include <optional>
#include <utility>

#include "runtime/base/ensure.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

// A loop whose time moves only when told to. One at a time: the clock is the process's.
class TestLoop {
 public:
  TestLoop() { LoopClock::make_virtual(LoopClock::time_point(std::chrono::hours(1))); }
  ~TestLoop() { LoopClock::make_real(); }
  TestLoop(const TestLoop&) = delete;
  TestLoop& operator=(const TestLoop&) = delete;

  void settle() {  // runs what can run now
    io.restart();
    io.poll();
  }

  void advance(LoopClock::duration by) {
    LoopClock::advance(by);
    // Earlier than any timer, so it makes the reactor look at its timers again.
    Timer kick(io, LoopClock::time_point(-std::chrono::hours(1)));
    kick.async_wait([](boost::system::error_code) {});
    settle();
  }

  asio::any_io_executor executor() { return io.get_executor(); }

  asio::io_context io{1};
};

// How a coroutine that a test started is doing. Outlives the loop it was started on.
template <class T>
class Started {
 public:
  Started() = default;
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;

  void on(asio::io_context& io, awaitable<T> work) {
    auto done = [this](std::exception_ptr failure, T value) {
      failure_ = failure;
      if (!failure) value_.emplace(std::move(value));
      ended_ = true;
    };
    asio::co_spawn(io, std::move(work), std::move(done));
  }

  bool ended() const { return ended_; }
  std::exception_ptr failure() const { return failure_; }
  T& value() {
    ENSURE(ended_);
    if (failure_) std::rethrow_exception(failure_);
    return *value_;
  }

 private:
  bool ended_ = false;
  std::exception_ptr failure_;
  std::optional<T> value_;
};

template <>
class Started<void> {
 public:
  Started() = default;
  Started(const Started&) = delete;
  Started& operator=(const Started&) = delete;

  void on(asio::io_context& io, awaitable<void> work) {
    auto done = [this](std::exception_ptr failure) {
      failure_ = failure;
      ended_ = true;
    };
    asio::co_spawn(io, std::move(work), std::move(done));
  }

  bool ended() const { return ended_; }
  std::exception_ptr failure() const { return failure_; }

 private:
  bool ended_ = false;
  std::exception_ptr failure_;
};

// Runs the loop until `stop()` says true. Ends the test process when that takes 240 real seconds.
template <class Stop>
void run_until(asio::io_context& io, Stop stop) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(240);
  io.restart();
  while (!stop()) {
    ENSURE(std::chrono::steady_clock::now() < limit);
    io.run_one_for(std::chrono::milliseconds(20));
    if (io.stopped()) io.restart();
  }
}

// Runs the loop until `work` has ended; its result, or its exception.
template <class T>
T run(asio::io_context& io, awaitable<T> work) {
  Started<T> started;
  started.on(io, std::move(work));
  run_until(io, [&] { return started.ended(); });
  if (started.failure()) std::rethrow_exception(started.failure());
  if constexpr (!std::is_void_v<T>) return std::move(started.value());
}

}  // namespace yoke
