#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/tools/fixture.h"
#include "tools/workers/worker_pool.h"

// A worker that speaks wrongly, or not at all, costs its own calls and nothing else. What it does
// is the name under which the hostile program is run.
namespace yoke {
namespace {

struct HostilePool {
  explicit HostilePool(const std::string& lie, WorkerPoolOptions options = {}) {
    const std::filesystem::path copy = folder.at(lie);
    std::filesystem::copy_file(YOKE_HOSTILE_WORKER, copy);
    options.program = copy.string();
    options.blocking_max = std::chrono::milliseconds(2'000);
    auto started = WorkerPool::start(loop.get_executor(), options);
    REQUIRE(started);
    pool = std::move(*started);
    source = std::make_shared<ScriptSource>();
    source->name = "tools/t.lua";
    source->text = "return tool {}";
  }

  SessionOrder order() const {
    SessionOrder order;
    order.source = source;
    order.function = "run";
    order.quota.cpu_max = std::chrono::milliseconds(50);
    order.run_id = "r1";
    order.tenant = "local";
    order.on_line = [](const ScriptLine&) {};
    return order;
  }

  // What a call comes to; host calls are answered until it ends.
  awaitable<std::string> call_once(Json args) {
    SessionOrder wanted = order();
    wanted.args = std::move(args);
    auto opened = co_await pool->open(std::move(wanted));
    if (!opened) co_return opened.error().detail;
    const std::unique_ptr<ScriptSession> session = std::move(*opened);
    for (;;) {
      sandbox::HostReply reply;
      const sandbox::Step step = co_await session->advance(std::move(reply));
      if (const auto* failed = std::get_if<sandbox::Failed>(&step)) co_return failed->message;
      if (std::holds_alternative<sandbox::Done>(step)) co_return "done";
    }
  }

  std::string call(Json args = Json::array()) {
    std::optional<std::string> result;
    auto done = [&](std::exception_ptr failure, std::string text) {
      result = failure ? "an exception" : std::move(text);
    };
    asio::co_spawn(loop, call_once(std::move(args)), done);
    while (!result) loop.run_one();
    return *result;
  }

  // Opens a session for a script, and keeps it; `script` tells scripts apart.
  void hold(ScriptOrigin origin, const std::string& script) {
    auto theirs = std::make_shared<ScriptSource>(*source);
    theirs->text += " -- " + script;
    theirs->origin = origin;
    SessionOrder wanted = order();
    wanted.source = theirs;
    auto opened = [this, origin](std::exception_ptr, Result<std::unique_ptr<ScriptSession>> made) {
      if (made && *made) held[origin].push_back(std::move(*made));
    };
    asio::co_spawn(loop, pool->open(std::move(wanted)), opened);
  }
  // Runs until `enough`, or for as long as surely would do.
  template <class Enough>
  bool run_until(Enough enough) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
    while (!enough() && std::chrono::steady_clock::now() < end) {
      loop.run_one_for(std::chrono::milliseconds(100));
    }
    return enough();
  }

