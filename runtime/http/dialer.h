#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "runtime/http/client.h"
#include "runtime/http/connection.h"
#include "runtime/http/http.h"
#include "runtime/http/url.h"
#include "runtime/loop/offload.h"

namespace yoke {

// Where to connect to, and through what.
struct DialPlan {
  Url url;
  std::string unix_socket = {};  // instead of the URL's host
  std::string proxy = {};        // URL of a proxy, or empty
  PermitAddress permit_address = {};
  std::size_t header_bytes_max = 64 * 1024;

  std::string key() const;  // connections of the same key may stand in for each other
  bool through_plain_proxy() const { return !proxy.empty() && !url.tls; }
};

using DialOutcome = std::variant<HttpFailure, std::unique_ptr<Connection>>;

// Makes connections: name look-up, address checks, TCP, proxy tunnel, TLS.
//
// Ownership: borrows `options`, which must outlive the dialer.
// Threads:   loop thread only; names are looked up on threads of its own.
class Dialer {
 public:
  Dialer(asio::any_io_executor executor, const HttpClientOptions& options);
  ~Dialer();

  awaitable<DialOutcome> dial(DialPlan plan, Deadline deadline);
  // Asks the client's and the request's own rule. True at once when there is neither.
  Result<void> permit(const DialPlan& plan, const std::string& host,
                      const asio::ip::address& address) const;
  bool is_guarded(const DialPlan& plan) const;

 private:
  using Addresses = std::vector<asio::ip::address>;
  struct Found {
    Addresses addresses;
    Deadline expires;
  };

  awaitable<DialOutcome> dial_unix(DialPlan plan, Deadline deadline);
  awaitable<DialOutcome> dial_host(DialPlan plan, Url host, Deadline deadline);
  awaitable<std::variant<HttpFailure, Addresses>> look_up(std::string host, bool fresh,
                                                          Deadline deadline);
  awaitable<std::optional<HttpFailure>> open_tunnel(Connection& connection, DialPlan plan,
                                                    Url proxy);
  awaitable<std::optional<HttpFailure>> secure(Connection& connection, Url url);
  const Addresses* cached(const std::string& host) const;
  void remember(const std::string& host, const Addresses& addresses);
  asio::ssl::context& tls_context();

  asio::any_io_executor executor_;
  const HttpClientOptions& options_;
  std::unordered_map<std::string, Found> found_;
  std::unique_ptr<asio::ssl::context> tls_context_;
  std::optional<Pool> threads_;  // started by the first look-up that needs one
};

}  // namespace yoke
