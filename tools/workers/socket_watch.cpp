#include "tools/workers/socket_watch.h"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <utility>

namespace yoke {

struct SocketWatch::State {
  State(const asio::any_io_executor& executor, int socket, std::function<void()> callback)
      : descriptor(executor, socket), readable(std::move(callback)) {}
  // The descriptor is another's: it is let go, not closed.
  ~State() { descriptor.release(); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static void wait(const std::shared_ptr<State>& state) {
    state->descriptor.async_wait(
        asio::posix::descriptor_base::wait_read,
        [weak = std::weak_ptr<State>(state)](const boost::system::error_code& failed) {
          const std::shared_ptr<State> alive = weak.lock();
          if (failed || alive == nullptr) return;
          alive->readable();
          if (!alive->over) wait(alive);
        });
  }

  asio::posix::stream_descriptor descriptor;
  std::function<void()> readable;
  bool over = false;
};

SocketWatch::SocketWatch(const asio::any_io_executor& executor, int socket,
                         std::function<void()> readable)
    : state_(std::make_shared<State>(executor, socket, std::move(readable))) {
  State::wait(state_);
}

SocketWatch::~SocketWatch() {
  state_->over = true;
  state_->descriptor.cancel();
}

void SocketWatch::when_writable(std::function<void()> writable) {
  state_->descriptor.async_wait(
      asio::posix::descriptor_base::wait_write,
      [weak = std::weak_ptr<State>(state_),
       writable = std::move(writable)](const boost::system::error_code& failed) {
        const std::shared_ptr<State> alive = weak.lock();
        if (!failed && alive != nullptr && !alive->over) writable();
      });
}

}  // namespace yoke
