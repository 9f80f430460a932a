#pragma once

#include <atomic>
#include <future>

#include "tests/support/mock_socket.h"

namespace yoke::testing {

// A peer for peer.wait that answers "came" once it is let to. One that is never opened holds its
// caller for as long as it lives: what asks it is under way, however slow the machine is.
class GatedPeer {
 public:
  GatedPeer() : server_([this](const MockRequest&, MockConnection& to) { return answer(to); }) {}
  ~GatedPeer() { open(); }  // whoever waits in the server ends before it does
  GatedPeer(const GatedPeer&) = delete;
  GatedPeer& operator=(const GatedPeer&) = delete;

  int port() const { return server_.port(); }
  void wait_for_caller() const { called_.wait(); }
  void open() {
    if (!is_open_.exchange(true)) opening_.set_value();
  }

 private:
  bool answer(MockConnection& to) {
    if (!is_called_.exchange(true)) calling_.set_value();
    opened_.wait();
    return to.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ncame");
  }

  std::promise<void> calling_;
  std::promise<void> opening_;
  std::shared_future<void> called_ = calling_.get_future().share();
  std::shared_future<void> opened_ = opening_.get_future().share();
  std::atomic<bool> is_called_ = false;
  std::atomic<bool> is_open_ = false;
  MockServer server_;
};

}  // namespace yoke::testing
