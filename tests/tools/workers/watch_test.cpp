#include "tools/workers/watch.h"

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <csignal>

namespace yoke {
namespace {

using namespace std::chrono_literals;

}  // namespace

TEST_CASE("a worker may use what its calls may, and a little, and not more") {
  WorkerUse use;
  use.busy_allowed = 1s;
  use.busy_cpu = 1s + 50ms;
  CHECK_FALSE(reason_to_kill(use, {}));
  use.busy_cpu += 1ns;
  CHECK(reason_to_kill(use, {}) == "used more processor time than its calls may");
}

TEST_CASE("a worker that was told to stop a call has time of its own to do so, not time alone") {
  WorkerUse use;
  use.is_stopping = true;
  use.stopping_wall = 900ms;  // others have the processor
  CHECK_FALSE(reason_to_kill(use, {}));
  use.stopping_cpu = 51ms;
  CHECK(reason_to_kill(use, {}) == "did not stop a call when it was told to");
  use.stopping_cpu = 0ms;
  use.stopping_wall = 1'001ms;
  CHECK(reason_to_kill(use, {}) == "did not stop a call when it was told to");
}

TEST_CASE("a worker that never speaks is not waited for") {
  WorkerUse use;
  use.starting = 10'001ms;
  CHECK(reason_to_kill(use, {}) == "did not start");
}

TEST_CASE("the end of a process is told in words") {
  CHECK(describe_end(CLD_EXITED, 0) == "ended by itself");
  CHECK(describe_end(CLD_EXITED, 1) == "ended with the status 1");
  CHECK(describe_end(CLD_KILLED, SIGSYS) == "made a system call that no script's worker may make");
  CHECK(describe_end(CLD_KILLED, SIGKILL) == "was killed from outside, or for lack of memory");
  CHECK(describe_end(CLD_DUMPED, SIGSEGV).find("crashed (") == 0);
}

}  // namespace yoke
