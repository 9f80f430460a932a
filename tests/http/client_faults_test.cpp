#include <zlib.h>

#include <catch2/catch.hpp>
#include <future>

#include "runtime/loop/deadline.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

using Kind = HttpFailure::Kind;

// A raw peer that answers every request of a connection with the same bytes.
RawPeer::Script faulty_answering(std::string bytes) {
  return [bytes](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    while (true) {
      co_await RawPeer::read_message(socket);
      co_await RawPeer::write(socket, bytes);
    }
  };
}

// … and then closes.
RawPeer::Script faulty_answering_once(std::string bytes) {
  return [bytes](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, bytes);
  };
}

TEST_CASE("a response that is cut off, or is none, is a failure of its own kind") {
  struct Case {
    const char* bytes;
    Kind kind;
  };
  const std::vector<Case> cases{
      {"", Kind::cut},
      {"HTTP/1.1 200 OK\r\nContent-Le", Kind::cut},
      {"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", Kind::cut},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", Kind::cut},
      {"<html>this is no HTTP</html>\r\n\r\n", Kind::bad_response},
      {"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", Kind::bad_response}};
  for (const Case& one : cases) {
    INFO(one.bytes);
    asio::io_context io(1);
    RawPeer peer(io, faulty_answering_once(one.bytes));
    HttpClient client(io.get_executor());
    const HttpFailure failure = failure_of(send(io, client, get(peer.url())));
    CHECK(name_of(failure.kind) == name_of(one.kind));
    CHECK(failure.sent_bytes > 0);
    CHECK(client.stats().connections_open == 0);
  }
}

TEST_CASE("a body over the limit is refused, announced or not, streamed or not") {
  const std::string body(100, 'x');
  const bool streamed = GENERATE(false, true);
  const char* framing = GENERATE("Content-Length: 100\r\n\r\n", "\r\n");
  asio::io_context io(1);
  RawPeer peer(io, faulty_answering_once("HTTP/1.1 200 OK\r\n" + std::string(framing) + body));
  HttpClient client(io.get_executor());
  HttpRequest request = get(peer.url());
  request.limits.body_bytes_max = 99;
  HttpSinks sinks;
  if (streamed) sinks.on_data = [](std::string_view) { return true; };
  const HttpFailure failure =
      failure_of(run(io, client.send(std::move(request), in_a_minute(), sinks)));
  CHECK(failure.kind == Kind::too_large);
}

TEST_CASE("a flood of headers is refused at the limit") {
  asio::io_context io(1);
  RawPeer peer(io, [](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 1'000'000; ++i) co_await RawPeer::write(socket, "X-Flood: 0123456789\r\n");
  });
  HttpClient client(io.get_executor());
  const HttpFailure failure = failure_of(send(io, client, get(peer.url())));
  CHECK(failure.kind == Kind::too_large);
  CHECK(failure.received_bytes < 200 * 1024);
}

TEST_CASE("an endless chunk extension is refused at the limit") {
  asio::io_context io(1);
  RawPeer peer(io, [](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;");
    for (int i = 0; i < 1'000'000; ++i) co_await RawPeer::write(socket, "extension;extension;");
  });
  HttpClient client(io.get_executor());
  CHECK(failure_of(send(io, client, get(peer.url()))).kind == Kind::too_large);
}

