#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>
#include <vector>

#include "runtime/loop/asio.h"
#include "runtime/loop/task_group.h"

namespace yoke {

// A TCP peer on loopback that does, byte by byte, what a test tells it: a server as bad as they
// come.
class RawPeer {
 public:
  using Socket = asio::ip::tcp::socket;
  // Serves connection number `index` (from 0); the connection closes when it ends.
  using Script = std::function<awaitable<void>(Socket& socket, std::size_t index)>;

  RawPeer(asio::io_context& io, Script script);

  std::uint16_t port() const { return port_; }
  std::string url(const std::string& target = "/") const;
  std::size_t connections() const { return connections_; }

  // Reads up to the empty line of a message's head, and `body_bytes` more.
  static awaitable<std::string> read_message(Socket& socket, std::size_t body_bytes = 0);
  // Reads until the other side closes.
  static awaitable<std::string> read_all(Socket& socket);
  static awaitable<void> write(Socket& socket, std::string bytes);
  static awaitable<void> write_bytewise(Socket& socket, std::string bytes);
  static awaitable<void> wait_for_end(
      Socket& socket);  // until cancelled or closed by the other side

 private:
  awaitable<void> accept();
  awaitable<void> serve(Socket socket, std::size_t index);

  Script script_;
  asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  std::size_t connections_ = 0;
  TaskGroup tasks_;
};

// Sends `bytes` to a port of loopback and gives all that comes back until the other side closes.
awaitable<std::string> talk_raw(std::uint16_t port, std::string bytes);

}  // namespace yoke
