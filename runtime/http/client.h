#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/http/http.h"
#include "runtime/http/proxy.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

// Looks a host name up. Called on a thread of the client's own; may block. Throws Fault: no such
// name.
using NameLookup = std::function<std::vector<asio::ip::address>(const std::string& host)>;

struct HttpClientOptions {
  std::size_t connections_per_origin_max = 64;  // further calls wait, first come, first served
  std::size_t idle_per_origin_max = 16;         // connections kept open between calls
  std::size_t idle_total_max = 64;
  std::chrono::milliseconds idle_expiry = std::chrono::seconds(50);
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(10);  // of each address
  std::chrono::milliseconds address_expiry = std::chrono::seconds(30);   // of a name look-up
  ProxySettings proxies = {};  // none; a host passes proxies_from_environment()
  std::string ca_file = {};    // certificates trusted beside the system's, PEM
  bool decompress = true;      // ask for gzip or deflate, and undo it
  // With a rule, proxies are passed by, for they would connect where the rule cannot see, and every
  // new connection looks its name up afresh.
  PermitAddress permit_address = {};
  NameLookup look_up = {};  // empty: the system's
};

struct HttpClientStats {
  std::size_t connections_open = 0;  // busy, idle, and those being made
  std::size_t connections_idle = 0;
  std::size_t calls_waiting = 0;  // for a connection
  std::uint64_t connections_made = 0;
  std::uint64_t connections_reused = 0;
  std::uint64_t calls_repeated = 0;  // on a fresh connection, after a kept one proved stale
};

// Sends HTTP/1.1 requests and keeps connections for the next.
//
// Ownership: outlives its calls, save when the loop is destroyed; may then outlive the loop too.
// Threads:   loop thread only; name look-ups have threads of their own.
// Errors:    everything that can go wrong on the way is an HttpFailure.
// Cancellation: send() throws at once and its connection is closed; the request may have been acted
// on. Limits:    those of the options and of each request. A name look-up that hangs is abandoned
// by the
//            call's deadline, but the client's destructor waits for it.
class HttpClient {
 public:
  explicit HttpClient(asio::any_io_executor executor, HttpClientOptions options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  awaitable<HttpOutcome> send(HttpRequest request, Deadline deadline);
  awaitable<HttpOutcome> send(HttpRequest request, Deadline deadline, HttpSinks sinks);

  void close_idle();
  HttpClientStats stats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace yoke
