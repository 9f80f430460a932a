#include <catch2/catch.hpp>

#include "tests/http/certificates.h"
#include "tests/http/echo_server.h"
#include "tests/http/peer_server.h"
#include "tests/http/raw_peer.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

using Kind = HttpFailure::Kind;

// A TLS peer that says hello, with a certificate for `names`.
struct SecurePeer {
  SecurePeer(const TestAuthority& authority, const std::string& names, long valid_seconds = 3600)
      : server(authority.issue(names, valid_seconds)) {
    server.routes().Get("/hello", [](const httplib::Request&, httplib::Response& response) {
      response.set_content("secure hello", "text/plain");
    });
    server.routes().Post("/size", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(std::to_string(request.body.size()), "text/plain");
    });
    port = server.start();
  }
  std::string url(const std::string& host, const std::string& target = "/hello") const {
    return "https://" + host + ":" + std::to_string(port) + target;
  }

  PeerServer server;
  int port = 0;
};

HttpClientOptions trusting(const TestAuthority& authority) {
  HttpClientOptions options;
  options.ca_file = authority.file();
  options.look_up = [](const std::string&) {
    return std::vector{asio::ip::make_address("127.0.0.1")};
  };
  return options;
}

TEST_CASE("a peer whose certificate is trusted and names it is spoken to, and kept") {
  TestAuthority authority;
  SecurePeer peer(authority, "DNS:model.test,DNS:*.wild.test,IP:127.0.0.1");
  asio::io_context io(1);
  HttpClient client(io.get_executor(), trusting(authority));
  for (int i = 0; i < 3; ++i) {
    CHECK(response_of(send(io, client, get(peer.url("model.test")))).body == "secure hello");
  }
  CHECK(client.stats().connections_made == 1);
  CHECK(response_of(send(io, client, get(peer.url("a.wild.test")))).status == 200);
  CHECK(response_of(send(io, client, get(peer.url("127.0.0.1")))).status == 200);
}

TEST_CASE("large bodies pass through TLS whole") {
  TestAuthority authority;
  SecurePeer peer(authority, "DNS:model.test");
  asio::io_context io(1);
  HttpClient client(io.get_executor(), trusting(authority));
  HttpRequest request = post(peer.url("model.test", "/size"), std::string(2'000'000, 'x'));
  CHECK(response_of(send(io, client, std::move(request))).body == "2000000");
}

TEST_CASE("a peer whose certificate names another host is not trusted") {
  TestAuthority authority;
  SecurePeer peer(authority, "DNS:model.test,IP:127.0.0.2");
  asio::io_context io(1);
  HttpClient client(io.get_executor(), trusting(authority));
  for (const char* host : {"other.test", "sub.model.test", "127.0.0.1"}) {
    INFO(host);
    const HttpFailure failure = failure_of(send(io, client, get(peer.url(host))));
    CHECK(failure.kind == Kind::tls);
    CHECK(failure.message.find("mismatch") != std::string::npos);
    CHECK(failure.sent_bytes == 0);
  }
  CHECK(client.stats().connections_open == 0);
}

TEST_CASE("a peer whose certificate nobody known has signed is not trusted") {
  TestAuthority authority;
  TestAuthority stranger;
  SecurePeer peer(stranger, "DNS:model.test");
  asio::io_context io(1);
  HttpClient client(io.get_executor(), trusting(authority));
  const HttpFailure failure = failure_of(send(io, client, get(peer.url("model.test"))));
  CHECK(failure.kind == Kind::tls);
  CHECK(failure.message.find("certificate") != std::string::npos);
}

TEST_CASE("a certificate past its time is not trusted") {
  TestAuthority authority;
  SecurePeer peer(authority, "DNS:model.test", -3600);
  asio::io_context io(1);
  HttpClient client(io.get_executor(), trusting(authority));
  const HttpFailure failure = failure_of(send(io, client, get(peer.url("model.test"))));
  CHECK(failure.kind == Kind::tls);
  CHECK(failure.message.find("expired") != std::string::npos);
}

TEST_CASE("a peer that speaks no TLS is no TLS peer") {
  asio::io_context io(1);
  LocalServer plain(io, echo);
  HttpClient client(io.get_executor());
  const std::string url = "https://127.0.0.1:" + std::to_string(plain.port) + "/";
  CHECK(failure_of(send(io, client, get(url))).kind == Kind::tls);
}

TEST_CASE("a file of trusted certificates that cannot be read is a failure, not a way around") {
  asio::io_context io(1);
  LocalServer plain(io, echo);
  HttpClientOptions options;
  options.ca_file = "/no/such/file.pem";
  HttpClient client(io.get_executor(), options);
  const std::string url = "https://127.0.0.1:" + std::to_string(plain.port) + "/";
  CHECK(failure_of(send(io, client, get(url))).kind == Kind::tls);
}

TEST_CASE("a peer that never answers the TLS greeting is given up in time") {
  TestLoop loop;
  bool greeted = false;
  RawPeer peer(loop.io, [&](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await socket.async_wait(RawPeer::Socket::wait_read, asio::use_awaitable);
    greeted = true;
    co_await RawPeer::wait_for_end(socket);
  });
  HttpClient client(loop.executor());
  const std::string url = "https://127.0.0.1:" + std::to_string(peer.port()) + "/";
  Started<HttpOutcome> call;
  call.on(loop.io, client.send(get(url), LoopClock::now() + 8s));
  run_until(loop.io, [&] { return greeted; });
  loop.settle();
  loop.advance(7s);
  CHECK_FALSE(call.ended());
  loop.advance(1s);
  REQUIRE(call.ended());
  CHECK(failure_of(call.value()).kind == Kind::timeout);
}

}  // namespace
}  // namespace yoke
