#pragma once

#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "runtime/loop/asio.h"

namespace yoke::sqlite {

// The way from another thread to a loop: open while the loop exists, so that a store may outlive
// it.
//
// Threads: any.
class LoopDoor {
 public:
  explicit LoopDoor(asio::any_io_executor executor) : executor_(std::move(executor)) {}

  template <class F>
  void post(F work) {  // dropped when the loop has gone
    const std::lock_guard lock(mutex_);
    if (executor_) asio::post(executor_, std::move(work));
  }

  void shut();

 private:
  std::mutex mutex_;
  asio::any_io_executor executor_;
};

// A new door to the executor's loop, shut when that loop is destroyed. On the loop thread.
std::shared_ptr<LoopDoor> loop_door(const asio::any_io_executor& executor);

void name_thread(std::thread& thread, const char* name);

}  // namespace yoke::sqlite
