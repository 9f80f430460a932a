#include <catch2/catch.hpp>

#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

using Kind = HttpFailure::Kind;

constexpr const char* kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_CASE("a connection is kept and used for the next request") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  HttpClient client(io.get_executor());
  for (int i = 0; i < 10; ++i)
    CHECK(response_of(send(io, client, get(server.url()))).status == 200);
  CHECK(server.server.stats().connections_accepted == 1);
  CHECK(client.stats().connections_made == 1);
  CHECK(client.stats().connections_reused == 9);
  CHECK(client.stats().connections_idle == 1);
  client.close_idle();
  CHECK(client.stats().connections_open == 0);
  CHECK(response_of(send(io, client, get(server.url()))).status == 200);
  CHECK(server.server.stats().connections_accepted == 2);
}

TEST_CASE("a connection that says close, or sends more than it should, is not kept") {
  const std::string answer =
      GENERATE("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
               "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
               "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n");
  asio::io_context io(1);
  RawPeer peer(io, [&](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, answer);
    co_await RawPeer::wait_for_end(socket);
  });
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(peer.url()))).body == "ok");
  CHECK(client.stats().connections_open == 0);
}

TEST_CASE("a kept connection that its peer has closed is noticed before the next request") {
  asio::io_context io(1);
  bool close_first = false;
  Signal closing;
  RawPeer peer(io, [&](RawPeer::Socket& socket, std::size_t index) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, kOk);
    if (index == 0) co_await closing.wait();
    close_first = true;
    if (index > 0) co_await RawPeer::wait_for_end(socket);
  });
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, post(peer.url(), ""))).body == "ok");
  CHECK(client.stats().connections_idle == 1);
  closing.notify();
  run_until(io, [&] { return close_first; });
  io.poll();
  CHECK(response_of(send(io, client, post(peer.url(), ""))).body == "ok");
  CHECK(client.stats().connections_made == 2);
  CHECK(client.stats().calls_repeated == 0);
}

// The first connection answers once, then reads the next request and closes without a word.
RawPeer::Script stale_after_first() {
  return [](RawPeer::Socket& socket, std::size_t index) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, kOk);
    co_await RawPeer::read_message(socket);
    if (index > 0) co_await RawPeer::write(socket, kOk);
  };
}

TEST_CASE("a request on a connection that proves stale is repeated once when that is safe") {
  asio::io_context io(1);
  RawPeer peer(io, stale_after_first());
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(peer.url()))).body == "ok");
  SECTION("an idempotent request") {
    CHECK(response_of(send(io, client, get(peer.url()))).body == "ok");
    CHECK(client.stats().calls_repeated == 1);
  }
  SECTION("one that is marked as repeatable") {
    HttpRequest request = post(peer.url(), "");
    request.repeatable = true;
    CHECK(response_of(send(io, client, std::move(request))).body == "ok");
    CHECK(client.stats().calls_repeated == 1);
  }
  SECTION("never one that may have been acted on") {
    const HttpFailure failure = failure_of(send(io, client, post(peer.url(), "")));
    CHECK(failure.kind == Kind::cut);
    CHECK(failure.sent_bytes > 0);
    CHECK(client.stats().calls_repeated == 0);
    CHECK(peer.connections() == 1);
  }
}

TEST_CASE("a fresh connection that is cut is not tried again") {
  asio::io_context io(1);
  RawPeer peer(io, [](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
  });
  HttpClient client(io.get_executor());
  CHECK(failure_of(send(io, client, get(peer.url()))).kind == Kind::cut);
  CHECK(peer.connections() == 1);
}

TEST_CASE("an idle connection is not used after its expiry") {
  TestLoop loop;
  LocalServer server(loop.io, echo);
  HttpClientOptions options;
  options.idle_expiry = 20s;
  HttpClient client(loop.executor(), options);
  CHECK(response_of(send(loop.io, client, get(server.url()))).status == 200);
  loop.advance(19s);
  CHECK(response_of(send(loop.io, client, get(server.url()))).status == 200);
  CHECK(client.stats().connections_made == 1);
  loop.advance(20s);
  CHECK(response_of(send(loop.io, client, get(server.url()))).status == 200);
  CHECK(client.stats().connections_made == 2);
  CHECK(client.stats().connections_open == 1);
}

// A server whose answers a test gives out one by one.
struct HeldServer {
  explicit HeldServer(asio::io_context& io)
      : local(io, [this](HttpRequest request) { return answer(std::move(request)); }) {}

  awaitable<HttpReply> answer(HttpRequest request) {
    order.push_back(request.url);
    Signal go;
    held.push_back(&go);
    co_await go.wait();
    HttpReply reply;
    reply.body = request.url;
    co_return reply;
  }
  void release_one() {
    held.front()->notify();
    held.erase(held.begin());
  }

  std::vector<std::string> order;
  std::vector<Signal*> held;
  LocalServer local;
};

