#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include "runtime/http/server.h"
#include "runtime/http/unix_socket.h"

namespace yoke {

// A socket that clients connect to, wherever it came from.
struct HttpListener {
  using Stream = asio::generic::stream_protocol;
  using Acceptor = asio::basic_socket_acceptor<Stream, asio::any_io_executor>;

  Acceptor acceptor;
  HttpPlace place;
  UnixListener file = {};  // so that a socket file that is ours goes with it
  bool same_user = false;  // see HttpListen
};

// Errors name the address and, where there is one, the mend.
Result<HttpListener> listen_at(const asio::any_io_executor& executor, const std::string& address,
                               std::uint16_t port);
Result<HttpListener> listen_at_file(const asio::any_io_executor& executor, const std::string& path);
// Takes the descriptor over, also when it is of no use.
Result<HttpListener> listen_on(const asio::any_io_executor& executor, int descriptor);

// Whether the process that connected a Unix socket is this user's, or root's.
bool is_same_user(int descriptor);

}  // namespace yoke
