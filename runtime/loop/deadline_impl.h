#pragma once

// with_deadline, included by deadline.h only.
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <utility>

namespace yoke {
namespace detail {

// What a lost race means: nothing when the work ended well, else the exception to throw.
std::exception_ptr race_failure(std::exception_ptr failure, bool timer_won);

}  // namespace detail

// Runs `work` until it ends or `deadline` passes; then the work is cancelled, has ended when this
// throws DeadlineExceeded. Work that ends just in time keeps its result.
// Cancelled: cancels the work and rethrows what it ended with.
template <class T>  // T is default-constructible
awaitable<T> with_deadline(Deadline deadline, awaitable<T> work) {
  if (deadline == kNoDeadline) co_return co_await std::move(work);
  const auto executor = co_await asio::this_coro::executor;
  Timer timer(executor, deadline);
  auto race = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred), timer.async_wait(asio::deferred));
  const asio::experimental::wait_for_one first;
  auto [order, failure, value, timer_error] = co_await race.async_wait(first, asio::use_awaitable);
  failure = detail::race_failure(failure, order[0] == 1 && !timer_error);
  if (failure) std::rethrow_exception(failure);
  co_return std::move(value);
}

template <>
awaitable<void> with_deadline(Deadline deadline, awaitable<void> work);

}  // namespace yoke
