#pragma once

#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/base/result.h"
#include "runtime/http/headers.h"

namespace yoke {

// May a connection to `host` go to `address`? Asked after every name look-up, for every address
// before it is used, and again when a kept connection is used again.
using PermitAddress =
    std::function<Result<void>(const std::string& host, const boost::asio::ip::address& address)>;
// May the client go on to `url`, where a response redirects it?
using PermitRedirect = std::function<Result<void>(const std::string& url)>;

struct HttpLimits {
  std::size_t header_bytes_max = 64 * 1024;
  std::size_t body_bytes_max = 16 * 1024 * 1024;  // after decompression
  // The longest silence of the peer, while sending too. The deadline bounds the whole.
  std::chrono::milliseconds idle_timeout = std::chrono::minutes(2);
  int redirects_max = 0;  // 0: a redirect is an ordinary response
};

// Who sent a request to a server.
struct HttpPeer {
  std::string address = {};  // numeric; empty: over a socket file
  std::uint16_t port = 0;
  bool tls = false;
};

class HttpCaller;  // of server.h

// A request: to HttpClient as to be sent, to a server's handler as it came.
struct HttpRequest {
  std::string method = "GET";
  std::string url;  // client: "http://…" or "https://…"; server: the target, "/path?query"
  HttpHeaders headers;
  std::string body;

  // For a server's handler only.
  HttpPeer peer = {};
  HttpCaller* caller = nullptr;  // until the handler has returned

  // For the client only.
  HttpLimits limits;
  std::string unix_socket = {};         // connect to this socket file instead of the URL's host
  bool repeatable = false;              // may be sent twice although its method is not idempotent
  PermitAddress permit_address = {};    // beside the client's own; both must agree
  PermitRedirect permit_redirect = {};  // empty: any
};

struct HttpResponseHead {
  int status = 0;
  HttpHeaders headers;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;  // decompressed; empty when a sink took it
  std::string url;   // where it came from, after redirects
};

struct HttpFailure {
  enum class Kind : std::uint8_t {
    bad_request,   // the request cannot be sent as it is
    resolve,       // no such host
    connect,       // nobody there
    tls,           // no trust: certificate, name, protocol
    timeout,       // the deadline passed, or the peer fell silent
    cut,           // the connection broke off before the response was whole
    too_large,     // over a limit of the request
    bad_response,  // no HTTP
    denied,        // an address or redirect that is not permitted
    stopped,       // a sink wanted no more
  };
  Kind kind = Kind::cut;
  std::string message;         // one line: what was tried, with whom, and why it failed
  std::size_t sent_bytes = 0;  // of the request, over the last connection; 0: the peer saw nothing
  std::size_t received_bytes = 0;  // of the response
};
std::string_view name_of(HttpFailure::Kind kind);

using HttpOutcome = std::variant<HttpFailure, HttpResponse>;

// Where a response goes while it arrives. Called on the loop thread; must not destroy the client.
struct HttpSinks {
  // Once, with the head of the final response. True: the body goes to on_data; false: it is
  // gathered in HttpResponse::body as without sinks. Empty: true whenever on_data is set.
  std::function<bool(const HttpResponseHead& head)> on_head = {};
  // Each piece of the body, decompressed, as soon as it is there. False: no more, the call ends as
  // `stopped`.
  std::function<bool(std::string_view bytes)> on_data = {};
};

}  // namespace yoke
