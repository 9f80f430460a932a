#include "runtime/loop/signal.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/base/ensure.h"

namespace yoke {

// Lives in the frame of wait(). A timer that never expires is the one thing to wait for that Asio
// both cancels and cleans up when the loop goes.
struct Signal::Waiter {
  Waiter(Signal& owner, const asio::any_io_executor& executor, Deadline until)
      : signal(&owner), timer(executor, until) {
    ENSURE(signal->waiter_ == nullptr);
    signal->waiter_ = this;
  }
  ~Waiter() {
    if (signal != nullptr) signal->waiter_ = nullptr;
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Signal* signal;
  Timer timer;
};

Signal::~Signal() {
  if (waiter_ != nullptr) waiter_->signal = nullptr;
}

void Signal::notify() {
  if (set_) return;
  set_ = true;
  if (waiter_ != nullptr) waiter_->timer.cancel();
}

awaitable<void> Signal::wait() { co_await wait_until(kNoDeadline); }

awaitable<bool> Signal::wait_until(Deadline until) {
  if (!set_) {
    const auto executor = co_await asio::this_coro::executor;
    Waiter waiter(*this, executor, until);
    auto [error] = co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    if (!error && !set_) co_return false;
  }
  if (!set_) throw boost::system::system_error(asio::error::operation_aborted, "wait");
  set_ = false;
  co_return true;
}

}  // namespace yoke
