#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/error_code.hpp>
#include <memory>

#include "runtime/http/server.h"

struct ssl_ctx_st;

namespace yoke {

// A certificate with its key and the rules of TLS, as OpenSSL holds them. Shared by the server and
// by handshakes that began before another took its place.
using TlsContext = std::shared_ptr<ssl_ctx_st>;

// Errors name the file and the mend: it cannot be read, is no PEM, does not fit the other, has
// expired.
Result<TlsContext> load_certificate(const HttpCertificate& files);

// A server's side of TLS over a non-blocking socket: each call does what can be done at once. With
// neither buffers of its own nor OpenSSL's while nothing is under way, an idle one is small.
//
// Ownership: borrows the socket.
class TlsSession {
 public:
  // What has to come before the same call can get on.
  enum class Need : std::uint8_t { nothing, readable, writable };
  struct Step {
    boost::system::error_code error = {};
    std::size_t bytes = 0;
    Need need = Need::nothing;
  };

  TlsSession(ssl_ctx_st& context, int socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  Step shake_hands();
  Step read(boost::asio::mutable_buffer space);  // eof: the client has ended it
  Step peek();                                   // the same, taking nothing
  Step write(boost::asio::const_buffer bytes);
  bool has_pending() const;  // bytes that the socket has no more
  void say_goodbye();        // as far as it goes at once

 private:
  Step step(int result);

  struct State;
  std::unique_ptr<State> state_;
};

// True for the first byte of a TLS connection.
bool begins_tls(unsigned char first);

}  // namespace yoke
