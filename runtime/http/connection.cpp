#include "runtime/http/connection.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/http/listener.h"
#include "runtime/http/peer_counts.h"
#include "runtime/http/server_tls.h"

namespace yoke {
namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;
// A body of this size or less goes out in one piece with its head over TLS, else in its own.
constexpr std::size_t kJoinBytesMax = 16 * 1024;

using asio::redirect_error;
using asio::use_awaitable;

}  // namespace

// One timer for all waits of a connection. It is set to the earliest point at which it could have
// to strike, and set again when it goes off early, so that traffic costs no timer operations.
struct Connection::Watch {
  Watch(Connection& connection, const asio::any_io_executor& executor)
      : owner(&connection), timer(executor) {}

  Deadline next() const {
    const Deadline silent = idle == std::chrono::nanoseconds::max() ? kNoDeadline : last + idle;
    return std::min(deadline, silent);
  }

  // Shared with the handler, which runs after the connection has gone.
  static void set(const std::shared_ptr<Watch>& self) {
    const Deadline at = self->next();
    if (at == kNoDeadline) return;
    self->timer.expires_at(at);
    self->timer.async_wait([self](const ErrorCode& error) {
      if (!error) strike(self);
    });
  }

  static void strike(const std::shared_ptr<Watch>& self) {
    if (self->owner == nullptr || !self->active) return;
    if (self->next() > LoopClock::now()) return set(self);
    self->struck = true;
    self->owner->give_up();
  }

  Connection* owner;
  Timer timer;
  Deadline deadline = kNoDeadline;
  std::chrono::nanoseconds idle = std::chrono::nanoseconds::max();
  Deadline last;
  bool active = false;
  bool struck = false;
};

struct Connection::Tls {
  Tls(Socket& socket, asio::ssl::context& context) : stream(socket, context) {}
  asio::ssl::stream<Socket&> stream;
};

Connection::Connection(const asio::any_io_executor& executor) : socket_(executor) {
  watch_ = std::make_shared<Watch>(*this, executor);
}

Connection::Connection(Socket socket) : socket_(std::move(socket)) {
  watch_ = std::make_shared<Watch>(*this, socket_.get_executor());
}

Connection::~Connection() {
  if (session_ && socket_.is_open()) session_->say_goodbye();
  watch_->owner = nullptr;
  unwatch();
}

void Connection::watch(Deadline deadline, std::chrono::nanoseconds idle) {
  watch_->deadline = deadline;
  watch_->idle = idle;
  watch_->last = LoopClock::now();
  watch_->active = true;
  watch_->struck = false;
  Watch::set(watch_);
}

void Connection::unwatch() {
  if (!watch_->active) return;
  watch_->active = false;
  watch_->timer.cancel();
}

bool Connection::timed_out() const { return watch_->struck; }

void Connection::give_up() {
  ErrorCode ignored;
  socket_.cancel(ignored);
}

void Connection::shut_down_sending() {
  if (session_) session_->say_goodbye();
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Connection::close() {
  if (session_ && socket_.is_open()) session_->say_goodbye();
  ErrorCode ignored;
  socket_.close(ignored);
}

void Connection::check_cancelled(const ErrorCode& error) const {
  if (error == asio::error::operation_aborted && !watch_->struck) {
    throw boost::system::system_error(error, "connection");
  }
}

awaitable<Connection::ErrorCode> Connection::connect(Socket::endpoint_type peer) {
  ErrorCode error;
  if (timed_out()) co_return asio::error::operation_aborted;
  auto token = redirect_error(use_awaitable, error);
  co_await socket_.async_connect(peer, token);
  check_cancelled(error);
  if (error) co_return error;
  if (peer.protocol().family() != AF_UNIX) {
    ErrorCode ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  }
  co_return error;
}

namespace {

std::string tls_problem(SSL* ssl, const boost::system::error_code& error) {
  const long verified = SSL_get_verify_result(ssl);
  if (verified != X509_V_OK) return X509_verify_cert_error_string(verified);
  return error.message();
}

}  // namespace

awaitable<Result<void>> Connection::start_tls(asio::ssl::context& context, std::string host) {
  tls_ = std::make_unique<Tls>(socket_, context);
  SSL* ssl = tls_->stream.native_handle();
  ErrorCode error;
  const auto address = asio::ip::make_address(host, error);
  const bool is_name = static_cast<bool>(error);
  // Never without the check of the name: an error here must end the connection.
  bool ready = SSL_set1_host(ssl, host.c_str()) == 1;
  if (is_name) {
    ready = ready && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
  } else {
    X509_VERIFY_PARAM* check = SSL_get0_param(ssl);
    ready = X509_VERIFY_PARAM_set1_host(check, nullptr, 0) == 1 &&
            X509_VERIFY_PARAM_set1_ip_asc(check, address.to_string().c_str()) == 1;
  }
  if (!ready)
    co_return Error{Errc::invalid, "'" + host + "' cannot be checked against a certificate"};
  SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr);
  error.clear();
  auto token = redirect_error(use_awaitable, error);
  co_await tls_->stream.async_handshake(asio::ssl::stream_base::client, token);
  check_cancelled(error);
  if (error) co_return Error{Errc::unavailable, tls_problem(ssl, error)};
  co_return Result<void>();
}

