#pragma once

#include "runtime/http/connection.h"
#include "runtime/http/server.h"
#include "runtime/http/wire.h"

namespace yoke {

class TaskGroup;

// A server's side of one connection: request after request.
//
// Ownership: borrows `handler`, `options` and `stats`, which must outlive it.
class HttpConversation {
 public:
  HttpConversation(Connection::Socket socket, const HttpHandler& handler,
                   const HttpServerOptions& options, HttpServerStats& stats);

  awaitable<void> run();  // until either side ends it
  // No further request: an idle connection closes at once, another after its reply.
  void finish();

 private:
  awaitable<bool> serve_one();
  awaitable<WireState> read_request(RequestReader& reader);
  awaitable<HttpReply> ask_handler(HttpRequest request);
  awaitable<bool> refuse(int status);
  awaitable<bool> reply_whole(HttpReply reply, bool head_only, bool keep_alive);
  awaitable<bool> reply_stream(HttpReply reply, bool chunked, bool keep_alive);
  awaitable<void> write_stream(const HttpStream& stream, HttpWriter& writer, TaskGroup& pair,
                               bool& finished);
  awaitable<void> watch_client(HttpWriter& writer, TaskGroup& pair);
  awaitable<void> drain();

  Connection connection_;
  const HttpHandler& handler_;
  const HttpServerOptions& options_;
  HttpServerStats& stats_;
  bool idle_ = true;
  bool finishing_ = false;
};

}  // namespace yoke
