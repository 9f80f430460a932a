#include "hosts/hook/service_manager.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <map>

#include "runtime/http/server.h"
#include "tests/support/test_loop.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

Variable variables(std::map<std::string, std::string> all) {
  return [all](const std::string& name) {
    const auto found = all.find(name);
    return found == all.end() ? std::string() : found->second;
  };
}

// What a service manager listens with.
struct Manager {
  explicit Manager(bool abstract = false) {
    std::string pattern = (std::filesystem::temp_directory_path() / "yoke-sd-XXXXXX").string();
    folder = ::mkdtemp(pattern.data());
    path = abstract ? "@" + folder + "/notify" : folder + "/notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (abstract) address.sun_path[0] = '\0';
    socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
    REQUIRE(::bind(socket, reinterpret_cast<const sockaddr*>(&address), bytes) == 0);
  }
  ~Manager() {
    ::close(socket);
    std::filesystem::remove_all(folder);
  }

  std::string heard() {  // empty: nothing
    std::array<char, 512> text{};
    const auto bytes = ::recv(socket, text.data(), text.size(), MSG_DONTWAIT);
    return bytes < 0 ? std::string() : std::string(text.data(), static_cast<std::size_t>(bytes));
  }

  std::string folder;
  std::string path;
  int socket = -1;
};

TEST_CASE("sockets that are passed to this process are found, with their names") {
  const auto none = passed_sockets(variables({}), 7);
  REQUIRE(none.has_value());
  CHECK(none->empty());
  const auto plain = passed_sockets(variables({{"LISTEN_FDS", "2"}, {"LISTEN_PID", "7"}}), 7);
  REQUIRE(plain.has_value());
  REQUIRE(plain->size() == 2);
  CHECK((*plain)[0].descriptor == 3);
  CHECK((*plain)[1].descriptor == 4);
  CHECK((*plain)[1].name.empty());
  const auto named = passed_sockets(
      variables({{"LISTEN_FDS", "2"}, {"LISTEN_PID", "7"}, {"LISTEN_FDNAMES", "http:tls"}}), 7);
  REQUIRE(named.has_value());
  CHECK((*named)[0].name == "http");
  CHECK((*named)[1].name == "tls");
}

TEST_CASE("sockets that are meant for another process are left alone") {
  const auto others = passed_sockets(variables({{"LISTEN_FDS", "2"}, {"LISTEN_PID", "8"}}), 7);
  REQUIRE(others.has_value());
  CHECK(others->empty());
}

TEST_CASE("variables of a service manager that make no sense are errors that name them") {
  const auto error_of = [](std::map<std::string, std::string> all) {
    const auto found = passed_sockets(variables(std::move(all)), 7);
    REQUIRE_FALSE(found.has_value());
    return found.error().detail;
  };
  CHECK(error_of({{"LISTEN_FDS", "2"}}).starts_with("LISTEN_PID=''"));
  CHECK(error_of({{"LISTEN_FDS", "two"}, {"LISTEN_PID", "7"}}).starts_with("LISTEN_FDS='two'"));
  CHECK(error_of({{"LISTEN_FDS", "-1"}, {"LISTEN_PID", "7"}}).starts_with("LISTEN_FDS='-1'"));
  CHECK(error_of({{"LISTEN_FDS", "999999999"}, {"LISTEN_PID", "7"}}).starts_with("LISTEN_FDS="));
  CHECK(error_of({{"LISTEN_FDS", "2"}, {"LISTEN_PID", "7"}, {"LISTEN_FDNAMES", "a"}}) ==
        "LISTEN_FDNAMES names 1 sockets, LISTEN_FDS passes 2");
}

TEST_CASE("the service manager hears what becomes of the service, in its words") {
  for (const bool abstract : {false, true}) {
    Manager manager(abstract);
    ServiceManager told(variables({{"NOTIFY_SOCKET", manager.path}}), 7);
    REQUIRE(told.is_there());
    CHECK(told.ready("at http://127.0.0.1:8177\nMAINPID=1").has_value());
    CHECK(manager.heard() == "READY=1\nSTATUS=at http://127.0.0.1:8177 MAINPID=1");
    CHECK(told.reloading().has_value());
    CHECK(manager.heard().starts_with("RELOADING=1\nMONOTONIC_USEC="));
    CHECK(told.status("2 runs are still under way").has_value());
    CHECK(manager.heard() == "STATUS=2 runs are still under way");
    CHECK(told.stopping().has_value());
    CHECK(manager.heard() == "STOPPING=1");
    CHECK(manager.heard().empty());
  }
}

