#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "runtime/base/json.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

using Socket = asio::ip::tcp::socket;

bool begins_with(const std::string& text, const std::string& with) {
  return text.rfind(with, 0) == 0;
}

// A client that a test drives byte by byte.
struct RawClient {
  RawClient(asio::io_context& loop, std::uint16_t port) : io(loop), socket(loop) {
    socket.connect({asio::ip::address_v4::loopback(), port});
  }
  void send(const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }
  std::string read_all() { return run(io, RawPeer::read_all(socket)); }

  asio::io_context& io;
  Socket socket;
};

void settle(asio::io_context& io) {
  for (int i = 0; i < 50; ++i) {
    io.restart();
    io.poll();
  }
}

TEST_CASE("a refusal is a problem document that says what is wrong") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  const std::string got = run(io, talk_raw(server.port, "GET / HTTP/1.1\r\n\r\n"));
  CHECK(begins_with(got, "HTTP/1.1 400 Bad Request\r\n"));
  CHECK(got.find("Content-Type: application/problem+json\r\n") != std::string::npos);
  CHECK(got.find("Connection: close\r\n") != std::string::npos);
  const Result<Json> body = parse_json(got.substr(got.find("\r\n\r\n") + 4));
  REQUIRE(body.has_value());
  CHECK((*body)["status"] == 400);
  CHECK((*body)["code"] == "malformed");
  CHECK((*body)["title"] == "Bad Request");
  CHECK((*body)["detail"] == "There is no Host field.");
}

TEST_CASE("a client that sends nothing, or its request too slowly, is given up") {
  TestLoop loop;
  HttpServerOptions options;
  options.idle_timeout = 60s;
  options.head_timeout = 10s;
  options.body_timeout = 20s;
  LocalServer server(loop.io, echo, options);
  const auto wait_for = [&](const std::string& sent, LoopClock::duration almost) {
    Started<std::string> talking;
    const auto accepted = server.server.stats().connections_accepted;
    talking.on(loop.io, talk_raw(server.port, sent));
    run_until(loop.io, [&] { return server.server.stats().connections_accepted > accepted; });
    settle(loop.io);
    loop.advance(almost);
    CHECK_FALSE(talking.ended());
    loop.advance(2s);
    run_until(loop.io, [&] { return talking.ended(); });
    return talking.value();
  };
  CHECK(wait_for("", 59s).empty());
  CHECK(begins_with(wait_for("GET / HT", 9s), "HTTP/1.1 408 "));
  const std::string head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n";
  CHECK(begins_with(wait_for(head + "ab", 19s), "HTTP/1.1 408 "));
  CHECK(server.server.stats().refused(HttpRefusal::slow_head) == 1);
  CHECK(server.server.stats().refused(HttpRefusal::slow_body) == 1);
}

TEST_CASE("a head that comes byte by byte has no more time than another") {
  TestLoop loop;
  HttpServerOptions options;
  options.head_timeout = 10s;
  LocalServer server(loop.io, echo, options);
  RawClient slow(loop.io, server.port);
  slow.send("GET / HTTP/1.1\r\nHost: h\r\n");
  for (int second = 0; second < 9; ++second) {
    slow.send("X: y\r\n");
    settle(loop.io);
    loop.advance(1s);
    CHECK(server.server.stats().refused(HttpRefusal::slow_head) == 0);
  }
  settle(loop.io);
  loop.advance(2s);
  CHECK(begins_with(slow.read_all(), "HTTP/1.1 408 "));
  CHECK(server.server.stats().refused(HttpRefusal::slow_head) == 1);
}

TEST_CASE("a large body has time for its size, if it keeps the lowest pace") {
  TestLoop loop;
  HttpServerOptions options;
  options.body_timeout = 10s;
  options.bytes_per_second_min = 1000;
  LocalServer server(loop.io, echo, options);
  const std::string head =
      "POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 60000\r\n\r\n";
  RawClient fair(loop.io, server.port);
  fair.send(head);
  for (int second = 0; second < 30; ++second) {
    fair.send(std::string(2000, 'x'));
    settle(loop.io);
    loop.advance(1s);
  }
  CHECK(begins_with(fair.read_all(), "HTTP/1.1 200 "));
  RawClient slow(loop.io, server.port);
  slow.send(head);
  for (int second = 0; second < 12; ++second) {
    slow.send(std::string(100, 'x'));
    settle(loop.io);
    loop.advance(1s);
  }
  CHECK(begins_with(slow.read_all(), "HTTP/1.1 408 "));
  CHECK(server.server.stats().refused(HttpRefusal::slow_body) == 1);
}

