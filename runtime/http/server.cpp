#include "runtime/http/server.h"

#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "runtime/http/conversation.h"
#include "runtime/http/unix_socket.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

using ErrorCode = boost::system::error_code;
using Stream = asio::generic::stream_protocol;
using Acceptor = asio::basic_socket_acceptor<Stream, asio::any_io_executor>;

constexpr std::chrono::milliseconds kAcceptPause{50};

Error cannot_listen(const std::string& address, std::uint16_t port, const ErrorCode& error) {
  return Error{Errc::unavailable,
               "cannot listen at " + address + ":" + std::to_string(port) + ": " + error.message()};
}

}  // namespace

struct HttpServer::State {
  State(asio::any_io_executor loop, HttpHandler answer, HttpServerOptions wanted)
      : executor(loop),
        handler(std::move(answer)),
        options(wanted),
        listeners(loop),
        connections(loop) {}

  const asio::any_io_executor executor;
  const HttpHandler handler;
  const HttpServerOptions options;
  HttpServerStats stats;
  std::list<HttpConversation*> conversations;  // each lives in the frame of serve()
  std::list<Signal*> waiting;                  // listeners, for a connection to end
  bool stopping = false;
  TaskGroup listeners;
  TaskGroup connections;

  using Shared = std::shared_ptr<State>;
  static awaitable<void> accept(Shared state, Acceptor acceptor, UnixListener file);
  static awaitable<void> accept_one(Shared state, Acceptor& acceptor);
  static awaitable<void> wait_for_room(Shared state);
  static awaitable<void> serve(Shared state, Stream::socket socket);
};

// Puts a conversation on the list for as long as its frame lives.
namespace {

template <class T>
class Listed {
 public:
  Listed(std::list<T*>& list, T& one) : list_(list), place_(list.insert(list.end(), &one)) {}
  ~Listed() { list_.erase(place_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  std::list<T*>& list_;
  typename std::list<T*>::iterator place_;
};

}  // namespace

awaitable<void> HttpServer::State::serve(Shared state, Stream::socket socket) {
  HttpConversation conversation(std::move(socket), state->handler, state->options, state->stats);
  const Listed<HttpConversation> listed(state->conversations, conversation);
  state->stats.connections_open += 1;
  try {
    co_await conversation.run();
  } catch (...) {
    // task root: one connection's end, however it came about, is no concern of the others
  }
  state->stats.connections_open -= 1;
  if (!state->waiting.empty()) state->waiting.front()->notify();
}

awaitable<void> HttpServer::State::wait_for_room(Shared state) {
  while (state->stats.connections_open >= state->options.connections_max) {
    Signal ended;
    const Listed<Signal> listed(state->waiting, ended);
    co_await ended.wait();
  }
}

awaitable<void> HttpServer::State::accept_one(Shared state, Acceptor& acceptor) {
  ErrorCode error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  Stream::socket socket = co_await acceptor.async_accept(token);
  if (error == asio::error::operation_aborted) co_return;
  if (error) {
    co_await sleep_until(LoopClock::now() + kAcceptPause);  // out of descriptors, most likely
    co_return;
  }
  ErrorCode ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);  // fails on a Unix socket
  state->stats.connections_accepted += 1;
  state->connections.spawn(serve(state, std::move(socket)));
}

// Holds on to `file`, so that the socket file goes with the acceptor.
awaitable<void> HttpServer::State::accept(Shared state, Acceptor acceptor,
                                          [[maybe_unused]] UnixListener file) {
  while (!state->stopping) {
    co_await wait_for_room(state);
    co_await accept_one(state, acceptor);
  }
}

HttpServer::HttpServer(asio::any_io_executor executor, HttpHandler handler,
                       HttpServerOptions options)
    : state_(std::make_shared<State>(std::move(executor), std::move(handler), options)) {}

HttpServer::~HttpServer() {
  state_->stopping = true;
  state_->listeners.cancel();
  state_->connections.cancel();
}

Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port) {
  ErrorCode error;
  const asio::ip::address numeric = asio::ip::make_address(address, error);
  if (error) return cannot_listen(address, port, error);
  const asio::ip::tcp::endpoint endpoint(numeric, port);
  asio::ip::tcp::acceptor acceptor(state_->executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(address, port, error);
  const std::uint16_t bound = acceptor.local_endpoint(error).port();
  if (error) return cannot_listen(address, port, error);
  const int descriptor = acceptor.release(error);
  if (error) return cannot_listen(address, port, error);
  const Stream protocol(endpoint.protocol().family(), 0);
  Acceptor listening(state_->executor, protocol, descriptor);
  UnixListener none;
  state_->listeners.spawn(State::accept(state_, std::move(listening), std::move(none)));
  return bound;
}

Result<void> HttpServer::listen_unix(const std::string& path) {
  Result<UnixListener> file = UnixListener::listen(path);
  if (!file) return file.error();
  const Stream protocol(AF_UNIX, 0);
  Acceptor listening(state_->executor, protocol, file->release_socket());
  state_->listeners.spawn(State::accept(state_, std::move(listening), std::move(*file)));
  return {};
}

awaitable<void> HttpServer::stop(Deadline deadline) {
  const std::shared_ptr<State> state = state_;
  if (state->stopping) co_return;
  state->stopping = true;
  state->listeners.cancel();
  co_await state->listeners.join();
  for (HttpConversation* conversation : state->conversations) conversation->finish();
  try {
    auto ended = state->connections.join();
    co_await with_deadline(deadline, std::move(ended));
  } catch (const DeadlineExceeded&) {
    // They were cancelled then, and have ended.
  }
}

HttpServerStats HttpServer::stats() const { return state_->stats; }

}  // namespace yoke
