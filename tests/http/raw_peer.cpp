#include "tests/http/raw_peer.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace yoke {
namespace {

using ErrorCode = boost::system::error_code;

asio::ip::tcp::endpoint loopback(std::uint16_t port) {
  return {asio::ip::address_v4::loopback(), port};
}

}  // namespace

RawPeer::RawPeer(asio::io_context& io, Script script)
    : script_(std::move(script)), acceptor_(io, loopback(0)), tasks_(io.get_executor()) {
  port_ = acceptor_.local_endpoint().port();
  tasks_.spawn(accept());
}

std::string RawPeer::url(const std::string& target) const {
  return "http://127.0.0.1:" + std::to_string(port_) + target;
}

awaitable<void> RawPeer::accept() {
  while (true) {
    Socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
    tasks_.spawn(serve(std::move(socket), connections_++));
  }
}

awaitable<void> RawPeer::serve(Socket socket, std::size_t index) {
  ErrorCode ignored;
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  try {
    auto scripted = script_(socket, index);
    co_await std::move(scripted);
  } catch (const boost::system::system_error&) {
    // The other side has gone, which is its right.
  }
}

awaitable<std::string> RawPeer::read_message(Socket& socket, std::size_t body_bytes) {
  std::string text;
  std::size_t wanted = std::string::npos;
  while (text.size() < wanted) {
    std::array<char, 4096> piece;
    const auto space = asio::buffer(piece);
    const std::size_t bytes = co_await socket.async_read_some(space, asio::use_awaitable);
    text.append(piece.data(), bytes);
    const std::size_t end = text.find("\r\n\r\n");
    if (end != std::string::npos) wanted = end + 4 + body_bytes;
  }
  co_return text;
}

awaitable<std::string> RawPeer::read_all(Socket& socket) {
  std::string text;
  ErrorCode error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  while (!error) {
    std::array<char, 4096> piece;
    const auto space = asio::buffer(piece);
    const std::size_t bytes = co_await socket.async_read_some(space, token);
    text.append(piece.data(), bytes);
  }
  co_return text;
}

awaitable<void> RawPeer::write(Socket& socket, std::string bytes) {
  const auto all = asio::buffer(bytes);
  co_await asio::async_write(socket, all, asio::use_awaitable);
}

awaitable<void> RawPeer::write_bytewise(Socket& socket, std::string bytes) {
  for (const char& byte : bytes) {
    const asio::const_buffer one(&byte, 1);
    co_await asio::async_write(socket, one, asio::use_awaitable);
  }
}

awaitable<void> RawPeer::wait_for_end(Socket& socket) { co_await read_all(socket); }

awaitable<std::string> talk_raw(std::uint16_t port, std::string bytes) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::socket socket(executor);
  const auto peer = loopback(port);
  co_await socket.async_connect(peer, asio::use_awaitable);
  co_await RawPeer::write(socket, std::move(bytes));
  co_return co_await RawPeer::read_all(socket);
}

}  // namespace yoke
