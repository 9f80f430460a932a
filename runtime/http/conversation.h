#pragma once

#include <list>
#include <optional>

#include "runtime/http/connection.h"
#include "runtime/http/peer_user.h"
#include "runtime/http/request_reader.h"
#include "runtime/http/server.h"
#include "runtime/http/server_tls.h"

namespace yoke {

class HttpConversation;
class TaskGroup;

// What the conversations of one server share.
struct HttpServing {
  HttpHandler handler;
  HttpServerOptions options;
  HttpServerStats stats = {};
  std::list<HttpConversation*> idle = {};  // the longest idle in front

  void count(HttpRefusal why) { stats.refusals[static_cast<std::size_t>(why)] += 1; }
};

// A server's side of one connection: request after request.
//
// Ownership: borrows `serving`, which must outlive it.
class HttpConversation final : public HttpCaller, public HttpPeerUser {
 public:
  // With `tls` it begins with a handshake.
  HttpConversation(Connection::Socket socket, HttpServing& serving, TlsContext tls);
  ~HttpConversation() override { set_idle(false); }

  awaitable<void> run();  // until either side ends it
  // Ends it before its first request, with a reply, once a handshake has been made where one is
  // due.
  awaitable<void> turn_away(HttpRefusal why, std::string detail);
  // No further request: an idle connection closes at once, another after its reply.
  void finish();

  awaitable<void> gone() override;
  bool is_same_user() override { return connection_.is_same_user(); }

 private:
  struct Taken {  // a request, as it was read
    HttpRequest request;
    std::size_t body_bytes = 0;
    bool old = false;  // HTTP/1.0
    bool keeps_alive = false;
  };
  struct Pace;
  class BodyShare;

  void set_idle(bool idle);
  awaitable<bool> shake_hands();
  awaitable<bool> serve_one();
  awaitable<bool> wait_for_request();
  // Nothing: there is none, and the connection ends.
  awaitable<std::optional<Taken>> read_request(BodyShare& share);
  awaitable<bool> read_more(RequestReader& reader, Pace& pace);
  awaitable<HttpReply> ask_handler(HttpRequest request);
  awaitable<bool> reply_whole(HttpReply reply, bool head_only, bool keep_alive);
  awaitable<bool> reply_stream(HttpReply reply, bool chunked, bool keep_alive);
  awaitable<bool> write_all(asio::const_buffer head, asio::const_buffer body);
  awaitable<void> write_stream(const HttpStream& stream, HttpWriter& writer, TaskGroup& pair,
                               bool& finished);
  awaitable<bool> see_client_go();
  awaitable<void> watch_client(HttpWriter& writer, TaskGroup& pair);
  awaitable<HttpRequest> glimpse_head();
  HttpReply reply_to(const HttpRefused& refused) const;
  awaitable<void> refuse(HttpRefusal why, std::string detail, HttpRequest seen);
  awaitable<void> drain();

  HttpServing& serving_;
  Connection connection_;
  TlsContext tls_;  // until the handshake is over
  HttpPeer peer_;
  std::size_t requests_ = 0;
  bool idle_ = false;
  bool finishing_ = false;
  std::list<HttpConversation*>::iterator place_;  // among the idle
};

}  // namespace yoke
