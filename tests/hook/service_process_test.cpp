#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>

#include "runtime/base/json.h"
#include "tests/support/temp_project.h"

namespace yoke {
namespace {

void be_patient(int socket) {
  const timeval patience{60, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
}

// A service manager that starts `yoke serve` with a listening socket, and hears what it says.
class ProcessManager {
 public:
  explicit ProcessManager(const testing::TempFolder& project) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof(place);
    auto* raw = reinterpret_cast<sockaddr*>(&place);
    REQUIRE(::bind(listening_, raw, bytes) == 0);
    REQUIRE(::listen(listening_, 16) == 0);
    REQUIRE(::getsockname(listening_, raw, &bytes) == 0);
    port_ = ntohs(place.sin_port);
    const std::string path = project.file("notify");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    REQUIRE(path.size() < sizeof(address.sun_path));
    std::memcpy(address.sun_path, path.data(), path.size());
    heard_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    be_patient(heard_);
    REQUIRE(::bind(heard_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
    child_ = ::fork();
    REQUIRE(child_ >= 0);
    if (child_ == 0) start(project.file("yoke.toml"), path);
  }
  ~ProcessManager() {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    ::close(listening_);
    ::close(heard_);
  }
  ProcessManager(const ProcessManager&) = delete;
  ProcessManager& operator=(const ProcessManager&) = delete;

  std::string hear() const {
    std::array<char, 512> text{};
    const auto bytes = ::recv(heard_, text.data(), text.size(), 0);
    return bytes < 0 ? "nothing" : std::string(text.data(), static_cast<std::size_t>(bytes));
  }
  int port() const { return port_; }
  void signal(int number) const {
    REQUIRE(child_ > 0);
    ::kill(child_, number);
  }
  int wait() {
    int status = 0;
    ::waitpid(std::exchange(child_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  [[noreturn]] void start(const std::string& config, const std::string& notify) const {
    ::dup2(listening_, 3);
    ::fcntl(3, F_SETFD, 0);  // dup2() onto itself would leave it to be closed
    ::setenv("LISTEN_FDS", "1", 1);
    ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    ::setenv("NOTIFY_SOCKET", notify.c_str(), 1);
    ::setenv("WATCHDOG_USEC", "600000000", 1);
    ::unsetenv("WATCHDOG_PID");
    ::execl(YOKE_PROGRAM, "yoke", "serve", "--config", config.c_str(), nullptr);
    ::_exit(127);
  }

  int listening_ = -1;
  int heard_ = -1;
  int port_ = 0;
  pid_t child_ = -1;
};

std::string ask(int port, const std::string& words) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  be_patient(socket);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<std::uint16_t>(port));
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::connect(socket, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) == 0);
  ::send(socket, words.data(), words.size(), MSG_NOSIGNAL);
  std::string got;
  std::array<char, 4096> space;
  for (auto bytes = ::recv(socket, space.data(), space.size(), 0); bytes > 0;
       bytes = ::recv(socket, space.data(), space.size(), 0)) {
    got.append(space.data(), static_cast<std::size_t>(bytes));
  }
  ::close(socket);
  return got;
}

TEST_CASE("yoke serve answers at the socket it is passed, and tells how it is doing") {
  const testing::TempFolder project;
  project.write("yoke.toml", "[store]\nurl = \"sqlite:yoke.db\"\n");
  ProcessManager manager(project);
  const std::string place = "http://127.0.0.1:" + std::to_string(manager.port());
  CHECK(manager.hear() == "READY=1\nSTATUS=ready on " + place);
  CHECK(manager.hear() == "WATCHDOG=1");
  const std::string words = "GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
  CHECK(ask(manager.port(), words).starts_with("HTTP/1.1 404 "));
  manager.signal(SIGTERM);
  CHECK(manager.hear() == "STOPPING=1");
  CHECK(manager.wait() == 0);
}

TEST_CASE("yoke serve turns requests away in the shape that the clients of their path expect") {
  const testing::TempFolder project;
  project.write("yoke.toml", "[store]\nurl = \"sqlite:yoke.db\"\n[serve]\nbody = \"1KiB\"\n");
  ProcessManager manager(project);
  REQUIRE(manager.hear().starts_with("READY=1"));
  const auto refused = [&](const std::string& path, const std::string& field, int status) {
    CAPTURE(path, field);
    const std::string got =
        ask(manager.port(), "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
                                "X-Request-Id: mine\r\n" + field + "\r\n\r\n");
    CHECK(got.starts_with("HTTP/1.1 " + std::to_string(status) + " "));
    CHECK(got.find("\r\nX-Request-Id: mine\r\n") != std::string::npos);
    const Result<Json> body = parse_json(got.substr(got.find("\r\n\r\n") + 4));
    REQUIRE(body.has_value());
    return *body;
  };
  const std::string large = "Content-Length: 1025";
  const std::string wrong = "Content-Length: 1,5";
  for (const char* path : {"/v1/chat/completions", "/v1/responses", "/v1/responses/resp_1/cancel",
                           "/v1/embeddings", "/v1/models", "/v1/conversations"}) {
    const Json body = refused(path, large, 413);
    CHECK(body["error"]["type"] == "invalid_request_error");
    CHECK(string_at(body["error"], "message").find("1 KiB of one request") != std::string::npos);
    CHECK(string_at(body["error"], "message").find("[serve] body in yoke.toml") !=
          std::string::npos);
    CHECK(refused(path, wrong, 400)["error"]["code"] == "malformed");
  }
  for (const char* path : {"/v1/messages", "/v1/messages?beta=true", "/v1/messages/count_tokens"}) {
    CHECK(refused(path, large, 413)["error"]["type"] == "request_too_large");
    CHECK(refused(path, wrong, 400)["error"]["type"] == "invalid_request_error");
  }
  const Json native = refused("/v1/runs", large, 413);
  CHECK(native["code"] == "large_body");
  CHECK(native["status"] == 413);
  manager.signal(SIGTERM);
  CHECK(manager.wait() == 0);
}

}  // namespace
}  // namespace yoke
