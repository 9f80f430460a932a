#pragma once

#include <boost/asio/post.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "runtime/loop/asio.h"

namespace yoke {

// The way from another thread to a loop: open while the loop exists, so that whatever owns the
// thread may outlive it.
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

// The door of the executor's loop, shut when that loop is destroyed; shared by all who may still
// knock then. On the loop thread.
std::shared_ptr<LoopDoor> loop_door(const asio::any_io_executor& executor);

// The kernel keeps 15 characters of a thread's name.
void name_thread(std::thread& thread, const std::string& name);

}  // namespace yoke
