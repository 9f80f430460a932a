#include <signal.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "models/local/server.h"
#include "runtime/process/guarded_process.h"
#include "tests/support/process.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"

namespace yoke::local {
namespace {

using namespace std::chrono_literals;
using process::Command;
using process::GuardedProcess;

// A process that a test started, and what it has said.
struct Child {
  Child(asio::io_context& io, std::vector<std::string> words,
        std::chrono::milliseconds grace = 5s) {
    Command command;
    command.words = std::move(words);
    command.env = {{"PATH", "/usr/bin:/bin"}, {"GIVEN", "yes"}};
    command.dir = "/";
    GuardedProcess::Events events;
    events.output = [this](std::string_view bytes) { said += bytes; };
    events.ended = [this](const std::string& how) { ended = how; };
    auto made = GuardedProcess::start(io.get_executor(), command, grace, std::move(events));
    if (made) {
      process = std::move(*made);
    } else {
      refused = made.error().detail;
    }
  }
  bool says(const std::string& text) const { return said.find(text) != std::string::npos; }
  // The number after "word " in what it said.
  pid_t number_after(const std::string& word) const {
    return static_cast<pid_t>(std::atoi(said.c_str() + said.find(word + " ") + word.size() + 1));
  }

  std::string said;
  std::string ended;
  std::string refused;
  std::unique_ptr<GuardedProcess> process;
};

bool is_alive(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  return !text.empty() && text.find(") Z ") == std::string::npos;
}

const std::string kServer = YOKE_FAKE_MODEL_SERVER;

}  // namespace

TEST_CASE("a child gets the environment and folder it was given, and nothing of ours") {
  ::setenv("OPENAI_API_KEY", "sk-of-the-host", 1);
  asio::io_context io{1};
  Child child(io, {kServer, "--say-env", "--crash-lives", "1"});
  ::unsetenv("OPENAI_API_KEY");
  run_until(io, [&] { return !child.ended.empty(); });
  CHECK(child.says("env GIVEN=yes\n"));
  CHECK(child.says("dir /\n"));
  CHECK_FALSE(child.says("OPENAI"));
  CHECK_FALSE(child.says("HOME"));
  CHECK(child.ended == "it exited with status 7");
  CHECK(child.says("the model file is not there"));
}

TEST_CASE("a child inherits no descriptor but the standard streams") {
  asio::io_context io{1};
  Child child(io, {"ls", "-l", "/proc/self/fd"});
  run_until(io, [&] { return !child.ended.empty(); });
  INFO(child.said);
  CHECK(child.says(" 0 -> /dev/null"));
  CHECK(child.says(" 2 -> pipe:"));
  CHECK_FALSE(child.says(" 4 -> "));
  CHECK_FALSE(child.says("socket:"));
}

TEST_CASE("a program that is not there is an error that names it") {
  asio::io_context io{1};
  const Child child(io, {"no-such-llama-server"});
  CHECK(child.refused.find("no-such-llama-server") != std::string::npos);
  CHECK(child.refused.find("PATH") != std::string::npos);
  const Child path(io, {"/nowhere/llama-server"});
  CHECK(path.refused == "there is no program '/nowhere/llama-server'");
}

TEST_CASE("when a child ends, what it left behind is ended too") {
  asio::io_context io{1};
  Child child(io, {kServer, "--child", "--crash-lives", "1"});
  run_until(io, [&] { return !child.ended.empty(); });
  CHECK_FALSE(is_alive(child.number_after("child")));
}

TEST_CASE("a child is told to end, and killed when it does not listen") {
  asio::io_context io{1};
  Child child(io, {kServer, "--ignore-term", "--child"});
  run_until(io, [&] { return child.says("child "); });
  child.process->terminate();
  child.process->kill();
  run_until(io, [&] { return !child.ended.empty(); });
  CHECK(child.ended.find("signal 9") != std::string::npos);
}

TEST_CASE("destroying a process ends it and all of its own, deaf or not") {
  asio::io_context io{1};
  pid_t main = 0;
  pid_t other = 0;
  {
    Child child(io, {kServer, "--ignore-term", "--child"}, 50ms);
    run_until(io, [&] { return child.says("child ") && child.process->pid() != 0; });
    main = child.process->pid();
    other = child.number_after("child");
    CHECK(is_alive(main));
    CHECK(is_alive(other));
  }
  CHECK_FALSE(is_alive(main));
  CHECK_FALSE(is_alive(other));
}

TEST_CASE("a child does not outlive its guard") {
  asio::io_context io{1};
  Child child(io, {kServer});
  run_until(io, [&] { return child.says("pid ") && child.process->pid() != 0; });
  const pid_t main = child.process->pid();
  std::ifstream stat("/proc/" + std::to_string(main) + "/stat");
  std::string text;
  std::getline(stat, text);
  const pid_t guard = std::atoi(text.c_str() + text.rfind(") ") + 4);
  REQUIRE(guard > 1);
  REQUIRE(guard != ::getpid());
  ::kill(guard, SIGKILL);
  run_until(io, [&] { return !child.ended.empty(); });
  run_until(io, [&] { return !is_alive(main); });
}

TEST_CASE("the log of a child that floods comes through whole") {
  asio::io_context io{1};
  Child child(io, {kServer, "--flood", "20000", "--crash-lives", "1"});
  run_until(io, [&] { return !child.ended.empty(); });
  CHECK(child.says("flood line 19999\n"));
}

TEST_CASE("a port that somebody listens at is taken, and no free one") {
  asio::io_context io{1};
  const asio::ip::tcp::acceptor there(io, {asio::ip::address_v4::loopback(), 0});
  const int port = there.local_endpoint().port();
  CHECK(port_is_taken(port));
  const Result<int> free = free_port();
  REQUIRE(free.has_value());
  CHECK(*free != port);
}

}  // namespace yoke::local
