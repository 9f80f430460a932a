#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace yoke {

// Many clients of a server at 127.0.0.1, in one thread, that cost little beside it. Fault: a
// connection breaks, or a reply has another status than 2xx.

struct LoadResult {
  double seconds = 0;
  std::vector<double> ms;  // of each request
};
struct Load {
  std::string request;
  int connections = 1;
};
// Each connection asks again as soon as it has its reply, whose length its head says. Several loads
// run at the same time; the results are in their order.
std::vector<LoadResult> ask_side_by_side(std::uint16_t port, const std::vector<Load>& loads,
                                         double seconds);
// One load by itself.
LoadResult ask_again_and_again(std::uint16_t port, const std::string& request, int connections,
                               double seconds);

// One request; the reply's body.
std::string ask_once(std::uint16_t port, const std::string& request);

// Clients that have asked for a stream and wait for what comes.
class Watchers {
 public:
  Watchers(std::uint16_t port, const std::string& request, std::size_t count);
  ~Watchers();
  Watchers(const Watchers&) = delete;
  Watchers& operator=(const Watchers&) = delete;

  // Waits until each has got `text`, which comes once; the moments (wall_ms) at which they did.
  std::vector<double> wait_for(const std::string& text);

 private:
  struct Client {
    int socket = -1;
    bool has_it = false;
    std::string tail;  // of what came, in case the text was cut
  };

  int poll_ = -1;
  std::vector<Client> clients_;
};

// A vendor of models with one customer at a time, whose answer comes when the bench says so.
class SlowVendor {
 public:
  SlowVendor();
  ~SlowVendor();
  SlowVendor(const SlowVendor&) = delete;
  SlowVendor& operator=(const SlowVendor&) = delete;

  std::uint16_t port() const { return port_; }
  void take_request();                // waits for it, and begins the answer
  void say(const std::string& text);  // one piece
  void finish();

 private:
  void send(const std::string& bytes);

  int listener_ = -1;
  int customer_ = -1;
  std::uint16_t port_ = 0;
};

std::uint16_t free_port();

}  // namespace yoke