std::string gzip(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string gzip_response(const std::string& packed) {
  return "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
         std::to_string(packed.size()) + "\r\n\r\n" + packed;
}

TEST_CASE("a compressed body is asked for and undone") {
  asio::io_context io(1);
  const std::string text(100'000, 'z');
  std::string asked;
  RawPeer peer(io, [&](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    asked = co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, gzip_response(gzip(text)));
  });
  HttpClient client(io.get_executor());
  const HttpResponse got = response_of(send(io, client, get(peer.url())));
  CHECK(got.body == text);
  CHECK_FALSE(got.headers.has("Content-Encoding"));
  CHECK_FALSE(got.headers.has("Content-Length"));
  CHECK(asked.find("Accept-Encoding: gzip, deflate\r\n") != std::string::npos);
}

TEST_CASE("a compressed body stays as it is for whoever asked for it by himself") {
  asio::io_context io(1);
  const std::string packed = gzip("text");
  RawPeer peer(io, faulty_answering(gzip_response(packed)));
  HttpClient client(io.get_executor());
  HttpRequest request = get(peer.url());
  request.headers.add("Accept-Encoding", "gzip");
  const HttpResponse got = response_of(send(io, client, std::move(request)));
  CHECK(got.body == packed);
  CHECK(got.headers.get("Content-Encoding") == "gzip");
}

TEST_CASE("a decompression bomb ends at the body limit") {
  asio::io_context io(1);
  RawPeer peer(io, faulty_answering(gzip_response(gzip(std::string(64 * 1024 * 1024, '\0')))));
  HttpClient client(io.get_executor());
  HttpRequest request = get(peer.url());
  request.limits.body_bytes_max = 1024 * 1024;
  CHECK(failure_of(send(io, client, std::move(request))).kind == Kind::too_large);
}

TEST_CASE("damaged or shortened compressed data is a bad response") {
  const std::string packed = gzip("hello hello hello");
  const std::string bad =
      GENERATE_COPY(packed.substr(0, packed.size() - 4), "no gzip at all", packed + "rubbish");
  asio::io_context io(1);
  RawPeer peer(io, faulty_answering(gzip_response(bad)));
  HttpClient client(io.get_executor());
  CHECK(failure_of(send(io, client, get(peer.url()))).kind == Kind::bad_response);
}

TEST_CASE("a peer that falls silent is given up after the idle timeout") {
  const std::string until = GENERATE("", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel");
  TestLoop loop;
  bool reached = false;
  RawPeer peer(loop.io, [&](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, until);
    reached = true;
    co_await RawPeer::wait_for_end(socket);
  });
  HttpClient client(loop.executor());
  HttpRequest request = get(peer.url());
  request.limits.idle_timeout = 30s;
  Started<HttpOutcome> call;
  call.on(loop.io, client.send(std::move(request), LoopClock::now() + 1h));
  run_until(loop.io, [&] { return reached; });
  loop.settle();
  loop.advance(29s);
  CHECK_FALSE(call.ended());
  loop.advance(1s);
  REQUIRE(call.ended());
  CHECK(failure_of(call.value()).kind == Kind::timeout);
  CHECK(failure_of(call.value()).message.find("silent") != std::string::npos);
  CHECK(client.stats().connections_open == 0);
}

TEST_CASE("a peer that keeps dribbling is given up at the deadline") {
  TestLoop loop;
  RawPeer::Socket* wire = nullptr;
  RawPeer peer(loop.io, [&](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n");
    wire = &socket;
    co_await RawPeer::wait_for_end(socket);
  });
  HttpClient client(loop.executor());
  HttpRequest request = get(peer.url());
  request.limits.idle_timeout = 30s;
  std::size_t seen = 0;
  HttpSinks sinks;
  sinks.on_data = [&](std::string_view bytes) {
    seen += bytes.size();
    return true;
  };
  Started<HttpOutcome> call;
  call.on(loop.io, client.send(std::move(request), LoopClock::now() + 100s, sinks));
  run_until(loop.io, [&] { return wire != nullptr; });
  for (std::size_t i = 0; i < 4; ++i) {
    loop.advance(20s);
    REQUIRE_FALSE(call.ended());
    wire->send(asio::const_buffer("x", 1));
    run_until(loop.io, [&] { return seen == i + 1; });
  }
  loop.advance(20s);
  REQUIRE(call.ended());
  CHECK(failure_of(call.value()).kind == Kind::timeout);
  CHECK(failure_of(call.value()).message.find("deadline") != std::string::npos);
}

TEST_CASE("a name look-up that hangs is abandoned at the deadline") {
  TestLoop loop;
  std::promise<void> release;
  std::promise<void> asked;
  HttpClientOptions options;
  options.look_up = [&](const std::string&) {
    asked.set_value();
    release.get_future().wait();
    return std::vector<asio::ip::address>();
  };
  HttpClient client(loop.executor(), options);
  Started<HttpOutcome> call;
  call.on(loop.io, client.send(get("http://slow.test/"), LoopClock::now() + 5s));
  loop.settle();
  asked.get_future().wait();
  loop.advance(5s);
  REQUIRE(call.ended());
  CHECK(failure_of(call.value()).kind == Kind::timeout);
  release.set_value();
}

TEST_CASE("an early answer to a large request is read although the peer stops reading") {
  asio::io_context io(1);
  RawPeer peer(io, [](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    co_await RawPeer::write(socket,
                            "HTTP/1.1 413 Too Large\r\nConnection: close\r\n"
                            "Content-Length: 2\r\n\r\nno");
    socket.shutdown(asio::ip::tcp::socket::shutdown_send);
    co_await RawPeer::read_all(socket);
  });
  HttpClient client(io.get_executor());
  const HttpResponse got =
      response_of(send(io, client, post(peer.url(), std::string(4'000'000, 'x'))));
  CHECK(got.status == 413);
  CHECK(got.body == "no");
}

TEST_CASE("a call that is cancelled at any of its waits throws and leaves no connection") {
  const int phase = GENERATE(0, 1, 2, 3);  // look-up, queue, head, body
  asio::io_context io(1);
  std::promise<void> release;
  bool reached = false;
  RawPeer peer(io, [&](RawPeer::Socket& socket, std::size_t) -> awaitable<void> {
    co_await RawPeer::read_message(socket);
    if (phase == 3) {
      co_await RawPeer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhel");
    }
    reached = true;
    co_await RawPeer::wait_for_end(socket);
  });
  HttpClientOptions options;
  options.connections_per_origin_max = 1;
  options.look_up = [&](const std::string&) {
    release.get_future().wait();
    return std::vector<asio::ip::address>();
  };
  HttpClient client(io.get_executor(), options);
  const auto call = [](HttpClient& to, HttpRequest request) -> awaitable<void> {
    co_await to.send(std::move(request), kNoDeadline);
  };
  TaskGroup group(io.get_executor());
  TaskGroup other(io.get_executor());
  if (phase == 0) {
    group.spawn(call(client, get("http://slow.test/")));
    io.poll();
  } else if (phase == 1) {
    other.spawn(call(client, get(peer.url())));
    run_until(io, [&] { return reached; });
    group.spawn(call(client, get(peer.url())));
    io.poll();
    CHECK(client.stats().calls_waiting == 1);
  } else {
    group.spawn(call(client, get(peer.url())));
    run_until(io, [&] { return reached; });
  }
  CHECK(group.running() == 1);
  group.cancel();
  run(io, group.join());
  CHECK(client.stats().calls_waiting == 0);
  CHECK(client.stats().connections_open == (phase == 1 ? 1 : 0));
  other.cancel();
  run(io, other.join());
  CHECK(client.stats().connections_open == 0);
  if (phase == 0) release.set_value();
}

}  // namespace
}  // namespace yoke
