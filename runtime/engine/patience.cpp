#include "runtime/engine/patience.h"

#include "runtime/loop/deadline.h"

namespace yoke {

awaitable<void> Patience::run_out() {
  while (true) {
    if (pauses_ > 0 || until_ == kNoDeadline) {
      co_await resumed_.wait();
      continue;
    }
    if (LoopClock::now() >= until_) co_return;
    const Deadline until = until_;
    co_await sleep_until(until);
  }
}

awaitable<ToolOutcome> with_patience(std::shared_ptr<Patience> patience,
                                     awaitable<ToolOutcome> work) {
  const auto executor = co_await asio::this_coro::executor;
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred),
      asio::co_spawn(executor, patience->run_out(), asio::deferred));
  const asio::experimental::wait_for_one first;
  auto [order, failure, value, up] = co_await race.async_wait(first, asio::use_awaitable);
  failure = detail::race_failure(failure, order[0] == 1 && !up);
  if (failure) std::rethrow_exception(failure);
  co_return std::move(value);
}

}  // namespace yoke
