#pragma once

#include <utility>

#include "runtime/loop/asio.h"

namespace yoke {

// Runs `work` on another executor of the same loop, such as a line of FairTurns, and comes back.
// Cancelled: cancels the work, which has ended when this throws.
template <class T>
awaitable<T> on_executor(asio::any_io_executor executor, awaitable<T> work) {
  co_return co_await asio::co_spawn(executor, std::move(work), asio::use_awaitable);
}

}  // namespace yoke
