#include "runtime/loop/loop_end.h"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <list>
#include <utility>

namespace yoke {

// Asio tells its services when the loop is destroyed.
class LoopEndService final : public asio::execution_context::service {
 public:
  using key_type = LoopEndService;
  inline static asio::execution_context::id id;

  explicit LoopEndService(asio::execution_context& context) : service(context) {}

  void add(LoopEnd* end) { ends_.push_back(end); }
  void remove(LoopEnd* end) { ends_.remove(end); }

 private:
  void shutdown() override {
    while (!ends_.empty()) {
      LoopEnd* end = ends_.front();
      ends_.pop_front();
      end->service_ = nullptr;
      const auto action = std::move(end->action_);
      action();  // may destroy `end`
    }
  }

  std::list<LoopEnd*> ends_;
};

LoopEnd::LoopEnd(const asio::any_io_executor& executor, std::function<void()> action)
    : action_(std::move(action)) {
  auto& context = asio::query(executor, asio::execution::context);
  service_ = &asio::use_service<LoopEndService>(context);
  service_->add(this);
}

LoopEnd::~LoopEnd() {
  if (service_ != nullptr) service_->remove(this);
}

}  // namespace yoke
