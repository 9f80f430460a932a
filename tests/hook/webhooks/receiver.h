#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hosts/hook/webhooks/signature.h"
#include "runtime/base/json.h"
#include "runtime/http/server.h"
#include "tests/support/held_port.h"

namespace yoke::testing {

// Takes webhooks at a port of this machine, as whoever is told of runs would.
class Receiver {
 public:
  struct Taken {
    std::string id;  // webhook-id
    HttpHeaders headers;
    std::string body;
    Json payload;

    std::string type() const { return string_at(payload, "type"); }
    std::string run() const { return string_at(payload["data"], "run"); }
    // Whether the secret, as its owner has it, signed this not long before then.
    bool signed_by(const std::string& secret, Micros now) const;
  };

  Receiver(asio::any_io_executor executor, const HeldPort& port);  // it outlives this

  void open();
  void close() { server_.reset(); }
  std::uint16_t port() const { return port_.number(); }  // whether it is open or not
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port()) + "/in"; }

  std::vector<Taken> taken;                      // in their order
  std::deque<int> answers;                       // to those that come next; 204 afterwards
  std::function<void(const Taken&)> on_taken{};  // before it is answered

  std::vector<std::string> types_of(const std::string& run) const;

 private:
  awaitable<HttpReply> take(HttpRequest request);

  asio::any_io_executor executor_;
  const HeldPort& port_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace yoke::testing
