#pragma once

// The few Asio names that coroutines here use; narrow includes keep compile time down.
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace yoke {
namespace asio = boost::asio;
using asio::awaitable;
}  // namespace yoke
