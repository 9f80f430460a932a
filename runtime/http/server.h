#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/http/http.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

class Connection;

// The body of a reply that is written piece by piece.
class HttpWriter {
 public:
  HttpWriter(Connection& connection, bool chunked, std::chrono::nanoseconds write_timeout);

  // Sends a piece at once. False: the client has gone, and nothing more need be written.
  awaitable<bool> write(std::string bytes);
  bool is_open() const { return open_; }

 private:
  friend class HttpConversation;

  Connection& connection_;
  const bool chunked_;
  const std::chrono::nanoseconds write_timeout_;
  bool open_ = true;
};

// Writes a body. Cancelled when the client goes away. It has ended when the writer goes.
using HttpStream = std::function<awaitable<void>(HttpWriter& writer)>;

struct HttpReply {
  int status = 200;
  HttpHeaders headers = {};
  std::string body = {};
  HttpStream stream = {};  // instead of a body
};

// Answers one request; called on the loop, for many connections at once. An exception is answered
// with status 500 and nothing of its text. Cancelled when the server stops for good.
using HttpHandler = std::function<awaitable<HttpReply>(HttpRequest request)>;

struct HttpServerOptions {
  std::size_t header_bytes_max = 64 * 1024;
  std::size_t body_bytes_max = 16 * 1024 * 1024;
  std::size_t connections_max = 256;  // more wait in the kernel's queue
  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);  // between requests
  std::chrono::milliseconds head_timeout = std::chrono::seconds(10);  // from first byte to last
  std::chrono::milliseconds body_timeout = std::chrono::seconds(60);  // likewise
  std::chrono::milliseconds write_timeout =
      std::chrono::seconds(30);  // a client that does not read
};

struct HttpServerStats {
  std::size_t connections_open = 0;
  std::uint64_t connections_accepted = 0;
  std::uint64_t requests = 0;  // that reached the handler
};

// A small HTTP/1.1 server.
//
// Ownership: what the handler refers to outlives the server's last request: stop() it first.
// Threads:   loop thread only.
// Limits:    those of the options.
class HttpServer {
 public:
  HttpServer(asio::any_io_executor executor, HttpHandler handler, HttpServerOptions options = {});
  ~HttpServer();  // like a stop() without patience that nobody waits for
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Listens at a numeric address; port 0 takes a free one. Gives the port.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port);
  // Listens at a socket file of mode 0600, its path of any length; see UnixListener.
  Result<void> listen_unix(const std::string& path);

  // Takes no more requests, lets those under way end until `deadline`, then cancels them.
  awaitable<void> stop(Deadline deadline);

  HttpServerStats stats() const;

 private:
  struct State;
  // Shared with the connections, which may end after the server.
  std::shared_ptr<State> state_;
};

}  // namespace yoke
