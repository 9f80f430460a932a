#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>

#include "runtime/http/peer_user.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/signal.h"
#include "tests/http/certificates.h"
#include "tests/http/echo_server.h"
#include "tests/http/raw_peer.h"

// What a handler learns of its client while it works.
namespace yoke {
namespace {

using Socket = asio::ip::tcp::socket;

const std::string kRequest = "GET /wait HTTP/1.1\r\nHost: h\r\n\r\n";

// Waits for the client to go, or to be let to answer; says which it was.
struct Waiting {
  HttpHandler handler() {
    return [this](HttpRequest request) { return answer(std::move(request)); };
  }
  awaitable<void> watch(HttpCaller& caller, TaskGroup& pair) {
    co_await caller.gone();
    gone = true;
    pair.cancel();
  }
  awaitable<void> wait(TaskGroup& pair) {
    co_await go.wait();
    pair.cancel();
  }
  awaitable<HttpReply> answer(HttpRequest request) {
    HttpReply reply;
    reply.body = request.url;
    if (request.url != "/wait") co_return reply;
    const auto executor = co_await asio::this_coro::executor;
    TaskGroup pair(executor);
    waiting = true;
    pair.spawn(watch(*request.caller, pair));
    pair.spawn(wait(pair));
    co_await pair.join();
    waiting = false;
    co_return reply;
  }

