#include "hooks/command.h"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <catch2/catch.hpp>

#include "runtime/base/handle.h"
#include "tests/support/temp_project.h"
#include "tests/support/test_loop.h"

namespace yoke::hooks {
namespace {

using yoke::testing::TempFolder;

// Whether the process ends, or has ended: it was killed, which takes a moment.
bool ends(int pid) {
  const int watched = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (watched < 0) return true;
  const Handle handle(watched);
  pollfd wait{watched, POLLIN, 0};
  constexpr int kPatienceMs = 60'000;
  return ::poll(&wait, 1, kPatienceMs) == 1;
}

struct CommandWorld {
  CommandEnd run(const std::string& line, const std::string& input = "",
                 std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
    Started<CommandEnd> ran;
    ran.on(io, run_command(pool, command(line, timeout), input));
    io.restart();
    io.run();
    return ran.value();
  }
  HookCommand command(const std::string& line, std::chrono::milliseconds timeout) const {
    HookCommand made;
    made.line = line;
    made.dir = folder.path();
    made.env = {{"PATH", "/usr/bin:/bin"}, {"WHO", "anna"}};
    made.timeout = timeout;
    return made;
  }

  TempFolder folder;
  asio::io_context io{1};
  Pool pool{"commands", 2};
};

}  // namespace

TEST_CASE("a command reads its input and its two outputs and status come back") {
  CommandWorld world;
  const CommandEnd end = world.run("cat; echo no >&2; exit 2", "{\"a\":1}\n");
  CHECK(end.failure.empty());
  CHECK(end.status == 2);
  CHECK(end.out == "{\"a\":1}\n");
  CHECK(end.err == "no\n");
}

TEST_CASE("a command has the environment it is given, starts in its folder, and no more") {
  CommandWorld world;
  CHECK(world.run("env | sort | grep -v '^_=' | grep -v '^PWD=' | grep -v '^SHLVL='").out ==
        "PATH=/usr/bin:/bin\nWHO=anna\n");
  CHECK(world.run("pwd").out == world.folder.path() + "\n");
  CHECK(world.run("ls /proc/self/fd | wc -l").out == "4\n");  // with ls's own
}

TEST_CASE("a command that reads nothing of a long input is no trouble") {
  CommandWorld world;
  const CommandEnd end = world.run("echo done", std::string(1 << 20, 'x'));
  CHECK(end.failure.empty());
  CHECK(end.out == "done\n");
}

TEST_CASE("a command that takes too long is killed with all of its group") {
  CommandWorld world;
  const CommandEnd end =
      world.run("sleep 600 & echo $! > child; sleep 600", "", std::chrono::milliseconds(3'000));
  CHECK(end.failure == "it did not end within its 3.0 s");
  const int child = std::stoi(world.folder.read("child"));
  CHECK(ends(child));
}

TEST_CASE("a command that ends leaves nothing of its group behind") {
  CommandWorld world;
  const CommandEnd end = world.run("sleep 600 & echo $!");
  CHECK(end.failure.empty());
  const int child = std::stoi(end.out);
  CHECK(ends(child));
}

TEST_CASE("a command that writes without end, or is not there, fails with words") {
  CommandWorld world;
  CHECK(world.run("yes").failure == "it wrote more than 1 MiB");
  const CommandEnd missing = world.run("no-such-command-here");
  CHECK(missing.status == 127);
  HookCommand nowhere = world.command("true", std::chrono::seconds(5));
  nowhere.dir = world.folder.path() + "/none";
  Started<CommandEnd> ran;
  ran.on(world.io, run_command(world.pool, std::move(nowhere), ""));
  world.io.restart();
  world.io.run();
  CHECK(ran.value().failure.starts_with("it cannot be started"));
}

TEST_CASE("a command is killed when nobody waits for it any more") {
  CommandWorld world;
  asio::cancellation_signal leave;
  bool ended = false;
  auto work = run_command(
      world.pool, world.command("echo $$ > self; sleep 600", std::chrono::seconds(600)), "");
  asio::co_spawn(world.io, std::move(work),
                 asio::bind_cancellation_slot(
                     leave.slot(), [&ended](std::exception_ptr, CommandEnd) { ended = true; }));
  while (world.folder.read("self").empty()) world.io.poll();
  const int self = std::stoi(world.folder.read("self"));
  leave.emit(asio::cancellation_type::terminal);
  world.io.restart();
  world.io.run();
  CHECK(ended);
  world.pool.stop();  // the thread that ran it has ended it
  CHECK(ends(self));
}

}  // namespace yoke::hooks
