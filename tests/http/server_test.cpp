#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "runtime/http/unix_socket.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

std::string talk(asio::io_context& io, std::uint16_t port, std::string bytes) {
  return run(io, talk_raw(port, std::move(bytes)));
}

bool starts(const std::string& text, const std::string& with) { return text.rfind(with, 0) == 0; }

// A folder of the test's own that goes with it.
struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "yoke-http-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

TEST_CASE("requests that come at once in one piece are answered one after the other") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  const std::string got = talk(io, server.port,
                               "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n"
                               "POST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nhi"
                               "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::size_t one = got.find("/1|");
  const std::size_t two = got.find("/2|hi");
  const std::size_t three = got.find("/3|");
  REQUIRE(one != std::string::npos);
  REQUIRE(two != std::string::npos);
  REQUIRE(three != std::string::npos);
  CHECK((one < two && two < three));
  CHECK(server.server.stats().connections_accepted == 1);
  CHECK(server.server.stats().requests == 3);
}

TEST_CASE("a client that waits for 100 Continue gets it before its body") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  asio::ip::tcp::socket socket(io);
  const auto converse = [](asio::ip::tcp::socket& wire,
                           std::uint16_t port) -> awaitable<std::string> {
    const asio::ip::tcp::endpoint peer(asio::ip::address_v4::loopback(), port);
    co_await wire.async_connect(peer, asio::use_awaitable);
    co_await RawPeer::write(
        wire,
        "POST /c HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
        "Connection: close\r\n\r\n");
    const std::string interim = co_await RawPeer::read_message(wire);
    co_await RawPeer::write(wire, "ok");
    const std::string final = co_await RawPeer::read_all(wire);
    co_return interim + final;
  };
  const std::string got = run(io, converse(socket, server.port));
  CHECK(starts(got, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  CHECK(got.find("/c|ok") != std::string::npos);
}

TEST_CASE("each reply says when it was made, unless the handler does") {
  asio::io_context io(1);
  LocalServer server(io, [](HttpRequest request) -> awaitable<HttpReply> {
    HttpReply reply;
    if (request.url == "/own") reply.headers.add("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    co_return reply;
  });
  HttpClient client(io.get_executor());
  const HttpResponse ours = response_of(send(io, client, get(server.url())));
  CHECK(ours.headers.get("Date").ends_with(" GMT"));
  const HttpResponse own = response_of(send(io, client, get(server.url("/own"))));
  CHECK(own.headers.get("Date") == "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST_CASE("a handler's exception is answered with 500 and none of its text") {
  asio::io_context io(1);
  LocalServer server(io, [](HttpRequest) -> awaitable<HttpReply> {
    throw Fault("the password is hunter2");
    co_return HttpReply();
  });
  HttpClient client(io.get_executor());
  const HttpResponse got = response_of(send(io, client, get(server.url())));
  CHECK(got.status == 500);
  CHECK(got.body.find("hunter2") == std::string::npos);
}

TEST_CASE("a reply whose headers would break the message becomes 500") {
  asio::io_context io(1);
  LocalServer server(io, [](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.headers.add("X", "a\r\nSet-Cookie: evil");
    co_return reply;
  });
  HttpClient client(io.get_executor());
  const HttpResponse got = response_of(send(io, client, get(server.url())));
  CHECK(got.status == 500);
  CHECK_FALSE(got.headers.has("Set-Cookie"));
}

TEST_CASE("a streamed reply arrives piece by piece and keeps the connection") {
  asio::io_context io(1);
  Signal go;
  LocalServer server(io, [&go](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.headers.add("Content-Type", "text/event-stream");
    reply.stream = [&go](HttpWriter& writer) -> awaitable<void> {
      const bool open = co_await writer.write("data: 1\n\n");
      CHECK(open);
      co_await go.wait();
      co_await writer.write("");
      co_await writer.write(std::string(100'000, 'x'));
    };
    co_return reply;
  });
  HttpClient client(io.get_executor());
  for (int round = 0; round < 2; ++round) {
    std::string seen;
    HttpSinks sinks;
    sinks.on_data = [&seen](std::string_view bytes) {
      seen += bytes;
      return true;
    };
    Started<HttpOutcome> call;
    call.on(io, client.send(get(server.url()), in_a_minute(), sinks));
    run_until(io, [&] { return seen == "data: 1\n\n"; });
    CHECK_FALSE(call.ended());
    go.notify();
    run_until(io, [&] { return call.ended(); });
    CHECK(response_of(call.value()).status == 200);
    CHECK(seen.size() == 9 + 100'000);
  }
  CHECK(client.stats().connections_made == 1);
}

TEST_CASE("a stream is cancelled when its client goes away") {
  asio::io_context io(1);
  bool cancelled = false;
  LocalServer server(io, [&](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.stream = [&](HttpWriter& writer) -> awaitable<void> {
      co_await writer.write("first");
      std::exception_ptr failure;
      try {
        co_await sleep_until(kNoDeadline);
      } catch (...) {
        failure = std::current_exception();
      }
      cancelled = is_cancellation(failure) && !writer.is_open();
    };
    co_return reply;
  });
  HttpClient client(io.get_executor());
  HttpSinks sinks;
  sinks.on_data = [](std::string_view) { return false; };  // leaves after the first piece
  run(io, client.send(get(server.url()), in_a_minute(), sinks));
  run_until(io, [&] { return cancelled; });
  run_until(io, [&] { return server.server.stats().connections_open == 0; });
}

TEST_CASE("a stream that fails half way is cut, not ended") {
  asio::io_context io(1);
  LocalServer server(io, [](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.stream = [](HttpWriter& writer) -> awaitable<void> {
      co_await writer.write("half");
      throw Fault("broken");
    };
    co_return reply;
  });
  HttpClient client(io.get_executor());
  CHECK(failure_of(send(io, client, get(server.url()))).kind == HttpFailure::Kind::cut);
}

TEST_CASE("a stream to an HTTP/1.0 client ends with the connection") {
  asio::io_context io(1);
  LocalServer server(io, [](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.stream = [](HttpWriter& writer) -> awaitable<void> { co_await writer.write("plain"); };
    co_return reply;
  });
  const std::string got = talk(io, server.port, "GET / HTTP/1.0\r\n\r\n");
  CHECK(got.find("chunked") == std::string::npos);
  CHECK(got.substr(got.size() - 9) == "\r\n\r\nplain");
}

TEST_CASE("stopping closes idle connections and lets requests under way end") {
  asio::io_context io(1);
  Signal go;
  bool entered = false;
  LocalServer server(io, [&](HttpRequest request) -> awaitable<HttpReply> {
    if (request.url == "/slow") {
      entered = true;
      co_await go.wait();
    }
    HttpReply reply;
    reply.body = "done";
    co_return reply;
  });
  HttpClient idle(io.get_executor());
  HttpClient busy(io.get_executor());
  send(io, idle, get(server.url("/fast")));
  Started<HttpOutcome> slow;
  slow.on(io, busy.send(get(server.url("/slow")), in_a_minute()));
  run_until(io, [&] { return entered; });
  Started<void> stopped;
  stopped.on(io, server.server.stop(in_a_minute()));
  run_until(io, [&] { return server.server.stats().connections_open == 1; });
  CHECK_FALSE(stopped.ended());
  const HttpFailure refused = failure_of(send(io, idle, get(server.url("/fast"))));
  CHECK(refused.kind == HttpFailure::Kind::connect);
  go.notify();
  run_until(io, [&] { return slow.ended() && stopped.ended(); });
  CHECK(response_of(slow.value()).body == "done");
  CHECK(response_of(slow.value()).headers.get("Connection") == "close");
}

TEST_CASE("stopping cancels what has not ended at the deadline") {
  TestLoop loop;
  bool entered = false;
  LocalServer server(loop.io, [&](HttpRequest) -> awaitable<HttpReply> {
    entered = true;
    co_await sleep_until(kNoDeadline);
    co_return HttpReply();
  });
  HttpClient client(loop.executor());
  Started<HttpOutcome> call;
  call.on(loop.io, client.send(get(server.url()), LoopClock::now() + 1h));
  run_until(loop.io, [&] { return entered; });
  Started<void> stopped;
  stopped.on(loop.io, server.server.stop(LoopClock::now() + 10s));
  loop.settle();
  loop.advance(9s);
  CHECK_FALSE(stopped.ended());
  loop.advance(1s);
  run_until(loop.io, [&] { return stopped.ended() && call.ended(); });
  CHECK(failure_of(call.value()).kind == HttpFailure::Kind::cut);
}

TEST_CASE("a port that is taken is an error that names it") {
  asio::io_context io(1);
  LocalServer server(io, echo);
  HttpServer second(io.get_executor(), echo);
  const Result<std::uint16_t> taken = second.listen("127.0.0.1", server.port);
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().detail.find(std::to_string(server.port)) != std::string::npos);
  CHECK_FALSE(second.listen("not an address", 0).has_value());
}

TEST_CASE("a socket file serves requests, though its path be longer than the system's limit") {
  Folder folder;
  std::filesystem::path deep = folder.path;
  for (int i = 0; i < 6; ++i) deep /= std::string(40, static_cast<char>('a' + i));
  std::filesystem::create_directories(deep);
  const std::string path = (deep / "yoke.sock").string();
  REQUIRE(path.size() > 200);
  asio::io_context io(1);
  HttpServer server(io.get_executor(), echo);
  REQUIRE(server.listen_unix(path).has_value());
  struct stat file {};
  REQUIRE(::stat(path.c_str(), &file) == 0);
  CHECK(S_ISSOCK(file.st_mode));
  CHECK((file.st_mode & 0777) == 0600);
  HttpClient client(io.get_executor());
  for (int i = 0; i < 3; ++i) {
    HttpRequest request = post("http://yoke/v1/runs", "hello");
    request.unix_socket = path;
    CHECK(response_of(send(io, client, std::move(request))).body == "/v1/runs|hello");
  }
  CHECK(client.stats().connections_made == 1);
  run(io, server.stop(in_a_minute()));
  CHECK_FALSE(std::filesystem::exists(path));
  HttpRequest late = get("http://yoke/");
  late.unix_socket = path;
  CHECK(failure_of(send(io, client, std::move(late))).kind == HttpFailure::Kind::connect);
}

TEST_CASE("a socket file is replaced only when nobody answers there") {
  Folder folder;
  const std::string path = (folder.path / "s").string();
  asio::io_context io(1);
  HttpServer first(io.get_executor(), echo);
  REQUIRE(first.listen_unix(path).has_value());
  HttpServer second(io.get_executor(), echo);
  const Result<void> taken = second.listen_unix(path);
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error().code == Errc::conflict);
  {
    // What a killed process leaves: the file without a listener.
    Result<UnixListener> left = UnixListener::listen((folder.path / "t").string());
    REQUIRE(left.has_value());
    ::close(left->release_socket());
    REQUIRE(second.listen_unix((folder.path / "t").string()).has_value());
  }
  CHECK(std::filesystem::exists(folder.path / "t"));  // the old listener left the new file alone
  const std::string file = (folder.path / "plain").string();
  ::close(::open(file.c_str(), O_CREAT | O_WRONLY, 0644));
  const Result<void> plain = second.listen_unix(file);
  REQUIRE_FALSE(plain.has_value());
  CHECK(plain.error().code == Errc::conflict);
  CHECK(std::filesystem::is_regular_file(file));
  CHECK_FALSE(second.listen_unix((folder.path / "no" / "such").string()).has_value());
  CHECK_FALSE(second.listen_unix((folder.path / std::string(200, 'n')).string()).has_value());
}

TEST_CASE("a server outlives the loop, and a loop the server, with connections open") {
  std::unique_ptr<HttpServer> server;
  {
    asio::io_context io(1);
    server = std::make_unique<HttpServer>(io.get_executor(), echo);
    const std::uint16_t port = *server->listen("127.0.0.1", 0);
    HttpClient client(io.get_executor());
    send(io, client, get("http://127.0.0.1:" + std::to_string(port)));
    CHECK(server->stats().connections_open == 1);
  }
  server.reset();
  asio::io_context io(1);
  {
    LocalServer local(io, echo);
    HttpClient client(io.get_executor());
    send(io, client, get(local.url()));
  }
  io.restart();
  io.poll();
}

}  // namespace
}  // namespace yoke
