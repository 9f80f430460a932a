#include "runtime/http/server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <list>

#include "runtime/http/conversation.h"
#include "runtime/http/listener.h"
#include "runtime/http/peer_counts.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/fair_turns.h"
#include "runtime/loop/on_executor.h"
#include "runtime/loop/task_group.h"

namespace yoke {
namespace {

using ErrorCode = boost::system::error_code;
using Socket = asio::generic::stream_protocol::socket;
using NotSentLowWater = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_NOTSENT_LOWAT>;

using UserTimeout = asio::detail::socket_option::integer<IPPROTO_TCP, TCP_USER_TIMEOUT>;

constexpr std::chrono::milliseconds kAcceptPause{50};
// At most this much of a reply waits in the kernel for a client that does not read.
constexpr int kUnsentBytesMax = 128 * 1024;
// How many of those that are turned away get a reply at a time; others are just closed.
constexpr std::size_t kTurnedAwayMax = 64;
constexpr std::size_t kTurnedAwayTlsMax = 16;  // of them, after a handshake, which is work

}  // namespace

struct HttpServer::State {
  State(asio::any_io_executor loop, HttpHandler answer, HttpServerOptions wanted)
      : executor(loop),
        serving{std::move(answer), wanted},
        peers(PeerCounts::Rule{wanted.connections_per_peer_max, wanted.count_loopback}),
        listeners(loop),
        connections(loop) {}

  const asio::any_io_executor executor;
  HttpServing serving;
  PeerCounts peers;
  HttpCertificate files;
  TlsContext certificate;                      // null: none yet
  std::list<HttpConversation*> conversations;  // each lives in the frame of serve()
  std::size_t turned_away = 0;                 // under way
  std::size_t turned_away_tls = 0;             // of them
  bool stopping = false;
  TaskGroup listeners;
  TaskGroup connections;

