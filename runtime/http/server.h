#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/http/http.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"

namespace yoke {

class Connection;

// The body of a reply that is written piece by piece.
class HttpWriter {
 public:
  HttpWriter(Connection& connection, bool chunked, std::chrono::nanoseconds write_timeout);

  // Sends a piece at once; waits for a client that reads slowly, at most write_timeout. Nothing is
  // queued. False: the client has gone or does not read, and nothing more need be written.
  awaitable<bool> write(std::string bytes);
  bool is_open() const { return open_; }

 private:
  friend class HttpConversation;

  Connection& connection_;
  const bool chunked_;
  const std::chrono::nanoseconds write_timeout_;
  bool open_ = true;
  bool timed_out_ = false;
};

// Writes a body. Cancelled when the client goes away. It has ended when the writer goes.
using HttpStream = std::function<awaitable<void>(HttpWriter& writer)>;

struct HttpReply {
  int status = 200;
  HttpHeaders headers = {};
  std::string body = {};
  HttpStream stream = {};  // instead of a body
};

// The client of a request that a handler works at.
class HttpCaller {
 public:
  virtual ~HttpCaller() = default;
  // Ends once the client has broken off or closed its sending side: as a rule nobody reads the
  // reply, though it is still sent. What comes before that, its next requests, is kept for later;
  // behind 16 KiB of them its going is not seen. One wait at a time; cancelled, it leaves no trace.
  virtual awaitable<void> gone() = 0;
};

// Answers one request; called on the loop, for many connections at once. An exception is answered
// with status 500 and nothing of its text. Cancelled when the server stops for good; that the
// client goes it learns from HttpRequest::caller, if it asks.
using HttpHandler = std::function<awaitable<HttpReply>(HttpRequest request)>;

// Why the server itself turned somebody away. The handler's own replies are not among them.
enum class HttpRefusal : std::uint8_t {
  malformed,         // 400: no HTTP/1.x, or it can be read in two ways
  version,           // 505
  coding,            // 501: a transfer coding other than "chunked"
  expectation,       // 417
  long_target,       // 414
  large_head,        // 431: bytes or number of fields
  large_body,        // 413
  slow_head,         // 408
  slow_body,         // 408
  no_memory,         // 503: body_bytes_in_all_max
  full,              // 503: connections_max
  full_for_peer,     // 429: connections_per_peer_max
  failed_handshake,  // no reply
  slow_reader,       // the reply was cut
};
inline constexpr std::size_t kHttpRefusals = 14;
std::string_view name_of(HttpRefusal refusal);

// What the server itself turned away, and as much of it as was read.
struct HttpRefused {
  HttpRefusal why = HttpRefusal::malformed;
  int status = 400;
  std::string detail = {};  // a sentence; nothing of the request is in it
  std::optional<std::chrono::milliseconds> retry_after = {};  // then trying again may help
  // Without its body and caller. Method and target are empty where not even those were read; the
  // target is cut at kSeenTargetMax bytes, or at the first that none holds, where it is what is
  // wrong.
  HttpRequest seen = {};
};
inline constexpr std::size_t kSeenTargetMax = 256;
// What they are answered, a body and no stream. Called on the loop; when it throws, or gives what
// cannot be sent, a problem document is sent.
using HttpRefuser = std::function<HttpReply(const HttpRefused& refused)>;

struct HttpServerOptions {
  // Of one request.
  std::size_t header_bytes_max = 64 * 1024;  // request line and fields
  std::size_t headers_max = 100;
  std::size_t target_bytes_max = 8 * 1024;
  std::size_t body_bytes_max = 16 * 1024 * 1024;
  std::size_t body_bytes_in_all_max = 512 * 1024 * 1024;  // of all requests under way