TEST_CASE("a client that does not read a reply is given up after write_timeout") {
  TestLoop loop;
  HttpServerOptions options;
  options.write_timeout = 30s;
  const auto large = [](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.body.assign(64 * 1024 * 1024, 'x');
    co_return reply;
  };
  LocalServer server(loop.io, large, options);
  RawClient client(loop.io, server.port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  run_until(loop.io, [&] { return server.server.stats().requests == 1; });
  settle(loop.io);
  loop.advance(29s);
  CHECK(server.server.stats().connections_open == 1);
  loop.advance(2s);
  settle(loop.io);
  CHECK(server.server.stats().connections_open == 0);
  CHECK(server.server.stats().refused(HttpRefusal::slow_reader) == 1);
}

TEST_CASE("a stream's writer waits for a slow reader, and no longer than write_timeout") {
  TestLoop loop;
  HttpServerOptions options;
  options.write_timeout = 30s;
  std::size_t written = 0;
  bool ended = false;
  const auto endless = [&](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.stream = [&](HttpWriter& writer) -> awaitable<void> {
      bool open = true;
      while (open) {
        open = co_await writer.write(std::string(64 * 1024, 'x'));
        if (open) written += 64 * 1024;
      }
      ended = true;
    };
    co_return reply;
  };
  LocalServer server(loop.io, endless, options);
  RawClient client(loop.io, server.port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  run_until(loop.io, [&] { return written > 0; });
  settle(loop.io);
  const std::size_t at_once = written;
  CHECK(at_once < 32 * 1024 * 1024);  // what the kernel takes, nothing in memory of ours
  loop.advance(29s);
  CHECK_FALSE(ended);
  CHECK(written == at_once);
  loop.advance(2s);
  run_until(loop.io, [&] { return server.server.stats().connections_open == 0; });
  CHECK(ended);
  CHECK(server.server.stats().refused(HttpRefusal::slow_reader) == 1);
}

TEST_CASE("a client that asks again while it is streamed to, and then leaves, is seen to leave") {
  asio::io_context io(1);
  bool began = false;
  bool ended = false;
  Signal never;
  LocalServer server(io, [&](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.stream = [&](HttpWriter& writer) -> awaitable<void> {
      co_await writer.write("first");
      began = true;
      std::exception_ptr failure;
      try {
        co_await never.wait();
      } catch (...) {
        failure = std::current_exception();
      }
      ended = failure && !writer.is_open();
    };
    co_return reply;
  });
  auto client = std::make_unique<RawClient>(io, server.port);
  client->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  run_until(io, [&] { return began; });
  client->send("GET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  settle(io);
  CHECK_FALSE(ended);
  client.reset();
  run_until(io, [&] { return ended; });
  run_until(io, [&] { return server.server.stats().connections_open == 0; });
  CHECK(server.server.stats().requests == 1);
}

TEST_CASE("a connection over the limit takes the place of the one that was idle longest") {
  asio::io_context io(1);
  HttpServerOptions options;
  options.connections_max = 2;
  LocalServer server(io, echo, options);
  RawClient first(io, server.port);
  RawClient second(io, server.port);
  run_until(io, [&] { return server.server.stats().connections_idle == 2; });
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(server.url("/third")))).body == "/third|");
  CHECK(first.read_all().empty());
  CHECK(server.server.stats().connections_open == 2);
  second.send("GET /second HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  CHECK(second.read_all().find("/second|") != std::string::npos);
}

TEST_CASE("a connection over the limit is told to come again when none is idle") {
  asio::io_context io(1);
  HttpServerOptions options;
  options.connections_max = 1;
  Signal go;
  const auto slow = [&go](HttpRequest) -> awaitable<HttpReply> {
    co_await go.wait();
    co_return HttpReply();
  };
  LocalServer server(io, slow, options);
  HttpClient busy(io.get_executor());
  HttpClient late(io.get_executor());
  Started<HttpOutcome> call;
  call.on(io, busy.send(get(server.url()), in_a_minute()));
  run_until(io, [&] { return server.server.stats().requests == 1; });
  const HttpResponse refused = response_of(send(io, late, get(server.url())));
  CHECK(refused.status == 503);
  CHECK(refused.headers.get("Retry-After") == "5");
  CHECK(server.server.stats().refused(HttpRefusal::full) == 1);
  go.notify();
  run_until(io, [&] { return call.ended(); });
  CHECK(response_of(call.value()).status == 200);
}

TEST_CASE("one address has no more connections than it may, and gets its place back") {
  asio::io_context io(1);
  HttpServerOptions options;
  options.connections_per_peer_max = 1;
  options.count_loopback = true;
  LocalServer server(io, echo, options);
  {
    RawClient first(io, server.port);
    run_until(io, [&] { return server.server.stats().connections_open == 1; });
    RawClient second(io, server.port);
    CHECK(begins_with(second.read_all(), "HTTP/1.1 429 "));
    CHECK(server.server.stats().refused(HttpRefusal::full_for_peer) == 1);
  }
  run_until(io, [&] { return server.server.stats().connections_open == 0; });
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(server.url()))).status == 200);
}