TEST_CASE("calls over the limit of an origin wait in line, first come, first served") {
  asio::io_context io(1);
  HeldServer server(io);
  HttpClientOptions options;
  options.connections_per_origin_max = 2;
  HttpClient client(io.get_executor(), options);
  std::vector<std::unique_ptr<Started<HttpOutcome>>> calls;
  for (int i = 0; i < 6; ++i) {
    calls.push_back(std::make_unique<Started<HttpOutcome>>());
    const std::string url = server.local.url("/" + std::to_string(i));
    calls.back()->on(io, client.send(get(url), in_a_minute()));
  }
  run_until(io, [&] { return server.held.size() == 2; });
  CHECK(client.stats().calls_waiting == 4);
  CHECK(client.stats().connections_open == 2);
  for (std::size_t done = 0; done < 6; ++done) {
    run_until(io, [&] {
      return !server.held.empty() && server.order.size() >= std::min<std::size_t>(done + 2, 6);
    });
    CHECK(client.stats().connections_open <= 2);
    server.release_one();
    run_until(io, [&] { return calls[done]->ended(); });
  }
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(response_of(calls[i]->value()).body == "/" + std::to_string(i));
  }
  CHECK(server.order == std::vector<std::string>{"/0", "/1", "/2", "/3", "/4", "/5"});
  CHECK(client.stats().connections_made == 2);
  CHECK(client.stats().calls_waiting == 0);
}

TEST_CASE("a call in line gives up at its deadline and the next one moves up") {
  TestLoop loop;
  HeldServer server(loop.io);
  HttpClientOptions options;
  options.connections_per_origin_max = 1;
  HttpClient client(loop.executor(), options);
  Started<HttpOutcome> first;
  Started<HttpOutcome> hasty;
  Started<HttpOutcome> patient;
  first.on(loop.io, client.send(get(server.local.url("/first")), LoopClock::now() + 1h));
  run_until(loop.io, [&] { return server.held.size() == 1; });
  hasty.on(loop.io, client.send(get(server.local.url("/hasty")), LoopClock::now() + 10s));
  patient.on(loop.io, client.send(get(server.local.url("/patient")), LoopClock::now() + 1h));
  loop.settle();
  loop.advance(10s);
  REQUIRE(hasty.ended());
  CHECK(failure_of(hasty.value()).kind == Kind::timeout);
  CHECK(failure_of(hasty.value()).sent_bytes == 0);
  server.release_one();
  run_until(loop.io, [&] { return server.held.size() == 1; });
  server.release_one();
  run_until(loop.io, [&] { return patient.ended(); });
  CHECK(response_of(patient.value()).body == "/patient");
  CHECK(server.order == std::vector<std::string>{"/first", "/patient"});
}

TEST_CASE("a call in line gets the place of one whose connection was lost") {
  asio::io_context io(1);
  RawPeer peer(io, [](RawPeer::Socket& socket, std::size_t index) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    if (index > 0) co_await RawPeer::write(socket, kOk);
  });
  HttpClientOptions options;
  options.connections_per_origin_max = 1;
  HttpClient client(io.get_executor(), options);
  Started<HttpOutcome> lost;
  Started<HttpOutcome> next;
  lost.on(io, client.send(get(peer.url()), in_a_minute()));
  next.on(io, client.send(get(peer.url()), in_a_minute()));
  run_until(io, [&] { return lost.ended() && next.ended(); });
  CHECK(failure_of(lost.value()).kind == Kind::cut);
  CHECK(response_of(next.value()).body == "ok");
}

TEST_CASE("idle connections are bounded by origin and in total, the oldest go first") {
  asio::io_context io(1);
  LocalServer one(io, echo);
  LocalServer two(io, echo);
  LocalServer three(io, echo);
  HttpClientOptions options;
  options.idle_per_origin_max = 1;
  options.idle_total_max = 2;
  HttpClient client(io.get_executor(), options);
  Started<HttpOutcome> a;
  Started<HttpOutcome> b;
  a.on(io, client.send(get(one.url()), in_a_minute()));
  b.on(io, client.send(get(one.url()), in_a_minute()));
  run_until(io, [&] { return a.ended() && b.ended(); });
  CHECK(client.stats().connections_made == 2);
  CHECK(client.stats().connections_idle == 1);
  send(io, client, get(two.url()));
  send(io, client, get(three.url()));
  CHECK(client.stats().connections_idle == 2);
  CHECK(client.stats().connections_open == 2);
  send(io, client, get(two.url()));
  send(io, client, get(three.url()));
  CHECK(client.stats().connections_made == 4);
  send(io, client, get(one.url()));
  CHECK(client.stats().connections_made == 5);
}

TEST_CASE("a client outlives the loop, with connections idle and calls under way") {
  std::unique_ptr<HttpClient> client;
  Started<HttpOutcome> call;
  Started<HttpOutcome> queued;
  {
    asio::io_context io(1);
    HttpClientOptions options;
    options.connections_per_origin_max = 1;
    client = std::make_unique<HttpClient>(io.get_executor(), options);
    LocalServer server(io, echo);
    send(io, *client, get(server.url()));
    CHECK(client->stats().connections_idle == 1);
    HeldServer held(io);
    call.on(io, client->send(get(held.local.url()), in_a_minute()));
    queued.on(io, client->send(get(held.local.url()), in_a_minute()));
    run_until(io, [&] { return held.held.size() == 1; });
  }
  CHECK_FALSE(call.ended());
  CHECK(client->stats().connections_open == 0);
}

TEST_CASE("a client may go before its loop while a call of its own is under way") {
  asio::io_context io(1);
  HeldServer held(io);
  Started<HttpOutcome> call;
  {
    HttpClient client(io.get_executor());
    call.on(io, client.send(get(held.local.url()), in_a_minute()));
    run_until(io, [&] { return held.held.size() == 1; });
    io.stop();
  }
  CHECK_FALSE(call.ended());
}

}  // namespace
}  // namespace yoke