  Signal go;
  bool gone = false;
  bool waiting = false;
};

void settle(asio::io_context& io) {
  for (int i = 0; i < 50; ++i) {
    io.restart();
    io.poll();
  }
}

struct Client {
  Client(asio::io_context& io, std::uint16_t port) : socket(io) {
    socket.connect({asio::ip::address_v4::loopback(), port});
  }
  void send(const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }
  Socket socket;
};

}  // namespace

TEST_CASE("a handler that asks is told that its client has closed, or broken off") {
  for (const bool reset : {false, true}) {
    asio::io_context io(1);
    Waiting waiting;
    LocalServer server(io, waiting.handler());
    Client client(io, server.port);
    client.send(kRequest);
    run_until(io, [&] { return waiting.waiting; });
    CHECK_FALSE(waiting.gone);
    if (reset) client.socket.set_option(asio::socket_base::linger(true, 0));
    client.socket.close();
    run_until(io, [&] { return waiting.gone; });
    run_until(io, [&] { return server.server.stats().connections_open == 0; });
  }
}

TEST_CASE("a handler is told that its client has gone over TLS") {
  asio::io_context io(1);
  const TestAuthority authority;
  const CertificateFiles files = authority.issue("IP:127.0.0.1");
  Waiting waiting;
  HttpServer server(io.get_executor(), waiting.handler());
  REQUIRE(server.use_certificate({files.certificate, files.key}).has_value());
  HttpListen how;
  how.tls = true;
  const std::uint16_t port = *server.listen("127.0.0.1", 0, how);
  HttpClientOptions trusting;
  trusting.ca_file = authority.file();
  HttpClient client(io.get_executor(), trusting);
  TaskGroup calls(io.get_executor());
  const auto call = [](HttpClient& over, std::string url) -> awaitable<void> {
    co_await over.send(get(std::move(url)), kNoDeadline);
  };
  calls.spawn(call(client, "https://127.0.0.1:" + std::to_string(port) + "/wait"));
  run_until(io, [&] { return waiting.waiting; });
  calls.cancel();
  run_until(io, [&] { return waiting.gone; });
}

TEST_CASE("requests that come while a handler waits are kept, and answered after it") {
  asio::io_context io(1);
  Waiting waiting;
  LocalServer server(io, waiting.handler());
  Client client(io, server.port);
  client.send(kRequest + "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HT");
  run_until(io, [&] { return waiting.waiting; });
  settle(io);
  client.send("TP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  settle(io);
  CHECK_FALSE(waiting.gone);
  waiting.go.notify();
  const std::string got = run(io, RawPeer::read_all(client.socket));
  const std::size_t one = got.find("\r\n\r\n/1");
  const std::size_t two = got.find("\r\n\r\n/2");
  CHECK(got.find("\r\n\r\n/wait") < one);
  CHECK(one < two);
  CHECK(two != std::string::npos);
}

TEST_CASE("a client's going is seen behind the requests that it had sent before") {
  asio::io_context io(1);
  Waiting waiting;
  LocalServer server(io, waiting.handler());
  Client client(io, server.port);
  client.send(kRequest + "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
  run_until(io, [&] { return waiting.waiting; });
  client.socket.close();
  run_until(io, [&] { return waiting.gone; });
}

TEST_CASE("behind more requests than are kept a client's going is not seen, nor is any lost") {
  asio::io_context io(1);
  Waiting waiting;
  LocalServer server(io, waiting.handler());
  Client client(io, server.port);
  constexpr int kMany = 40;
  std::string sent = kRequest;
  for (int i = 0; i < kMany; ++i) {
    sent += "GET /next HTTP/1.1\r\nHost: h\r\nX-Long: " + std::string(1000, 'x') + "\r\n\r\n";
  }
  client.send(sent);
  client.socket.shutdown(Socket::shutdown_send);
  run_until(io, [&] { return waiting.waiting; });
  settle(io);
  CHECK_FALSE(waiting.gone);
  waiting.go.notify();
  const std::string got = run(io, RawPeer::read_all(client.socket));
  int replies = 0;
  for (std::size_t at = got.find("/next"); at != std::string::npos; at = got.find("/next", at + 1))
    ++replies;
  CHECK(replies == kMany);
}

TEST_CASE("a connection whose client stayed serves on after it was watched") {
  asio::io_context io(1);
  Waiting waiting;
  LocalServer server(io, waiting.handler());
  HttpClient client(io.get_executor());
  for (int i = 0; i < 3; ++i) {
    Started<HttpOutcome> asked;
    asked.on(io, client.send(get(server.url("/wait")), in_a_minute()));
    run_until(io, [&] { return waiting.waiting; });
    waiting.go.notify();
    run_until(io, [&] { return asked.ended(); });
    CHECK(response_of(std::move(asked.value())).body == "/wait");
  }
  CHECK_FALSE(waiting.gone);
  CHECK(client.stats().connections_made == 1);
}

namespace {

// Connects as another user and sends a request: how many bytes come back is the
// status of the process that does it; 255: no connection. Gives that process.
int ask_as_another_user(const std::string& path) {
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  std::memcpy(place.sun_path, path.c_str(), path.size() + 1);
  const pid_t child = ::fork();
  if (child == 0) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const bool other = ::setresuid(65534, 65534, 65534) == 0;
    const auto* raw = reinterpret_cast<const sockaddr*>(&place);
    if (!other || ::connect(socket, raw, sizeof(place)) != 0) ::_exit(255);
    const ssize_t sent = ::send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
    char bytes[64];
    const ssize_t got = sent > 0 ? ::recv(socket, bytes, sizeof(bytes), 0) : 0;
    ::_exit(got > 0 ? static_cast<int>(got) : 0);
  }
  return child;
}

}  // namespace

TEST_CASE("who is another user is cut off at a socket file for this one, whatever its mode") {
  if (::geteuid() != 0) {
    WARN("only root can be another user");
    return;
  }
  std::string pattern = (std::filesystem::temp_directory_path() / "yoke-user-XXXXXX").string();
  const std::string folder = ::mkdtemp(pattern.data());
  ::chmod(folder.c_str(), 0755);
  for (const bool same_user : {true, false}) {
    asio::io_context io(1);
    std::vector<bool> seen;
    HttpServer server(io.get_executor(), [&](HttpRequest request) {
      seen.push_back(came_from_same_user(request));
      return echo(std::move(request));
    });
    const std::string path = folder + (same_user ? "/own" : "/open");
    HttpListen how;
    how.same_user = same_user;
    REQUIRE(server.listen_unix(path, how).has_value());
    HttpClient client(io.get_executor());
    HttpRequest own = get("http://yoke/own");
    own.unix_socket = path;
    CHECK(response_of(send(io, client, std::move(own))).body == "/own|");
    ::chmod(path.c_str(), 0666);
    const int child = ask_as_another_user(path);
    int status = 0;
    run_until(io, [&] { return ::waitpid(child, &status, WNOHANG) == child; });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == (same_user ? 0 : 64));
    CHECK(seen == (same_user ? std::vector<bool>{true} : std::vector<bool>{true, false}));
  }
  std::filesystem::remove_all(folder);
}

}  // namespace yoke
