#include "tests/support/mock_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "runtime/base/ensure.h"

namespace yoke::testing {
namespace {

constexpr std::size_t kRequestBytesMax = 64u << 20;

// Waits until `socket` is readable. False: the server stops.
bool wait_readable(int socket, int stop) {
  std::array<pollfd, 2> watched{pollfd{socket, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  while (poll(watched.data(), watched.size(), -1) < 0 && errno == EINTR) {
  }
  return watched[1].revents == 0;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

void read_head(std::string_view head, MockRequest& request) {
  std::size_t line_end = head.find("\r\n");
  const std::string_view first = head.substr(0, line_end);
  const std::size_t space = first.find(' ');
  request.method = first.substr(0, space);
  request.target = first.substr(space + 1, first.rfind(' ') - space - 1);
  request.headers.clear();
  while (line_end != std::string_view::npos) {
    const std::size_t begin = line_end + 2;
    line_end = head.find("\r\n", begin);
    const std::string_view line = head.substr(begin, line_end - begin);
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string_view value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    request.headers[lower(line.substr(0, colon))] = value;
  }
}

std::string decode_chunks(std::string& held, const std::function<bool()>& fill) {
  std::string body;
  while (true) {
    std::size_t line = held.find("\r\n");
    while (line == std::string::npos && fill()) line = held.find("\r\n");
    if (line == std::string::npos) return body;
    const std::size_t size = std::strtoul(held.c_str(), nullptr, 16);
    while (held.size() < line + 2 + size + 2 && fill()) {
    }
    body += held.substr(line + 2, size);
    held.erase(0, line + 2 + size + 2);
    if (size == 0) return body;
  }
}

}  // namespace

bool MockConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool MockConnection::send_singly(std::string_view bytes) {
  for (const char& byte : bytes) {
    if (!send(std::string_view(&byte, 1))) return false;
  }
  return true;
}

void MockConnection::wait_for_peer() {
  std::array<char, 4096> sink{};
  while (wait_readable(socket_, stop_)) {
    if (recv(socket_, sink.data(), sink.size(), 0) <= 0) return;
  }
}

void MockConnection::reset_on_close() {
  const linger hard{1, 0};
  setsockopt(socket_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

bool MockConnection::fill() {
  std::array<char, 65536> buffer{};
  if (held_.size() > kRequestBytesMax || !wait_readable(socket_, stop_)) return false;
  const ssize_t got = recv(socket_, buffer.data(), buffer.size(), 0);
  if (got <= 0) return false;
  held_.append(buffer.data(), static_cast<std::size_t>(got));
  return true;
}

bool MockConnection::receive(MockRequest& request) {
  std::size_t end = held_.find("\r\n\r\n");
  while (end == std::string::npos) {
    if (!fill()) return false;
    end = held_.find("\r\n\r\n");
  }
  read_head(std::string_view(held_).substr(0, end), request);
  held_.erase(0, end + 4);
  if (request.headers.contains("transfer-encoding")) {
    request.body = decode_chunks(held_, [this] { return fill(); });
    return true;
  }
  const auto length = request.headers.find("content-length");
  const std::size_t size = length == request.headers.end() ? 0 : std::stoul(length->second);
  while (held_.size() < size) {
    if (!fill()) return false;
  }
  request.body = held_.substr(0, size);
  held_.erase(0, size);
  return true;
}

MockServer::MockServer(Handler handler, std::uint16_t port) : handler_(std::move(handler)) {
  std::array<int, 2> stop{};
  ENSURE(pipe(stop.data()) == 0);
  stop_read_ = stop[0];
  stop_write_ = stop[1];
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ENSURE(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  ENSURE(listen(listener_, 512) == 0);
  ENSURE(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

MockServer::~MockServer() {
  const char stop = 's';
  ENSURE(write(stop_write_, &stop, 1) == 1);
  acceptor_.join();
  for (Peer& peer : peers_) peer.thread.join();
  for (const int handle : {listener_, stop_read_, stop_write_}) close(handle);
}

void MockServer::accept_all() {
  while (wait_readable(listener_, stop_read_)) {
    const int socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const int on = 1;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval patience{10, 0};  // a peer that no longer reads must not hold the server's end up
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    ++connections_;
    reap();
    Peer& peer = peers_.emplace_back();
    peer.thread = std::thread([this, socket, &peer] { serve(socket, peer); });
  }
}

void MockServer::reap() {
  for (auto peer = peers_.begin(); peer != peers_.end();) {
    if (!peer->ended) {
      ++peer;
      continue;
    }
    peer->thread.join();
    peer = peers_.erase(peer);
  }
}

void MockServer::serve(int socket, Peer& peer) {
  MockConnection connection(socket, stop_read_);
  MockRequest request;
  while (connection.receive(request)) {
    if (!handler_(request, connection)) break;
  }
  close(socket);
  peer.ended = true;
}

}  // namespace yoke::testing
