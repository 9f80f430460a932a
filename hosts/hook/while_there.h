#pragma once

#include <optional>
#include <utility>

#include "hosts/hook/reply.h"
#include "runtime/http/server.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// What whoever has hung up is answered, should they read on after all. Of a status that is in no
// standard; logs of many servers have it.
Refusal hung_up();

namespace detail {

template <class T>
awaitable<void> keep_result(awaitable<T> wait, std::optional<T>& result, TaskGroup& pair) {
  T value = co_await std::move(wait);
  result.emplace(std::move(value));
  pair.cancel();
}

awaitable<void> cancel_when_gone(HttpCaller& caller, TaskGroup& pair);

}  // namespace detail

// Waits for as long as the client of the request is there. None: it went; the wait was cancelled
// and has ended. `caller` null: nobody is watched. Only for what may be given up at any point.
template <class T>
awaitable<std::optional<T>> while_there(HttpCaller* caller, awaitable<T> wait) {
  std::optional<T> result;
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup pair(executor);
  pair.spawn(detail::keep_result(std::move(wait), result, pair));
  const bool over = pair.running() == 0;
  if (caller != nullptr && !over) pair.spawn(detail::cancel_when_gone(*caller, pair));
  co_await pair.join();
  co_return result;
}

}  // namespace yoke