awaitable<Connection::ErrorCode> Connection::wait_for(bool readable) {
  ErrorCode error;
  if (timed_out()) co_return asio::error::operation_aborted;
  auto token = redirect_error(use_awaitable, error);
  const auto what = readable ? Socket::wait_read : Socket::wait_write;
  co_await socket_.async_wait(what, token);
  check_cancelled(error);
  co_return error;
}

awaitable<Result<void>> Connection::accept_tls(ssl_ctx_st& context) {
  const Error gone{Errc::unavailable, "the client has gone"};
  ErrorCode error = co_await wait_for(true);
  if (error) co_return gone;
  unsigned char first = 0;
  const auto peeked = ::recv(socket_.native_handle(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (peeked <= 0) co_return gone;
  if (!begins_tls(first)) co_return Error{Errc::invalid, "what came is no TLS"};
  socket_.native_non_blocking(true, error);
  if (error) co_return gone;
  session_ = std::make_unique<TlsSession>(context, socket_.native_handle());
  while (true) {
    const TlsSession::Step step = session_->shake_hands();
    if (step.error) co_return Error{Errc::unavailable, step.error.message()};
    if (step.need == TlsSession::Need::nothing) co_return Result<void>();
    error = co_await wait_for(step.need == TlsSession::Need::readable);
    if (error) co_return gone;
  }
}

awaitable<std::size_t> Connection::read_secure(asio::mutable_buffer space, ErrorCode& error) {
  while (true) {
    const TlsSession::Step step = session_->read(space);
    error = step.error;
    if (error || step.need == TlsSession::Need::nothing) co_return step.bytes;
    error = co_await wait_for(step.need == TlsSession::Need::readable);
    if (error) co_return 0;
  }
}

awaitable<std::size_t> Connection::write_secure(asio::const_buffer bytes, ErrorCode& error) {
  while (true) {
    const TlsSession::Step step = session_->write(bytes);
    error = step.error;
    if (error || step.need == TlsSession::Need::nothing) co_return step.bytes;
    error = co_await wait_for(step.need == TlsSession::Need::readable);
    if (error) co_return 0;
  }
}

awaitable<Connection::ErrorCode> Connection::wait_readable() {
  release_buffer();
  ErrorCode error;
  if (!unread().empty() || (session_ && session_->has_pending())) co_return error;
  co_return co_await wait_for(true);
}

void Connection::release_buffer() {
  if (begin_ != end_) return;
  begin_ = end_ = 0;
  std::vector<char>().swap(buffer_);
}

awaitable<Connection::ErrorCode> Connection::read(std::size_t unread_bytes_max) {
  if (begin_ == end_) begin_ = end_ = 0;
  if (buffer_.empty()) buffer_.resize(kBufferBytes);
  if (end_ == buffer_.size() && begin_ > 0) {
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
              buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == buffer_.size()) {
    if (buffer_.size() >= unread_bytes_max) co_return asio::error::no_buffer_space;
    buffer_.resize(buffer_.size() * 2);
  }
  if (timed_out()) co_return asio::error::operation_aborted;
  ErrorCode error;
  auto token = redirect_error(use_awaitable, error);
  const asio::mutable_buffer space(buffer_.data() + end_, buffer_.size() - end_);
  std::size_t bytes = 0;
  if (session_) {
    bytes = co_await read_secure(space, error);
  } else if (tls_) {
    bytes = co_await tls_->stream.async_read_some(space, token);
  } else {
    bytes = co_await socket_.async_read_some(space, token);
  }
  check_cancelled(error);
  end_ += bytes;
  if (bytes > 0) watch_->last = LoopClock::now();
  co_return error;
}

std::string_view Connection::unread() const { return {buffer_.data() + begin_, end_ - begin_}; }

void Connection::consume(std::size_t bytes) { begin_ += bytes; }

awaitable<Connection::ErrorCode> Connection::write(asio::const_buffer head,
                                                   asio::const_buffer body) {
  std::string joined;
  if ((tls_ || session_) && body.size() > 0 && body.size() <= kJoinBytesMax) {
    joined.reserve(head.size() + body.size());  // one record instead of two
    joined.append(static_cast<const char*>(head.data()), head.size());
    joined.append(static_cast<const char*>(body.data()), body.size());
    head = asio::buffer(joined);
    body = {};
  }
  ErrorCode error;
  auto token = redirect_error(use_awaitable, error);
  while (head.size() + body.size() > 0) {
    if (timed_out()) co_return asio::error::operation_aborted;
    if (head.size() == 0) std::swap(head, body);
    std::size_t bytes = 0;
    if (session_) {
      bytes = co_await write_secure(head, error);
    } else if (tls_) {
      bytes = co_await tls_->stream.async_write_some(head, token);
    } else {
      const std::array<asio::const_buffer, 2> both{head, body};
      bytes = co_await socket_.async_write_some(both, token);
    }
    written_bytes_ += bytes;
    check_cancelled(error);
    if (error) co_return error;
    watch_->last = LoopClock::now();
    const std::size_t of_head = std::min(bytes, head.size());
    head += of_head;
    body += bytes - of_head;
  }
  co_return error;
}

awaitable<bool> Connection::wait_for_close() {
  bool readable = true;
  while (true) {
    const ErrorCode error = co_await wait_for(readable);
    if (error) co_return true;
    if (session_) {
      const TlsSession::Step step = session_->peek();
      readable = step.need != TlsSession::Need::writable;
      if (step.need != TlsSession::Need::nothing) continue;
      co_return step.bytes == 0;
    }
    char byte = 0;
    const auto peeked = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    co_return peeked == 0 || (peeked < 0 && errno != EAGAIN && errno != EINTR);
  }
}

bool Connection::is_quiet() {
  if (!socket_.is_open() || begin_ != end_) return false;
  char byte = 0;
  const auto peeked = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return peeked < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

HttpPeer Connection::peer() const {
  HttpPeer peer;
  peer.tls = session_ != nullptr;
  const asio::ip::address address = peer_address();
  if (address.is_unspecified()) return peer;
  peer.address = unmapped(address).to_string();
  ErrorCode error;
  const auto endpoint = socket_.remote_endpoint(error);
  // The port stands at the same place in both families' addresses.
  if (!error) peer.port = ntohs(reinterpret_cast<const sockaddr_in*>(endpoint.data())->sin_port);
  return peer;
}

bool Connection::is_same_user() {
  return peer_address().is_unspecified() && yoke::is_same_user(socket_.native_handle());
}

asio::ip::address Connection::peer_address() const { return peer_address_of(socket_); }

asio::ip::address peer_address_of(const Connection::Socket& socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return {};
  if (peer.protocol().family() == AF_INET) {
    const auto* four = reinterpret_cast<const sockaddr_in*>(peer.data());
    return asio::ip::address_v4(ntohl(four->sin_addr.s_addr));
  }
  if (peer.protocol().family() == AF_INET6) {
    const auto* six = reinterpret_cast<const sockaddr_in6*>(peer.data());
    asio::ip::address_v6::bytes_type bytes;
    std::copy(std::begin(six->sin6_addr.s6_addr), std::end(six->sin6_addr.s6_addr), bytes.begin());
    return asio::ip::address_v6(bytes, six->sin6_scope_id);
  }
  return {};
}

}  // namespace yoke
