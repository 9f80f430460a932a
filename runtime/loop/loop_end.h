#pragma once

#include <functional>

#include "runtime/loop/asio.h"

namespace yoke {

// Runs `action` when the loop is destroyed, while its sockets and timers may still be touched: for
// what owns such and may outlive the loop. Nothing happens when this goes first.
//
// Threads:   loop thread only.
class LoopEnd {
 public:
  LoopEnd(const asio::any_io_executor& executor, std::function<void()> action);
  ~LoopEnd();
  LoopEnd(const LoopEnd&) = delete;
  LoopEnd& operator=(const LoopEnd&) = delete;

 private:
  friend class LoopEndService;

  class LoopEndService* service_;
  std::function<void()> action_;
};

}  // namespace yoke
