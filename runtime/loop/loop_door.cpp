#include "runtime/loop/loop_door.h"

#include <pthread.h>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>

namespace yoke {
namespace {

// Asio tells its services when the loop is destroyed; this one shuts the door then.
class DoorService final : public asio::execution_context::service {
 public:
  using key_type = DoorService;
  inline static asio::execution_context::id id;

  explicit DoorService(asio::execution_context& context) : service(context) {}

  const std::shared_ptr<LoopDoor>& door() {
    if (!door_) {
      auto& loop = static_cast<asio::io_context&>(context());  // there are no others here
      door_ = std::make_shared<LoopDoor>(loop.get_executor());
    }
    return door_;
  }

 private:
  void shutdown() override {
    if (door_) door_->shut();
  }

  std::shared_ptr<LoopDoor> door_;  // shared with the other threads
};

}  // namespace

void LoopDoor::shut() {
  const std::lock_guard lock(mutex_);
  executor_ = asio::any_io_executor();
}

std::shared_ptr<LoopDoor> loop_door(const asio::any_io_executor& executor) {
  auto& context = asio::query(executor, asio::execution::context);
  return asio::use_service<DoorService>(context).door();
}

void name_thread(std::thread& thread, const std::string& name) {
  pthread_setname_np(thread.native_handle(), name.substr(0, 15).c_str());
}

}  // namespace yoke
