#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "runtime/http/address.h"
#include "runtime/loop/task_group.h"
#include "tests/http/certificates.h"
#include "tests/http/echo_server.h"
#include "tests/http/peer_server.h"
#include "tests/http/raw_peer.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

using Kind = HttpFailure::Kind;
using Socket = RawPeer::Socket;

awaitable<void> relay(Socket& from, Socket& to, TaskGroup& both) {
  std::array<char, 8192> piece;
  const auto space = asio::buffer(piece);
  try {
    while (true) {
      const std::size_t bytes = co_await from.async_read_some(space, asio::use_awaitable);
      const auto part = asio::buffer(piece.data(), bytes);
      co_await asio::async_write(to, part, asio::use_awaitable);
    }
  } catch (const boost::system::system_error&) {
    both.cancel();  // one side has ended
  }
}

// Joins `socket` with `port` of loopback until either side ends.
awaitable<void> tunnel(Socket& socket, int port) {
  Socket target(socket.get_executor());
  const asio::ip::tcp::endpoint peer(asio::ip::address_v4::loopback(),
                                     static_cast<std::uint16_t>(port));
  co_await target.async_connect(peer, asio::use_awaitable);
  TaskGroup both(socket.get_executor());
  both.spawn(relay(socket, target, both));
  both.spawn(relay(target, socket, both));
  co_await both.join();
}

std::string proxy_url(const RawPeer& peer, const std::string& user = "") {
  return "http://" + user + "127.0.0.1:" + std::to_string(peer.port());
}

TEST_CASE("a plain request goes to its proxy with the whole URL") {
  asio::io_context io(1);
  std::vector<std::string> seen;
  RawPeer proxy(io, [&](Socket& socket, std::size_t) -> awaitable<void> {
    while (true) {
      std::string message = co_await RawPeer::read_message(socket);
      seen.push_back(std::move(message));
      co_await RawPeer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    }
  });
  HttpClientOptions options;
  options.proxies.http = proxy_url(proxy, "me:pass%21@");
  HttpClient client(io.get_executor(), options);
  CHECK(response_of(send(io, client, get("http://origin.test:81/a?b"))).body == "ok");
  CHECK(response_of(send(io, client, get("http://another.test/"))).body == "ok");
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].rfind("GET http://origin.test:81/a?b HTTP/1.1\r\nHost: origin.test:81\r\n", 0) ==
        0);
  CHECK(seen[0].find("Proxy-Authorization: Basic bWU6cGFzcyE=\r\n") != std::string::npos);
  CHECK(seen[1].rfind("GET http://another.test/ HTTP/1.1\r\n", 0) == 0);
  CHECK(proxy.connections() == 1);  // one connection serves all origins
}

TEST_CASE("a TLS request goes through a tunnel, where the proxy sees only its target") {
  TestAuthority authority;
  PeerServer secure(authority.issue("DNS:origin.test"));
  secure.routes().Get("/x", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content(request.get_header_value("Authorization"), "text/plain");
  });
  const int port = secure.start();
  asio::io_context io(1);
  std::string seen;
  RawPeer proxy(io, [&](Socket& socket, std::size_t) -> awaitable<void> {
    seen = co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n");
    co_await tunnel(socket, port);
  });
  HttpClientOptions options;
  options.proxies.https = proxy_url(proxy, "me:pw@");
  options.ca_file = authority.file();
  HttpClient client(io.get_executor(), options);
  for (int i = 0; i < 2; ++i) {
    HttpRequest request = get("https://origin.test/x");
    request.headers.add("Authorization", "Bearer inner");
    CHECK(response_of(send(io, client, std::move(request))).body == "Bearer inner");
  }
  CHECK(seen.rfind("CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n", 0) == 0);
  CHECK(seen.find("Proxy-Authorization: Basic bWU6cHc=\r\n") != std::string::npos);
  CHECK(seen.find("Bearer") == std::string::npos);
  CHECK(proxy.connections() == 1);
  client.close_idle();
}

TEST_CASE("a proxy that refuses a tunnel, or speaks no HTTP, is a connect failure that says so") {
  const std::string answer =
      GENERATE("HTTP/1.1 407 Auth\r\nContent-Length: 500\r\n\r\n", "rubbish\r\n\r\n", "");
  asio::io_context io(1);
  RawPeer proxy(io, [&](Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, answer);
  });
  HttpClientOptions options;
  options.proxies.https = proxy_url(proxy);
  HttpClient client(io.get_executor(), options);
  const HttpFailure failure = failure_of(send(io, client, get("https://origin.test/")));
  CHECK(failure.kind == Kind::connect);
  CHECK(failure.message.find("proxy") != std::string::npos);
  CHECK(failure.sent_bytes == 0);
}

TEST_CASE("a proxy that never opens the tunnel is given up at the deadline") {
  TestLoop loop;
  bool asked = false;
  RawPeer proxy(loop.io, [&](Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    asked = true;
    co_await RawPeer::wait_for_end(socket);
  });
  HttpClientOptions options;
  options.proxies.https = proxy_url(proxy);
  HttpClient client(loop.executor(), options);
  Started<HttpOutcome> call;
  call.on(loop.io, client.send(get("https://origin.test/"), LoopClock::now() + 5s));
  run_until(loop.io, [&] { return asked; });
  loop.settle();
  loop.advance(5s);
  REQUIRE(call.ended());
  CHECK(failure_of(call.value()).kind == Kind::timeout);
}

TEST_CASE("an address rule passes proxies by, for they would connect where it cannot see") {
  asio::io_context io(1);
  RawPeer proxy(io, [](Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  HttpClientOptions options;
  options.proxies.http = proxy_url(proxy);
  options.look_up = [](const std::string&) {
    return std::vector{asio::ip::make_address("10.0.0.1")};
  };
  HttpClient client(io.get_executor(), options);
  HttpRequest request = get("http://inner.test/");
  request.permit_address = permit_public;
  CHECK(failure_of(send(io, client, std::move(request))).kind == Kind::denied);
  CHECK(proxy.connections() == 0);
}

}  // namespace
}  // namespace yoke
