#include <catch2/catch.hpp>

#include "runtime/http/address.h"
#include "runtime/http/sse.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

namespace yoke {
namespace {

using Kind = HttpFailure::Kind;

// A raw peer that answers every request of a connection with the same bytes.
RawPeer::Script answering(std::string bytes) {
  return [bytes](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    while (true) {
      co_await RawPeer::read_message(socket);
      co_await RawPeer::write(socket, bytes);
    }
  };
}

// … and then closes.
RawPeer::Script answering_once(std::string bytes) {
  return [bytes](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, bytes);
  };
}

TEST_CASE("a request reaches the server whole, and so does the response") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  HttpClient client(io.get_executor());
  const HttpResponse got = response_of(send(io, client, get(server.url("/a?b=c"))));
  CHECK(got.status == 200);
  CHECK(got.body == "/a?b=c|");
  CHECK(got.headers.get("x-method") == "GET");
  CHECK(got.url == server.url("/a?b=c"));
  const std::string large(3'000'000, 'x');
  CHECK(response_of(send(io, client, post(server.url(), large))).body == "/|" + large);
  HttpRequest head = get(server.url());
  head.method = "HEAD";
  const HttpResponse bare = response_of(send(io, client, std::move(head)));
  CHECK(bare.status == 200);
  CHECK(bare.body.empty());
}

TEST_CASE("a host name is looked up, and only once while the answer is fresh") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  std::atomic<int> look_ups = 0;
  HttpClientOptions options;
  options.idle_per_origin_max = 0;  // a new connection each time
  options.look_up = [&look_ups](const std::string& host) {
    look_ups += 1;
    if (host != "model.test") throw Fault("unknown");
    return std::vector{asio::ip::make_address("127.0.0.1")};
  };
  HttpClient client(io.get_executor(), options);
  const std::string url = "http://model.test:" + std::to_string(server.port) + "/x";
  for (int i = 0; i < 3; ++i) CHECK(response_of(send(io, client, get(url))).body == "/x|");
  CHECK(look_ups == 1);
  CHECK(client.stats().connections_made == 3);
  const HttpFailure failure = failure_of(send(io, client, get("http://nobody.test/")));
  CHECK(failure.kind == Kind::resolve);
  CHECK(failure.message.find("nobody.test") != std::string::npos);
  CHECK(failure.sent_bytes == 0);
}

TEST_CASE("localhost is found by the system") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  HttpClient client(io.get_executor());
  const std::string url = "http://localhost:" + std::to_string(server.port) + "/x";
  CHECK(response_of(send(io, client, get(url))).body == "/x|");
}

TEST_CASE("a port where nobody listens is a connect failure") {
  asio::io_context io(1);
  std::uint16_t port = 0;
  {
    const asio::ip::tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
    const asio::ip::tcp::acceptor gone(io, any);
    port = gone.local_endpoint().port();
  }
  HttpClient client(io.get_executor());
  const HttpFailure failure =
      failure_of(send(io, client, get("http://127.0.0.1:" + std::to_string(port) + "/p?key=s")));
  CHECK(failure.kind == Kind::connect);
  CHECK(failure.sent_bytes == 0);
  CHECK(failure.message.find("/p") != std::string::npos);
  CHECK(failure.message.find("key=s") == std::string::npos);
  CHECK(client.stats().connections_open == 0);
}

TEST_CASE("a request that cannot be sent is refused without a connection") {
  asio::io_context io(1);
  HttpClient client(io.get_executor());
  CHECK(failure_of(send(io, client, get("not a url"))).kind == Kind::bad_request);
  HttpRequest request = get("http://127.0.0.1:1/");
  request.headers.add("X", "a\nb");
  CHECK(failure_of(send(io, client, std::move(request))).kind == Kind::bad_request);
  CHECK(client.stats().connections_made == 0);
}

TEST_CASE("a response that dribbles in byte by byte is whole in the end") {
  asio::io_context io(1);
  RawPeer peer(io, [](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write_bytewise(socket,
                                     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                     "2\r\nhe\r\n3\r\nllo\r\n0\r\nT: t\r\n\r\n");
  });
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(peer.url()))).body == "hello");
}

TEST_CASE("server-sent events reach their sink while the stream goes on") {
  asio::io_context io(1);
  bool first_seen = false;
  RawPeer peer(io, [&](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket,
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                            "d\r\ndata: first\n\n\r\n");
    co_await RawPeer::read_message(socket);  // the sink sends this
    co_await RawPeer::write(socket, "e\r\ndata: second\n\n\r\n0\r\n\r\n");
  });
  HttpClient client(io.get_executor());
  SseParser parser;
  std::vector<SseEvent> events;
  HttpSinks sinks;
  sinks.on_data = [&](std::string_view bytes) {
    first_seen = true;
    return parser.feed(bytes, events).has_value();
  };
  Started<HttpOutcome> call;
  call.on(io, client.send(get(peer.url()), in_a_minute(), sinks));
  run_until(io, [&] { return first_seen; });
  REQUIRE(events.size() == 1);
  CHECK(events[0].data == "first");
  CHECK_FALSE(call.ended());
}

TEST_CASE("a sink takes the body only of the responses it wants") {
  asio::io_context io(1);
  RawPeer peer(io, answering("HTTP/1.1 400 Bad\r\nContent-Length: 5\r\n\r\nwrong"));
  HttpClient client(io.get_executor());
  std::string streamed;
  HttpSinks sinks;
  sinks.on_head = [](const HttpResponseHead& head) { return head.status == 200; };
  sinks.on_data = [&](std::string_view bytes) {
    streamed += bytes;
    return true;
  };
  const HttpResponse got = response_of(run(io, client.send(get(peer.url()), in_a_minute(), sinks)));
  CHECK(got.body == "wrong");
  CHECK(streamed.empty());
  sinks.on_head = nullptr;
  CHECK(response_of(run(io, client.send(get(peer.url()), in_a_minute(), sinks))).body.empty());
  CHECK(streamed == "wrong");
}

