#include <malloc.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "runtime/loop/signal.h"
#include "tests/http/echo_server.h"

namespace yoke {
namespace {

constexpr std::size_t kCrowd = 10'000;
constexpr std::size_t kBytesPerWaiterMax = 30 * 1024;

bool allow_descriptors(rlim_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur >= wanted) return true;
  limit.rlim_cur = std::min(limit.rlim_max, wanted);
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur >= wanted;
}

std::size_t heap_bytes() { return ::mallinfo2().uordblks; }

// Clients in a process of their own, which makes no more than system calls.
class Crowd {
 public:
  // Each sends `words`; then all read to the end and look for `wanted`.
  Crowd(std::uint16_t port, const std::string& words, const std::string& wanted) {
    std::array<int, 2> pipe{};
    REQUIRE(::pipe(pipe.data()) == 0);
    result_ = pipe[0];
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ > 0) {
      ::close(pipe[1]);
      return;
    }
    const std::size_t content = live(port, words, wanted);
    const auto written = ::write(pipe[1], &content, sizeof(content));
    ::_exit(written == sizeof(content) ? 0 : 1);
  }
  ~Crowd() {
    ::close(result_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;

  std::size_t content() const {  // how many got what they wanted; waits for the end of all
    std::size_t content = 0;
    return ::read(result_, &content, sizeof(content)) == sizeof(content) ? content : 0;
  }

 private:
  static std::size_t live(std::uint16_t port, std::string_view words, std::string_view wanted) {
    static std::array<int, kCrowd> sockets;
    for (int& socket : sockets) {
      socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      sockaddr_in peer{};
      peer.sin_family = AF_INET;
      peer.sin_port = htons(port);
      peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      if (::connect(socket, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) != 0) return 0;
      if (::send(socket, words.data(), words.size(), MSG_NOSIGNAL) < 0) return 0;
    }
    std::size_t content = 0;
    for (const int socket : sockets) {
      std::array<char, 4096> text;
      std::size_t bytes = 0;
      while (bytes < text.size()) {
        const auto got = ::recv(socket, text.data() + bytes, text.size() - bytes, 0);
        if (got <= 0) break;
        bytes += static_cast<std::size_t>(got);
      }
      const std::string_view all(text.data(), bytes);
      if (all.find(wanted) != std::string_view::npos) content += 1;
    }
    return content;
  }

  int result_ = -1;
  pid_t child_ = -1;
};

#define NEEDS_DESCRIPTORS()                                                     \
  if (!allow_descriptors(kCrowd + 200)) {                                       \
    WARN("SKIPPED: the hard limit of open files (ulimit -Hn) is below 10,200"); \
    return;                                                                     \
  }

TEST_CASE("ten thousand idle connections cost little, and others are served meanwhile") {
  NEEDS_DESCRIPTORS();
  asio::io_context io(1);
  LocalServer server(io, echo);
  const std::size_t before = heap_bytes();
  const Crowd crowd(server.port, "GET /once HTTP/1.1\r\nHost: h\r\n\r\n", "/once|");
  run_until(io, [&] {
    const HttpServerStats stats = server.server.stats();
    return stats.requests == kCrowd && stats.connections_idle == kCrowd;
  });
  const std::size_t each = (heap_bytes() - before) / kCrowd;
  INFO(each << " bytes of heap a connection");

  CHECK(each < kBytesPerWaiterMax);
  HttpClient client(io.get_executor());
  CHECK(response_of(send(io, client, get(server.url("/another")))).body == "/another|");
  Started<void> stopped;
  stopped.on(io, server.server.stop(in_a_minute()));
  run_until(io, [&] { return stopped.ended(); });
  CHECK(server.server.stats().connections_open == 0);
  CHECK(crowd.content() == kCrowd);
}

TEST_CASE("ten thousand clients that wait in a stream cost little, and all are written to") {
  NEEDS_DESCRIPTORS();
  asio::io_context io(1);
  std::size_t waiting = 0;
  std::vector<std::shared_ptr<Signal>> doors;  // shared by the stream that waits and this test
  LocalServer server(io, [&](HttpRequest) -> awaitable<HttpReply> {
    HttpReply reply;
    reply.stream = [&](HttpWriter& writer) -> awaitable<void> {
      const auto door = std::make_shared<Signal>();
      doors.push_back(door);
      co_await writer.write(": here\n\n");
      waiting += 1;
      co_await door->wait();
      co_await writer.write("data: x\n\n");
    };
    co_return reply;
  });
  doors.reserve(kCrowd);
  const std::size_t before = heap_bytes();
  const std::string words = "GET /events HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  const Crowd crowd(server.port, words, "data: x");
  run_until(io, [&] { return waiting == kCrowd; });
  const std::size_t each = (heap_bytes() - before) / kCrowd;
  INFO(each << " bytes of heap a client");

  CHECK(each < kBytesPerWaiterMax);
  for (const auto& door : doors) door->notify();
  run_until(io, [&] { return server.server.stats().connections_open == 0; });
  CHECK(crowd.content() == kCrowd);
}

}  // namespace
}  // namespace yoke
