#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/http/http.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

struct ssl_ctx_st;
namespace boost::asio::ssl {
class context;
}

namespace yoke {

class TlsSession;

// One connection, plain or TLS, over TCP or a Unix socket, with a buffer for what was read and a
// watch that ends whatever waits on it when the deadline or the longest silence has passed.
//
// Threads:   loop thread only.
// Cancellation: read, write and the rest throw; the connection is of no further use.
// Limits:    one read and one write at a time.
class Connection {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using ErrorCode = boost::system::error_code;

  explicit Connection(const asio::any_io_executor& executor);
  explicit Connection(Socket socket);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // From here on every wait ends at `deadline`, or after `idle` without a byte in either direction.
  void watch(Deadline deadline, std::chrono::nanoseconds idle);
  void unwatch();
  bool timed_out() const;  // the watch has struck: what failed since failed because of it

  awaitable<ErrorCode> connect(Socket::endpoint_type peer);
  // Proves with a certificate trusted by `context` that the peer is `host`. The error's detail says
  // what is wrong with the certificate.
  awaitable<Result<void>> start_tls(asio::ssl::context& context, std::string host);

  // The other side of it: shows a certificate to a client. invalid: what came is no TLS.
  awaitable<Result<void>> accept_tls(ssl_ctx_st& context);

  // Waits until there is something to read, with no buffer meanwhile if nothing is unread.
  awaitable<ErrorCode> wait_readable();
  // Waits for bytes and adds them to unread(); eof at the end of the stream. Grows the buffer up to
  // `unread_bytes_max`; no_buffer_space when it is full.
  awaitable<ErrorCode> read(std::size_t unread_bytes_max);
  std::string_view unread() const;
  void consume(std::size_t bytes);

  // Writes both, in this order. The bytes stay with the caller until it returns.
  awaitable<ErrorCode> write(asio::const_buffer head, asio::const_buffer body = {});
  std::size_t written_bytes() const { return written_bytes_; }
  void reset_written_bytes() { written_bytes_ = 0; }

  // Ends when the peer closes; false when it sends something instead, which is left unread. For use
  // beside a write.
  awaitable<bool> wait_for_close();
  void release_buffer();  // if nothing is unread
  // True when nothing has come, not even the end of the stream: fit for another request.
  bool is_quiet();
  void shut_down_sending();
  void close();

  asio::ip::address peer_address() const;  // unspecified for a Unix socket
  HttpPeer peer() const;
  bool is_same_user();  // it is a Unix socket that this user's process, or root's, connected
  asio::any_io_executor executor() { return socket_.get_executor(); }

 private:
  struct Watch;
  struct Tls;

  void give_up();  // what the watch does when it strikes
  void check_cancelled(const ErrorCode& error) const;
  // Waits for what TLS needs to go on.
  awaitable<ErrorCode> wait_for(bool readable);
  awaitable<std::size_t> read_secure(asio::mutable_buffer space, ErrorCode& error);
  awaitable<std::size_t> write_secure(asio::const_buffer bytes, ErrorCode& error);

  Socket socket_;
  std::unique_ptr<Tls> tls_;             // as a client
  std::unique_ptr<TlsSession> session_;  // as a server
  std::shared_ptr<Watch> watch_;         // shared with the timer's handler, which may come later
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t written_bytes_ = 0;
};

asio::ip::address peer_address_of(const Connection::Socket& socket);  // unspecified: a Unix socket

}  // namespace yoke