TEST_CASE("a sink that wants no more ends the call and its connection") {
  asio::io_context io(1);
  RawPeer peer(io, answering("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello"));
  HttpClient client(io.get_executor());
  HttpSinks sinks;
  sinks.on_data = [](std::string_view) { return false; };
  const HttpFailure failure =
      failure_of(run(io, client.send(get(peer.url()), in_a_minute(), sinks)));
  CHECK(failure.kind == Kind::stopped);
  CHECK(client.stats().connections_open == 0);
}

TEST_CASE("a body that ends with the connection is whole") {
  asio::io_context io(1);
  RawPeer peer(io, answering_once("HTTP/1.1 200 OK\r\n\r\nto the end"));
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(peer.url()))).body == "to the end");
  CHECK(client.stats().connections_open == 0);
}

TEST_CASE("a redirect is an ordinary response unless it is asked to be followed") {
  asio::io_context io(1);
  const auto handler = [](HttpRequest request) -> awaitable<HttpReply> {
    HttpReply reply;
    if (request.url == "/end") {
      reply.body = request.method + " " + std::string(request.headers.get("Authorization"));
      co_return reply;
    }
    reply.status = 302;
    reply.headers.add("Location", request.url == "/loop" ? "/loop" : "/end");
    reply.body = "moved";
    co_return reply;
  };
  LocalServer server(io, handler);
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(server.url("/a")))).status == 302);
  HttpRequest request = post(server.url("/a"), "body");
  request.limits.redirects_max = 3;
  request.headers.add("Authorization", "mine");
  const HttpResponse got = response_of(send(io, client, request));
  CHECK(got.body == "GET mine");
  CHECK(got.url == server.url("/end"));
  request.url = server.url("/loop");
  const HttpFailure failure = failure_of(send(io, client, request));
  CHECK(failure.kind == Kind::bad_response);
  CHECK(failure.message.find("3 redirects") != std::string::npos);
  request.url = server.url("/a");
  request.permit_redirect = [](const std::string&) -> Result<void> {
    return Error{Errc::denied, "stay here"};
  };
  CHECK(failure_of(send(io, client, request)).kind == Kind::denied);
}

TEST_CASE("a redirect to another origin goes without the credentials") {
  asio::io_context io(1);
  std::string seen;
  LocalServer target(io, [&](HttpRequest request) -> awaitable<HttpReply> {
    seen = std::string(request.headers.get("Authorization")) + "|" +
           std::string(request.headers.get("Host"));
    co_return HttpReply();
  });
  const std::string away = target.url("/there");
  LocalServer origin(io, [&](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.status = 307;
    reply.headers.add("Location", away);
    co_return reply;
  });
  HttpClient client(io.get_executor());
  HttpRequest request = get(origin.url());
  request.limits.redirects_max = 1;
  request.headers.add("Authorization", "Bearer secret");
  CHECK(response_of(send(io, client, std::move(request))).url == away);
  CHECK(seen == "|127.0.0.1:" + std::to_string(target.port));
}

TEST_CASE("an address is checked before it is connected to, whatever name led to it") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  const std::string port = ":" + std::to_string(server.port);
  HttpClientOptions options;
  options.look_up = [](const std::string&) {
    return std::vector{asio::ip::make_address("127.0.0.1")};
  };
  options.permit_address = permit_public;
  options.proxies.http = server.url();  // would reach everything
  HttpClient client(io.get_executor(), options);
  for (const std::string& url : {"http://innocent.test" + port, "http://127.0.0.1" + port,
                                 "http://[::ffff:127.0.0.1]" + port,
                                 std::string("http://169.254.169.254/latest/meta-data")}) {
    INFO(url);
    const HttpFailure failure = failure_of(send(io, client, get(url)));
    CHECK(failure.kind == Kind::denied);
    CHECK(failure.sent_bytes == 0);
  }
  CHECK(server.server.stats().connections_accepted == 0);
}

TEST_CASE("a name that changes its address between two requests is checked again") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  std::atomic<int> look_ups = 0;
  HttpClientOptions options;
  options.idle_per_origin_max = 0;
  options.look_up = [&look_ups](const std::string&) {
    look_ups += 1;
    return std::vector{asio::ip::make_address(look_ups == 1 ? "127.0.0.1" : "127.0.0.2")};
  };
  options.permit_address = [](const std::string&, const asio::ip::address& to) -> Result<void> {
    if (to.to_string() == "127.0.0.1") return {};
    return Error{Errc::denied, "not there"};
  };
  HttpClient client(io.get_executor(), options);
  const std::string url = "http://rebinding.test:" + std::to_string(server.port) + "/";
  CHECK(response_of(send(io, client, get(url))).status == 200);
  CHECK(failure_of(send(io, client, get(url))).kind == Kind::denied);
  CHECK(look_ups == 2);
}

TEST_CASE("a kept connection is closed to a request whose own rule forbids its address") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(server.url()))).status == 200);
  HttpRequest request = get(server.url());
  request.permit_address = permit_public;
  CHECK(failure_of(send(io, client, std::move(request))).kind == Kind::denied);
  CHECK(response_of(send(io, client, get(server.url()))).status == 200);
  CHECK(client.stats().connections_made == 1);
}

}  // namespace
}  // namespace yoke