  using Shared = std::shared_ptr<State>;
  static awaitable<void> accept(Shared state, HttpListener listener);
  static awaitable<void> accept_one(Shared state, HttpListener& listener);
  static void admit(const Shared& state, Socket socket, bool tls);
  static awaitable<void> serve(Shared state, Socket socket, TlsContext tls, asio::ip::address peer);
  static awaitable<void> turn_away(Shared state, Socket socket, TlsContext tls, HttpRefusal why);
  static Result<HttpPlace> take(const Shared& state, Result<HttpListener> listener, HttpListen how);
  bool make_room();
};

// Puts a conversation on the list for as long as its frame lives.
namespace {

class Listed {
 public:
  using List = std::list<HttpConversation*>;
  Listed(List& list, HttpConversation& one) : list_(list), place_(list.insert(list.end(), &one)) {}
  ~Listed() { list_.erase(place_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

 private:
  List& list_;
  List::iterator place_;
};

}  // namespace

awaitable<void> HttpServer::State::serve(Shared state, Socket socket, TlsContext tls,
                                         asio::ip::address peer) {
  HttpConversation conversation(std::move(socket), state->serving, std::move(tls));
  const Listed listed(state->conversations, conversation);
  state->serving.stats.connections_open += 1;
  try {
    // Whoever answers may move the seat to the line of whom it answers.
    auto seat = FairTurns::of(state->executor).seat();
    auto talk = conversation.run();
    co_await on_executor(std::move(seat), std::move(talk));
  } catch (...) {
    // task root: one connection's end, however it came about, is no concern of the others
  }
  state->serving.stats.connections_open -= 1;
  state->peers.remove(peer);
}

awaitable<void> HttpServer::State::turn_away(Shared state, Socket socket, TlsContext tls,
                                             HttpRefusal why) {
  const std::size_t secured = tls == nullptr ? 0 : 1;
  HttpConversation conversation(std::move(socket), state->serving, std::move(tls));
  state->turned_away += 1;
  state->turned_away_tls += secured;
  try {
    co_await conversation.turn_away(why, "There are too many connections: try again later.");
  } catch (...) {
    // task root: it was not let in anyway
  }
  state->turned_away -= 1;
  state->turned_away_tls -= secured;
}

// Closes the connection that has been idle longest. False: none is.
bool HttpServer::State::make_room() {
  if (serving.idle.empty()) return false;
  serving.idle.front()->finish();
  return true;
}

void HttpServer::State::admit(const Shared& state, Socket socket, bool tls) {
  state->serving.stats.connections_accepted += 1;
  ErrorCode ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);  // these fail on a Unix socket
  socket.set_option(NotSentLowWater(kUnsentBytesMax), ignored);
  // What a client that has vanished does not acknowledge ends the connection after that time.
  const auto unheard = static_cast<int>(state->serving.options.write_timeout.count());
  socket.set_option(UserTimeout(unheard), ignored);
  TlsContext context = tls ? state->certificate : nullptr;
  const asio::ip::address peer = unmapped(peer_address_of(socket));
  const auto away = [&](HttpRefusal why) {
    const bool no_more = state->turned_away >= kTurnedAwayMax ||
                         (context != nullptr && state->turned_away_tls >= kTurnedAwayTlsMax);
    if (no_more) return state->serving.count(why);
    state->connections.spawn(turn_away(state, std::move(socket), std::move(context), why));
  };
  const HttpServerOptions& options = state->serving.options;
  const bool full = state->serving.stats.connections_open >= options.connections_max;
  if (full && !state->make_room()) return away(HttpRefusal::full);
  if (!state->peers.add(peer)) return away(HttpRefusal::full_for_peer);
  state->connections.spawn(serve(state, std::move(socket), std::move(context), peer));
}

awaitable<void> HttpServer::State::accept_one(Shared state, HttpListener& listener) {
  ErrorCode error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  Socket socket = co_await listener.acceptor.async_accept(token);
  if (error == asio::error::operation_aborted) co_return;
  const bool stranger = !error && listener.same_user && !is_same_user(socket.native_handle());
  if (stranger) co_return;
  if (!error) {
    admit(state, std::move(socket), listener.place.tls);
    co_return;
  }
  state->make_room();  // out of descriptors, most likely
  co_await sleep_until(LoopClock::now() + kAcceptPause);
}

awaitable<void> HttpServer::State::accept(Shared state, HttpListener listener) {
  while (!state->stopping) co_await accept_one(state, listener);
}

Result<HttpPlace> HttpServer::State::take(const Shared& state, Result<HttpListener> listener,
                                          HttpListen how) {
  if (!listener) return listener.error();
  if (how.tls && !listener->place.address.empty() && !state->certificate) {
    return Error{Errc::invalid, "cannot listen at " + listener->place.text() +
                                    " with TLS: no certificate has been given"};
  }
  listener->place.tls = how.tls && !listener->place.address.empty();
  listener->same_user = how.same_user;
  HttpPlace place = listener->place;
  state->listeners.spawn(accept(state, std::move(*listener)));
  return place;
}

HttpServer::HttpServer(asio::any_io_executor executor, HttpHandler handler,
                       HttpServerOptions options)
    : state_(std::make_shared<State>(std::move(executor), std::move(handler), options)) {}

HttpServer::~HttpServer() {
  state_->stopping = true;
  state_->listeners.cancel();
  state_->connections.cancel();
}

Result<void> HttpServer::use_certificate(HttpCertificate files) {
  Result<TlsContext> loaded = load_certificate(files);
  if (!loaded) return loaded.error();
  state_->files = std::move(files);
  state_->certificate = std::move(*loaded);
  return {};
}

Result<void> HttpServer::reload_certificate() {
  if (!state_->certificate) return Error{Errc::invalid, "no certificate has been given"};
  return use_certificate(state_->files);
}

Result<std::uint16_t> HttpServer::listen(const std::string& address, std::uint16_t port,
                                         HttpListen how) {
  const Result<HttpPlace> place =
      State::take(state_, listen_at(state_->executor, address, port), how);
  if (!place) return place.error();
  return place->port;
}

Result<void> HttpServer::listen_unix(const std::string& path, HttpListen how) {
  const Result<HttpPlace> place = State::take(state_, listen_at_file(state_->executor, path), how);
  if (!place) return place.error();
  return {};
}

Result<HttpPlace> HttpServer::adopt(int descriptor, HttpListen how) {
  return State::take(state_, listen_on(state_->executor, descriptor), how);
}

awaitable<void> HttpServer::stop(Deadline deadline) {
  const std::shared_ptr<State> state = state_;
  if (state->stopping) co_return;
  state->stopping = true;
  state->listeners.cancel();
  co_await state->listeners.join();
  const std::vector<HttpConversation*> open(state->conversations.begin(),
                                            state->conversations.end());
  for (HttpConversation* conversation : open) conversation->finish();
  try {
    auto ended = state->connections.join();
    co_await with_deadline(deadline, std::move(ended));
  } catch (const DeadlineExceeded&) {
    // They were cancelled then, and have ended.
  }
}

HttpServerStats HttpServer::stats() const {
  HttpServerStats stats = state_->serving.stats;
  stats.connections_idle = state_->serving.idle.size();
  return stats;
}

}  // namespace yoke