  // Connections. When all are taken, the one that has been idle longest makes room; where none is
  // idle, the newcomer is refused.
  std::size_t connections_max = 16'384;
  std::size_t connections_per_peer_max = 512;  // of an IPv4 address, or an IPv6 network of 64 bits
  // Loopback is not held to connections_per_peer_max unless this is set: behind a proxy on this
  // machine all clients have its address.
  bool count_loopback = false;
  std::size_t requests_per_connection_max = 10'000;

  std::chrono::milliseconds idle_timeout = std::chrono::seconds(75);  // between requests
  // From a head's first byte to its last; a TLS handshake likewise.
  std::chrono::milliseconds head_timeout = std::chrono::seconds(10);
  // A body of n bytes, and a reply's, has this time and n / bytes_per_second_min beside it.
  std::chrono::milliseconds body_timeout = std::chrono::seconds(60);
  std::size_t bytes_per_second_min = 1024;
  std::chrono::milliseconds write_timeout = std::chrono::seconds(30);  // a client reads nothing
  std::chrono::milliseconds retry_after = std::chrono::seconds(5);     // told to who is refused

  // Instead of the problem document that those who are turned away get.
  HttpRefuser refuser = {};
};

struct HttpServerStats {
  std::size_t connections_open = 0;
  std::size_t connections_idle = 0;  // wait for a request
  std::size_t body_bytes = 0;        // of the requests under way
  std::uint64_t connections_accepted = 0;
  std::uint64_t requests = 0;  // that reached the handler
  std::array<std::uint64_t, kHttpRefusals> refusals{};

  std::uint64_t refused(HttpRefusal why) const { return refusals[static_cast<std::size_t>(why)]; }
};

// A server's certificate and key, PEM files.
struct HttpCertificate {
  std::string chain = {};  // its own certificate first, then those between it and the root
  std::string key = {};    // without a passphrase
};

// Where a server listens.
struct HttpPlace {
  std::string address = {};  // numeric; empty: a socket file
  std::uint16_t port = 0;
  std::string path = {};  // of the socket file, as the kernel knows it
  bool tls = false;

  std::string text() const;  // "http://127.0.0.1:8177", "https://[::1]:8443", "unix:/run/yoke.sock"
};

struct HttpListen {
  bool tls = false;  // with the certificate of use_certificate(); a socket file needs none
  // Of a socket file: who connects as another user than this process's, and not as root, is cut
  // off without a word, whatever the file's mode.
  bool same_user = false;
};

// An HTTP/1.1 server, fit for the open net.
//
// Ownership: what the handler refers to outlives the server's last request: stop() it first.
// Threads:   loop thread only.
// Limits:    those of the options. Whatever is refused is counted, answered where an answer can be
//            sent (as the refuser says, else with a problem document, RFC 9457), and its connection
//            closed.
class HttpServer {
 public:
  HttpServer(asio::any_io_executor executor, HttpHandler handler, HttpServerOptions options = {});
  ~HttpServer();  // like a stop() without patience that nobody waits for
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // For the listeners with `tls`. TLS 1.2 or later. Errors name the file and the mend.
  Result<void> use_certificate(HttpCertificate files);
  // Reads the files again, for the connections to come. Error: the certificate stays as it was.
  Result<void> reload_certificate();

  // Listens at a numeric address, IPv4 or IPv6; port 0 takes a free one. Gives the port.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port, HttpListen how = {});
  // Listens at a socket file of mode 0600, its path of any length; see UnixListener.
  Result<void> listen_unix(const std::string& path, HttpListen how = {});
  // Takes over a listening stream socket, as a service manager hands them out. The descriptor is
  // the server's from here on, also after an error; a socket file stays when the server goes.
  Result<HttpPlace> adopt(int descriptor, HttpListen how = {});

  // Takes no more requests, lets those under way end until `deadline`, then cancels them.
  awaitable<void> stop(Deadline deadline);

  HttpServerStats stats() const;

 private:
  struct State;
  // Shared with the connections, which may end after the server.
  std::shared_ptr<State> state_;
};

}  // namespace yoke