TEST_CASE("a connection ends after the requests that it may carry") {
  asio::io_context io(1);
  HttpServerOptions options;
  options.requests_per_connection_max = 2;
  LocalServer server(io, echo, options);
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::string got = run(io, talk_raw(server.port, request + request + request));
  CHECK(server.server.stats().requests == 2);
  CHECK(got.find("Connection: keep-alive") < got.find("Connection: close"));
}

TEST_CASE("the bodies under way are bounded all together") {
  asio::io_context io(1);
  HttpServerOptions options;
  options.body_bytes_in_all_max = 10'000;
  Signal go;
  const auto slow = [&go](HttpRequest) -> awaitable<HttpReply> {
    co_await go.wait();
    co_return HttpReply();
  };
  LocalServer server(io, slow, options);
  HttpClient client(io.get_executor());
  Started<HttpOutcome> first;
  first.on(io, client.send(post(server.url(), std::string(8000, 'x')), in_a_minute()));
  run_until(io, [&] { return server.server.stats().requests == 1; });
  CHECK(server.server.stats().body_bytes == 8000);
  const HttpResponse refused =
      response_of(send(io, client, post(server.url(), std::string(8000, 'x'))));
  CHECK(refused.status == 503);
  CHECK(server.server.stats().refused(HttpRefusal::no_memory) == 1);
  go.notify();
  run_until(io, [&] { return first.ended(); });
  run_until(io, [&] { return server.server.stats().body_bytes == 0; });
}

TEST_CASE("a handler sees who asks: address and port, or nothing over a socket file") {
  asio::io_context io(1);
  LocalServer server(io, [](HttpRequest request) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.body = request.peer.address + ":" + std::to_string(request.peer.port);
    co_return reply;
  });
  RawClient client(io, server.port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string from = "127.0.0.1:" + std::to_string(client.socket.local_endpoint().port());
  CHECK(client.read_all().find("\r\n\r\n" + from) != std::string::npos);
}

TEST_CASE("a client that resets its connection during a request harms nobody") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  for (const char* sent :
       {"", "GET / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nab",
        "GET / HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    RawClient client(io, server.port);
    client.send(sent);
    settle(io);
    client.socket.set_option(asio::socket_base::linger(true, 0));
    client.socket.close();
    run_until(io, [&] { return server.server.stats().connections_open == 0; });
  }
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(server.url("/after")))).body == "/after|");
}

TEST_CASE("a client that has shut its sending side down still gets its reply") {
  asio::io_context io(1);
  Signal go;
  LocalServer server(io, [&go](HttpRequest) -> awaitable<HttpReply> {
    co_await go.wait();
    HttpReply reply;
    reply.body = "late";
    co_return reply;
  });
  RawClient client(io, server.port);
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  client.socket.shutdown(Socket::shutdown_send);
  run_until(io, [&] { return server.server.stats().requests == 1; });
  settle(io);
  go.notify();
  CHECK(client.read_all().find("late") != std::string::npos);
}

}  // namespace
}  // namespace yoke
