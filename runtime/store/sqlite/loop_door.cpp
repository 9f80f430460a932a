#include "runtime/store/sqlite/loop_door.h"

#include <pthread.h>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <vector>

namespace yoke::sqlite {
namespace {

// Asio tells its services when the loop is destroyed; this one shuts the stores' doors then.
class StoreDoors final : public asio::execution_context::service {
 public:
  using key_type = StoreDoors;
  inline static asio::execution_context::id id;

  explicit StoreDoors(asio::execution_context& context) : service(context) {}

  std::shared_ptr<LoopDoor> add(const asio::any_io_executor& executor) {
    std::erase_if(doors_, [](const std::weak_ptr<LoopDoor>& door) { return door.expired(); });
    auto door = std::make_shared<LoopDoor>(executor);
    doors_.push_back(door);
    return door;
  }

 private:
  void shutdown() override {
    for (const std::weak_ptr<LoopDoor>& door : doors_) {
      if (const std::shared_ptr<LoopDoor> open = door.lock()) open->shut();
    }
  }

  std::vector<std::weak_ptr<LoopDoor>> doors_;
};

}  // namespace

void LoopDoor::shut() {
  const std::lock_guard lock(mutex_);
  executor_ = asio::any_io_executor();
}

std::shared_ptr<LoopDoor> loop_door(const asio::any_io_executor& executor) {
  auto& context = asio::query(executor, asio::execution::context);
  return asio::use_service<StoreDoors>(context).add(executor);
}

void name_thread(std::thread& thread, const char* name) {
  pthread_setname_np(thread.native_handle(), name);
}

}  // namespace yoke::sqlite
