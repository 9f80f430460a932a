#include "runtime/loop/deadline.h"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace yoke {
namespace detail {

std::exception_ptr race_failure(std::exception_ptr failure, bool timer_won) {
  if (!failure || !timer_won) return failure;
  // The work may have failed by itself in the same instant; only our own cancelling is a timeout.
  if (!is_cancellation(failure)) return failure;
  return std::make_exception_ptr(DeadlineExceeded());
}

}  // namespace detail

bool is_cancellation(const std::exception_ptr& failure) {
  if (!failure) return false;
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

awaitable<void> sleep_until(Deadline at) {
  const auto executor = co_await asio::this_coro::executor;
  Timer timer(executor, at);
  co_await timer.async_wait(asio::use_awaitable);
}

template <>
awaitable<void> with_deadline(Deadline deadline, awaitable<void> work) {
  if (deadline == kNoDeadline) {
    co_await std::move(work);
    co_return;
  }
  const auto executor = co_await asio::this_coro::executor;
  Timer timer(executor, deadline);
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred), timer.async_wait(asio::deferred));
  const asio::experimental::wait_for_one first;
  auto [order, failure, timer_error] = co_await race.async_wait(first, asio::use_awaitable);
  failure = detail::race_failure(failure, order[0] == 1 && !timer_error);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace yoke
