#include "bench/pace.h"

#include <cmath>

#include "bench/measure.h"
#include "runtime/loop/clock.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

using Work = std::function<asio::awaitable<void>()>;

asio::awaitable<void> one(const Work& work, double due, std::vector<double>& times) {
  auto doing = work();
  co_await std::move(doing);
  times.push_back(wall_ms() - due);
}

asio::awaitable<void> all(double a_second, int count, const Work& work,
                          std::vector<double>& times) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup group(executor);
  const auto began = LoopClock::now();
  const double began_ms = wall_ms();
  for (int at = 0; at < count; ++at) {
    const double due = at / a_second;
    auto sleeping = sleep_until(began + std::chrono::nanoseconds(std::llround(due * 1e9)));
    co_await std::move(sleeping);
    group.spawn(one(work, began_ms + due * 1e3, times));
  }
  co_await group.join();
}

}  // namespace

std::vector<double> run_paced(asio::io_context& io, double a_second, int count, const Work& work) {
  std::vector<double> times;
  std::exception_ptr failure;
  io.restart();
  asio::co_spawn(io, all(a_second, count, work, times), [&](std::exception_ptr thrown) {
    failure = thrown;
    io.stop();
  });
  io.run();
  if (failure) std::rethrow_exception(failure);
  return times;
}

}  // namespace yoke