TEST_CASE("without a service manager nothing is said, and nothing is wrong") {
  ServiceManager nobody(variables({}), 7);
  CHECK_FALSE(nobody.is_there());
  CHECK(nobody.ready("").has_value());
  CHECK_FALSE(nobody.alive_interval().has_value());
}

TEST_CASE("a service manager that cannot be reached is an error that names its socket") {
  ServiceManager gone(variables({{"NOTIFY_SOCKET", "/nowhere/notify"}}), 7);
  const Result<void> said = gone.ready("");
  REQUIRE_FALSE(said.has_value());
  CHECK(said.error().code == Errc::unavailable);
  CHECK(said.error().detail.find("/nowhere/notify") != std::string::npos);
  ServiceManager odd(variables({{"NOTIFY_SOCKET", "vsock:2:1"}}), 7);
  CHECK_FALSE(odd.ready("").has_value());
}

TEST_CASE("the watchdog hears of a loop that turns, twice as often as it asks") {
  Manager manager;
  TestLoop loop;
  ServiceManager told(
      variables(
          {{"NOTIFY_SOCKET", manager.path}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "7"}}),
      7);
  REQUIRE(told.alive_interval() == 15s);
  Started<void> keeping;
  keeping.on(loop.io, told.keep_alive());
  loop.settle();
  CHECK(manager.heard() == "WATCHDOG=1");
  loop.advance(14s);
  CHECK(manager.heard().empty());
  loop.advance(1s);
  CHECK(manager.heard() == "WATCHDOG=1");
}

TEST_CASE("a watchdog of another process is not this one's") {
  ServiceManager told(
      variables({{"NOTIFY_SOCKET", "/n"}, {"WATCHDOG_USEC", "30000000"}, {"WATCHDOG_PID", "8"}}),
      7);
  CHECK_FALSE(told.alive_interval().has_value());
}

// What a process that was started with a listening socket as descriptor 3 finds: 0, or the number
// of the first thing that is not as it should be.
int look_as_a_service(int listening) {
  if (::dup2(listening, 3) != 3) return 1;
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
  ::setenv("LISTEN_FDNAMES", "http", 1);
  const Variable taken = take_service_variables();
  const auto passed = passed_sockets(taken, ::getpid());
  if (!passed || passed->size() != 1) return 2;
  if (passed->front().descriptor != 3 || passed->front().name != "http") return 3;
  if ((::fcntl(3, F_GETFD) & FD_CLOEXEC) == 0) return 4;
  if (address_of(passed->front()) != "127.0.0.1") return 6;
  asio::io_context io(1);
  HttpServer server(io.get_executor(), {});
  const Result<HttpPlace> place = server.adopt(3);
  return place && place->address == "127.0.0.1" ? 0 : 5;
}

TEST_CASE("a socket that is passed in is taken over, and no program that is started gets it") {
  const int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(::bind(listening, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(::listen(listening, 1) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(look_as_a_service(listening));
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  ::close(listening);
}

TEST_CASE("a passed descriptor that is no socket counts as open to all") {
  CHECK(address_of(PassedSocket{9999, ""}) == "0.0.0.0");
}

TEST_CASE("a service manager's variables do not reach children") {
  ::setenv("LISTEN_FDS", "1", 1);
  ::setenv("LISTEN_PID", "7", 1);
  ::setenv("NOTIFY_SOCKET", "/n", 1);
  const Variable taken = take_service_variables();
  CHECK(taken("LISTEN_FDS") == "1");
  CHECK(taken("NOTIFY_SOCKET") == "/n");
  CHECK(taken("WATCHDOG_USEC").empty());
  CHECK(::getenv("LISTEN_FDS") == nullptr);
  CHECK(::getenv("NOTIFY_SOCKET") == nullptr);
}

}  // namespace
}  // namespace yoke
