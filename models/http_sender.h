#pragma once

#include "runtime/http/http.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

class HttpClient;

// How backends send a request: the HTTP client, or a test's stand-in for it.
class HttpSender {
 public:
  virtual ~HttpSender() = default;
  // Never throws for what the peer or the network did. Cancelled: throws.
  virtual awaitable<HttpOutcome> send(HttpRequest request, Deadline deadline, HttpSinks sinks) = 0;
};

// Borrows `client`, which must outlive it.
class ClientSender final : public HttpSender {
 public:
  explicit ClientSender(HttpClient& client) : client_(client) {}
  awaitable<HttpOutcome> send(HttpRequest request, Deadline deadline, HttpSinks sinks) override;

 private:
  HttpClient& client_;
};

}  // namespace yoke
