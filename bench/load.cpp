#include "bench/load.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "bench/measure.h"
#include "runtime/base/result.h"

namespace yoke {
namespace {

constexpr int kPatienceMs = 30'000;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int dial(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in peer = loopback(port);
  if (socket < 0 ||
      ::connect(socket, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) != 0) {
    throw Fault("no connection");
  }
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket;
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) throw Fault("a connection broke");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// A piece of what came; waits for it.
std::string_view receive(int socket, std::array<char, 65536>& space) {
  const auto got = ::recv(socket, space.data(), space.size(), 0);
  if (got <= 0) throw Fault("a connection broke");
  return {space.data(), static_cast<std::size_t>(got)};
}

// How long the reply that begins `text` is; 0: its head is not whole yet.
std::size_t reply_bytes(std::string_view text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string_view::npos) return 0;
  if (!text.starts_with("HTTP/1.1 2")) throw Fault("the server says: " + std::string(text));
  const std::size_t length = text.find("Content-Length: ");
  if (length == std::string_view::npos || length > end) throw Fault("a reply without its length");
  return end + 4 + std::stoul(std::string(text.substr(length + 16, 12)));
}

void watch(int poll, int socket, std::size_t number) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = number;
  ::epoll_ctl(poll, EPOLL_CTL_ADD, socket, &event);
}

int watch_all(const std::vector<int>& sockets) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < sockets.size(); ++i) watch(poll, sockets[i], i);
  return poll;
}

// Calls `on_ready` with the number of each socket that has something, until it says it has enough.
template <class OnReady>
void turn(int poll, OnReady on_ready) {
  std::array<epoll_event, 256> events;
  bool more = true;
  while (more) {
    const int count = ::epoll_wait(poll, events.data(), events.size(), kPatienceMs);
    if (count <= 0) throw Fault("nothing comes");
    for (int i = 0; i < count; ++i) {
      more =
          on_ready(static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64)) && more;
    }
  }
}

}  // namespace

std::vector<LoadResult> ask_side_by_side(std::uint16_t port, const std::vector<Load>& loads,
                                         double seconds) {
  struct Client {
    std::size_t load = 0;
    double asked = 0;
    std::string reply;
  };
  std::vector<int> sockets;
  std::vector<Client> clients;
  for (std::size_t load = 0; load < loads.size(); ++load) {
    for (int i = 0; i < loads[load].connections; ++i) {
      sockets.push_back(dial(port));
      clients.emplace_back().load = load;
    }
  }
  const int poll = watch_all(sockets);
  std::vector<LoadResult> results(loads.size());
  const double began = wall_ms();
  const auto ask = [&](std::size_t i) {
    clients[i].asked = wall_ms();
    send_all(sockets[i], loads[clients[i].load].request);
  };
  for (std::size_t i = 0; i < clients.size(); ++i) ask(i);
  std::array<char, 65536> space;
  turn(poll, [&](std::size_t i) {
    Client& client = clients[i];
    client.reply += receive(sockets[i], space);
    const std::size_t bytes = reply_bytes(client.reply);
    if (bytes == 0 || client.reply.size() < bytes) return true;
    const double now = wall_ms();
    results[client.load].ms.push_back(now - client.asked);
    if (client.reply.find("Connection: close\r\n") < bytes) {  // it has carried enough requests
      ::close(sockets[i]);
      sockets[i] = dial(port);
      watch(poll, sockets[i], i);
    }
    client.reply.clear();
    if (now - began > seconds * 1e3) return false;
    ask(i);
    return true;
  });
  for (LoadResult& result : results) result.seconds = (wall_ms() - began) / 1e3;
  for (const int socket : sockets) ::close(socket);
  ::close(poll);
  return results;
}

LoadResult ask_again_and_again(std::uint16_t port, const std::string& request, int connections,
                               double seconds) {
  return ask_side_by_side(port, {Load{request, connections}}, seconds).front();
}

std::string ask_once(std::uint16_t port, const std::string& request) {
  const int socket = dial(port);
  send_all(socket, request);
  std::string reply;
  std::array<char, 65536> space;
  std::size_t bytes = 0;
  while (bytes == 0 || reply.size() < bytes) {
    reply += receive(socket, space);
    bytes = reply_bytes(reply);
  }
  ::close(socket);
  return reply.substr(reply.find("\r\n\r\n") + 4);
}

Watchers::Watchers(std::uint16_t port, const std::string& request, std::size_t count)
    : clients_(count) {
  std::vector<int> sockets;
  for (Client& client : clients_) {
    client.socket = dial(port);
    send_all(client.socket, request);
    sockets.push_back(client.socket);
  }
  poll_ = watch_all(sockets);
  static_cast<void>(wait_for("HTTP/1.1 200 "));
}

Watchers::~Watchers() {
  for (const Client& client : clients_) ::close(client.socket);
  ::close(poll_);
}

std::vector<double> Watchers::wait_for(const std::string& text) {
  std::vector<double> moments;
  for (Client& client : clients_) client.has_it = false;
  const auto note = [&](Client& client) {
    if (client.has_it || client.tail.find(text) == std::string::npos) return;
    client.has_it = true;
    moments.push_back(wall_ms());
  };
  std::array<char, 65536> space;
  turn(poll_, [&](std::size_t i) {
    Client& client = clients_[i];
    client.tail += receive(client.socket, space);
    note(client);
    if (client.tail.size() > text.size()) client.tail.erase(0, client.tail.size() - text.size());
    return moments.size() < clients_.size();
  });
  return moments;
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t bytes = sizeof(address);
  ::bind(socket, reinterpret_cast<const sockaddr*>(&address), bytes);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &bytes);
  ::close(socket);
  return ntohs(address.sin_port);
}

SlowVendor::SlowVendor() : port_(free_port()) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  const sockaddr_in address = loopback(port_);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(listener_, 8) != 0) {
    throw Fault("no port for the vendor");
  }
}

SlowVendor::~SlowVendor() {
  if (customer_ >= 0) ::close(customer_);
  ::close(listener_);
}

void SlowVendor::take_request() {
  customer_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const int on = 1;
  ::setsockopt(customer_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  std::string request;
  std::array<char, 65536> space;
  std::size_t wanted = std::string::npos;
  while (request.size() < wanted) {
    request += receive(customer_, space);
    const std::size_t end = request.find("\r\n\r\n");
    if (end == std::string::npos) continue;
    const std::size_t length = request.find("Content-Length: ");
    wanted = end + 4 + std::stoul(request.substr(length + 16, 12));
  }
  send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
}

void SlowVendor::send(const std::string& bytes) { send_all(customer_, bytes); }

void SlowVendor::say(const std::string& text) {
  send(
      "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{"
      "\"index\":0,\"delta\":{\"content\":\"" +
      text + "\"},\"finish_reason\":null}]}\n\n");
}

void SlowVendor::finish() {
  send(
      "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[{"
      "\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
      "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"model\":\"m\",\"choices\":[],"
      "\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,\"total_tokens\":2}}\n\n"
      "data: [DONE]\n\n");
  ::close(customer_);
  customer_ = -1;
}

}  // namespace yoke
