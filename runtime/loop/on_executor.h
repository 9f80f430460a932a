#pragma once

#include <optional>
#include <utility>

#include "runtime/loop/asio.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace detail {

template <class T>
awaitable<void> keep_value(awaitable<T> work, std::optional<T>& value) {
  T result = co_await std::move(work);
  value.emplace(std::move(result));
}

}  // namespace detail

// Runs `work` on another executor of the same loop, such as a line of FairTurns, and comes back.
// Not by co_spawn() alone: where executors differ, Asio 1.81 hands a cancellation on to work that
// may have ended by then.
// Cancelled: cancels the work, which has ended when this throws.
template <class T>
awaitable<T> on_executor(asio::any_io_executor executor, awaitable<T> work) {
  std::optional<T> value;
  TaskGroup there(std::move(executor));
  there.spawn(detail::keep_value(std::move(work), value));
  co_await there.join();
  co_return std::move(*value);
}

template <>
inline awaitable<void> on_executor(asio::any_io_executor executor, awaitable<void> work) {
  TaskGroup there(std::move(executor));
  there.spawn(std::move(work));
  co_await there.join();
}

}  // namespace yoke