  std::map<ScriptOrigin, std::vector<std::unique_ptr<ScriptSession>>> held;
  TempFolder folder;
  asio::io_context loop{1};
  std::unique_ptr<WorkerPool> pool;
  std::shared_ptr<ScriptSource> source;
};

bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a worker that breaks the protocol is ended and its call fails, saying how") {
  for (const char* lie :
       {"ready_twice", "another_call", "ends_twice", "asks_without_end", "says_without_end",
        "says_levels_without_end", "used_time_beyond_counting"}) {
    INFO(lie);
    HostilePool hostile(lie);
    const std::string told = hostile.call();
    INFO(told);
    CHECK(holds(told, "the worker that ran it spoke wrongly: "));
    CHECK(hostile.pool->stats().calls == 0);
  }
}

TEST_CASE("a worker that goes in the middle of a call fails that call, saying how it went") {
  CHECK(HostilePool("exits").call() == "the worker that ran it ended by itself");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they catch the signal
  CHECK(holds(HostilePool("crashes").call(), "the worker that ran it crashed ("));
#endif
}

TEST_CASE("a worker that computes past what its call may is ended from outside") {
  CHECK(HostilePool("computes_for_ever").call() ==
        "the worker that ran it used more processor time than its calls may");
}

TEST_CASE("a worker that hides what it used is held to what the kernel saw it use") {
  CHECK(HostilePool("hides_its_time").call() ==
        "the worker that ran it used more processor time than its calls may");
}

TEST_CASE("a worker that seems to have closed its socket and has not is ended") {
  CHECK(holds(HostilePool("says_an_empty_packet").call(), "the worker that ran it was killed"));
}

TEST_CASE("a worker that is let go is ended, whether it listens or not") {
  std::array<int, 2> ends{-1, -1};
  REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) == 0);
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::alarm(10);  // so that a failing test ends
    for (;;) ::pause();
  }
  ::close(ends[1]);
  asio::io_context loop{1};
  Spawned process;
  process.pid = pid;
  process.socket = Handle(ends[0]);
  process.pidfd = Handle(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  auto worker = std::make_shared<WorkerProcess>(loop.get_executor(), std::move(process),
                                                WorkerGrace{}, [] {});
  worker.reset();
  int status = 0;
  REQUIRE(::waitpid(pid, &status, 0) == pid);
  CHECK(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
}

TEST_CASE("a call that was given up is waited for while another computes beside it") {
  WorkerUse use;
  use.is_stopping = true;
  use.stopping_cpu = use.stopping_wall = std::chrono::seconds(2);
  use.busy_allowed = std::chrono::seconds(5);
  CHECK(reason_to_kill(use, {}) == "did not stop a call when it was told to");
  use.others_compute = true;
  CHECK_FALSE(reason_to_kill(use, {}));
  use.busy_cpu = std::chrono::seconds(6);
  CHECK(reason_to_kill(use, {}) == "used more processor time than its calls may");
}

TEST_CASE("arguments that no worker takes fail their own call, and no worker") {
  HostilePool hostile("stalls");
  const std::string text(sandbox::kBodyBytesMax, 'x');
  CHECK(holds(hostile.call(Json::array({text})), "the arguments are more than a worker takes"));
  CHECK(hostile.pool->stats().lost == 0);
}

TEST_CASE("a worker that never comes to a proper beginning serves nobody") {
  for (const char* lie : {"silent", "first_frame_is_another", "no_packet", "packet_too_long",
                          "body_of_16_mb", "half_a_message", "half_a_message_and_gone", "no_json",
                          "json_too_deep", "unknown_type", "unknown_field"}) {
    INFO(lie);
    WorkerPoolOptions options;
    options.grace.start_wall = std::chrono::milliseconds(200);
    HostilePool hostile(lie, options);
    const auto defined = hostile.pool->define(*hostile.source, {});
    REQUIRE_FALSE(defined);
    CHECK(defined.error().code == Errc::unavailable);
    CHECK(holds(defined.error().detail, "a process for scripts "));
  }
}

TEST_CASE("where the host may open no more files a worker is not had, and the host goes on") {
  HostilePool hostile("handles_are_lost");
  const auto defined = hostile.pool->define(*hostile.source, {});
  REQUIRE_FALSE(defined);
  CHECK(defined.error().detail == "no process for a script can be had: Too many open files");
}

TEST_CASE("a worker that goes silent while it reads a file does not hold up the host") {
  HostilePool hostile("stalls_while_it_reads");
  const auto defined = hostile.pool->define(*hostile.source, {});
  REQUIRE_FALSE(defined);
  CHECK(defined.error().detail == "the worker that read it did not read it in time");
}

TEST_CASE("strangers' scripts, however many, leave a worker for the project's own") {
  WorkerPoolOptions options;
  options.workers_max = 4;
  HostilePool hostile("stalls", options);
  for (int i = 0; i < 8; ++i) hostile.hold(ScriptOrigin::stranger, std::to_string(i));
  REQUIRE(hostile.run_until([&] { return hostile.held[ScriptOrigin::stranger].size() == 2; }));
  hostile.hold(ScriptOrigin::own, "own");
  CHECK(hostile.run_until([&] { return !hostile.held[ScriptOrigin::own].empty(); }));
  CHECK(hostile.held[ScriptOrigin::stranger].size() == 2);
  // One that is done with makes room for the next stranger's.
  hostile.held[ScriptOrigin::stranger].erase(hostile.held[ScriptOrigin::stranger].begin());
  CHECK(hostile.run_until([&] { return hostile.held[ScriptOrigin::stranger].size() == 2; }));
  CHECK(hostile.pool->stats().waiting == 5);
}

TEST_CASE("all that wait for a worker begin once there is one") {
  WorkerPoolOptions options;
  options.workers_max = 1;
  HostilePool hostile("stalls", options);
  for (int i = 0; i < 20; ++i) hostile.hold(ScriptOrigin::own, "own");
  CHECK(hostile.run_until([&] { return hostile.held[ScriptOrigin::own].size() == 20; }));
}

TEST_CASE("a worker is lost alone: the next call gets another") {
  HostilePool hostile("exits");
  hostile.call();
  CHECK(hostile.call() == "the worker that ran it ended by itself");
  CHECK(hostile.pool->stats().lost > 0);
}

}  // namespace yoke
