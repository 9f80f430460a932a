#pragma once

#include <memory>
#include <string>
#include <utility>

#include "runtime/http/client.h"
#include "runtime/http/server.h"
#include "tests/support/test_loop.h"

namespace yoke {

// A server of our own on loopback for the client's tests, with whatever handler a test needs.
struct LocalServer {
  LocalServer(asio::io_context& io, HttpHandler handler, HttpServerOptions options = {})
      : server(io.get_executor(), std::move(handler), options) {
    port = *server.listen("127.0.0.1", 0);
  }
  std::string url(const std::string& target = "/") const {
    return "http://127.0.0.1:" + std::to_string(port) + target;
  }

  HttpServer server;
  std::uint16_t port = 0;
};

// Answers with what came: method, target and body.
inline awaitable<HttpReply> echo(HttpRequest request) {
  HttpReply reply;
  reply.headers.add("X-Method", request.method);
  reply.body = request.url + "|" + request.body;
  co_return reply;
}

inline HttpRequest get(std::string url) {
  HttpRequest request;
  request.url = std::move(url);
  return request;
}

inline HttpRequest post(std::string url, std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.url = std::move(url);
  request.body = std::move(body);
  return request;
}

inline Deadline in_a_minute() { return LoopClock::now() + std::chrono::minutes(1); }

// Sends and waits for the outcome.
inline HttpOutcome send(asio::io_context& io, HttpClient& client, HttpRequest request) {
  return run(io, client.send(std::move(request), in_a_minute()));
}

inline HttpResponse response_of(HttpOutcome outcome) {
  if (const auto* failure = std::get_if<HttpFailure>(&outcome)) {
    throw Fault(std::string(name_of(failure->kind)) + ": " + failure->message);
  }
  return std::get<HttpResponse>(std::move(outcome));
}

inline HttpFailure failure_of(HttpOutcome outcome) {
  if (const auto* response = std::get_if<HttpResponse>(&outcome)) {
    throw Fault("no failure but status " + std::to_string(response->status));
  }
  return std::get<HttpFailure>(std::move(outcome));
}

}  // namespace yoke
