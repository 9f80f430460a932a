#include <catch2/catch.hpp>

#include "runtime/loop/signal.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

using namespace std::chrono_literals;

// Who is turned away by the server itself is answered in the words of whoever runs it.
namespace yoke {
namespace {

HttpReply told(const HttpRefused& refused) {
  HttpReply reply;
  reply.status = refused.status;
  const std::string wait = refused.retry_after ? " in a while" : "";
  reply.body = std::string(name_of(refused.why)) + wait + " [" + refused.seen.method + " " +
               refused.seen.url + "] " + std::string(refused.seen.headers.get("X-Request-Id"));
  return reply;
}

HttpServerOptions telling() {
  HttpServerOptions options;
  options.body_bytes_max = 10;
  options.header_bytes_max = 4000;
  options.target_bytes_max = 100;
  options.refuser = told;
  return options;
}

std::string refused_text(asio::io_context& io, std::uint16_t port, const std::string& request) {
  const std::string got = run(io, talk_raw(port, request));
  return got.substr(0, 12) + " " + got.substr(got.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("who is refused is told in the refuser's words, by as much as was read of the request") {
  asio::io_context io(1);
  LocalServer server(io, echo, telling());
  const auto ask = [&](const std::string& request) {
    return refused_text(io, server.port, request);
  };
  CHECK(ask("POST /v1/a?b HTTP/1.1\r\nHost: h\r\nX-Request-Id: r1\r\nContent-Length: 11\r\n\r\n") ==
        "HTTP/1.1 413 large_body [POST /v1/a?b] r1");
  CHECK(ask("POST /v1/a HTTP/1.1\r\nHost: h\r\nX: " + std::string(5000, 'x')) ==
        "HTTP/1.1 431 large_head [POST /v1/a] ");
  CHECK(ask("GET /v1/a HTTP/1.1\r\n\r\n") == "HTTP/1.1 400 malformed [GET /v1/a] ");
  CHECK(ask("GET /v1/a HTTP/1.2\r\n\r\n") == "HTTP/1.1 505 version [GET /v1/a] ");
  CHECK(ask("GET /v1/\x80\xff HTTP/1.1\r\n\r\n") == "HTTP/1.1 400 malformed [GET /v1/] ");
  const std::string tail(120, 't');
  CHECK(ask("GET /v1/a?" + tail + " HTTP/1.1\r\n\r\n") ==
        "HTTP/1.1 414 long_target [GET /v1/a?" + tail + "] ");
  CHECK(ask("GET /" + std::string(1000, 't')) ==
        "HTTP/1.1 414 long_target [GET /" + std::string(160, 't') + "] ");
  CHECK(ask("no HTTP\r\n\r\n") == "HTTP/1.1 400 malformed [ ] ");
}

TEST_CASE("who comes too slowly is told in the refuser's words") {
  TestLoop loop;
  HttpServerOptions options = telling();
  options.head_timeout = 10s;
  options.body_timeout = 10s;
  LocalServer server(loop.io, echo, options);
  const auto ask = [&](const std::string& sent) {
    Started<std::string> talking;
    const auto accepted = server.server.stats().connections_accepted;
    talking.on(loop.io, talk_raw(server.port, sent));
    run_until(loop.io, [&] { return server.server.stats().connections_accepted > accepted; });
    for (int i = 0; i < 50; ++i) {
      loop.io.restart();
      loop.io.poll();
    }
    loop.advance(11s);
    run_until(loop.io, [&] { return talking.ended(); });
    const std::string got = talking.value();
    return got.substr(got.find("\r\n\r\n") + 4);
  };
  CHECK(ask("GET /v1/a HTTP/1.1\r\nHost:") == "slow_head [GET /v1/a] ");
  CHECK(ask("POST /v1/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\na") ==
        "slow_body [POST /v1/a] ");
}

TEST_CASE("who is one too many is asked what for before it is told so") {
  asio::io_context io(1);
  HttpServerOptions options = telling();
  options.connections_max = 1;
  Signal go;
  const auto slow = [&go](HttpRequest) -> awaitable<HttpReply> {
    co_await go.wait();
    co_return HttpReply();
  };
  LocalServer server(io, slow, options);
  HttpClient busy(io.get_executor());
  Started<HttpOutcome> call;
  call.on(io, busy.send(get(server.url()), in_a_minute()));
  run_until(io, [&] { return server.server.stats().requests == 1; });
  const std::string late = "POST /v1/a HTTP/1.1\r\nHost: h\r\nX-Request-Id: r2\r\n\r\n";
  CHECK(refused_text(io, server.port, late) == "HTTP/1.1 503 full in a while [POST /v1/a] r2");
  CHECK(server.server.stats().requests == 1);
  go.notify();
  run_until(io, [&] { return call.ended(); });
  CHECK(response_of(call.value()).status == 200);
}

TEST_CASE("who is one too many and says nothing is told so after a second") {
  TestLoop loop;
  HttpServerOptions options = telling();
  options.connections_per_peer_max = 1;
  options.count_loopback = true;
  LocalServer server(loop.io, echo, options);
  Started<std::string> first;
  first.on(loop.io, talk_raw(server.port, ""));
  run_until(loop.io, [&] { return server.server.stats().connections_open == 1; });
  Started<std::string> second;
  second.on(loop.io, talk_raw(server.port, "GET /v1"));
  run_until(loop.io, [&] { return server.server.stats().connections_accepted == 2; });
  for (int i = 0; i < 50; ++i) {
    loop.io.restart();
    loop.io.poll();
  }
  CHECK_FALSE(second.ended());
  loop.advance(1s);
  run_until(loop.io, [&] { return second.ended(); });
  CHECK(second.value().find("full_for_peer in a while [GET /v1]") != std::string::npos);
  loop.advance(80s);
  run_until(loop.io, [&] { return first.ended(); });
}

TEST_CASE("a refuser that throws, or gives what cannot be sent, is passed by") {
  asio::io_context io(1);
  for (const bool throws : {true, false}) {
    HttpServerOptions options;
    options.refuser = [throws](const HttpRefused&) -> HttpReply {
      if (throws) throw Fault("no words");
      HttpReply reply;
      reply.headers.add("X", "two\r\nlines: 1");
      return reply;
    };
    LocalServer server(io, echo, options);
    const std::string got = run(io, talk_raw(server.port, "GET / HTTP/1.1\r\n\r\n"));
    CHECK(got.starts_with("HTTP/1.1 400 "));
    CHECK(got.find("\"code\":\"malformed\"") != std::string::npos);
  }
}

TEST_CASE("a refused HEAD has no body") {
  asio::io_context io(1);
  LocalServer server(io, echo, telling());
  const std::string got = run(io, talk_raw(server.port, "HEAD /v1/a HTTP/1.1\r\n\r\n"));
  CHECK(got.starts_with("HTTP/1.1 400 "));
  CHECK(got.ends_with("\r\n\r\n"));
}

}  // namespace yoke
