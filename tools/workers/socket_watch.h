#pragma once

#include <functional>
#include <memory>

#include "runtime/loop/asio.h"

namespace yoke {

// Tells on the loop whenever a socket can be read and, when asked to, once it can be written.
//
// Ownership: borrows the descriptor, which must outlive it. A callback may destroy it.
// Threads:   loop thread only.
class SocketWatch {
 public:
  SocketWatch(const asio::any_io_executor& executor, int socket, std::function<void()> readable);
  ~SocketWatch();
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  void when_writable(std::function<void()> writable);  // one at a time

 private:
  struct State;
  std::shared_ptr<State> state_;  // shared with a callback that is running
};

}  // namespace yoke
