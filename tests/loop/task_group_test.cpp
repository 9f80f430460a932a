#include "runtime/loop/task_group.h"

#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "runtime/loop/deadline.h"
#include "tests/support/test_loop.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

awaitable<void> tick(Deadline at, int& done) {
  co_await sleep_until(at);
  ++done;
}

awaitable<void> fail(Deadline at, const char* what) {
  co_await sleep_until(at);
  throw Fault(what);
}

awaitable<void> fail_at_once() {
  throw Fault("at once");
  co_return;
}

awaitable<void> note_end(Deadline at, bool& cancelled) {
  std::exception_ptr failure;
  try {
    co_await sleep_until(at);
  } catch (...) {
    failure = std::current_exception();
  }
  cancelled = is_cancellation(failure);
  if (failure) std::rethrow_exception(failure);
}

awaitable<void> clean_up_slowly(Deadline at, Deadline cleaned, bool& clean) {
  std::exception_ptr failure;
  try {
    co_await sleep_until(at);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await sleep_until(cleaned);
  clean = true;
}

awaitable<void> cancel_own_group(TaskGroup& group) {
  group.cancel();
  co_await sleep_until(kNoDeadline);
}

awaitable<void> spawn_more(TaskGroup& group, Deadline at, int& done) {
  co_await sleep_until(at);
  group.spawn(tick(at + 1min, done));
}

awaitable<void> join_children(asio::any_io_executor executor, Deadline at, bool& child_cancelled) {
  TaskGroup children(executor);
  children.spawn(note_end(at, child_cancelled));
  co_await children.join();
}

TEST_CASE("joining waits for every task, those spawned meanwhile included") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  int done = 0;
  TaskGroup group(loop.executor());
  group.spawn(tick(now + 1min, done));
  group.spawn(spawn_more(group, now + 2min, done));
  Started<void> joined;
  joined.on(loop.io, group.join());
  loop.advance(2min);
  CHECK(done == 1);
  CHECK_FALSE(joined.ended());
  loop.advance(1min);
  CHECK(done == 2);
  CHECK(joined.ended());
  CHECK_FALSE(joined.failure());
}

TEST_CASE("the first failure cancels the other tasks and is what join throws") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  bool cancelled = false;
  TaskGroup group(loop.executor());
  group.spawn(note_end(now + 1h, cancelled));
  group.spawn(fail(now + 1min, "first"));
  group.spawn(fail(now + 2min, "second"));
  Started<void> joined;
  joined.on(loop.io, group.join());
  loop.advance(1min);
  REQUIRE(joined.ended());
  CHECK(cancelled);
  CHECK_THROWS_WITH(std::rethrow_exception(joined.failure()), "first");
}

TEST_CASE("a task that fails before its first wait is a failure of the group") {
  TestLoop loop;
  bool cancelled = false;
  TaskGroup group(loop.executor());
  group.spawn(note_end(LoopClock::now() + 1h, cancelled));
  group.spawn(fail_at_once());
  Started<void> joined;
  joined.on(loop.io, group.join());
  loop.settle();
  REQUIRE(joined.ended());
  CHECK(cancelled);
  CHECK_THROWS_WITH(std::rethrow_exception(joined.failure()), "at once");
}

TEST_CASE("a group that was cancelled joins without a failure and can be used again") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  bool cancelled = false;
  int done = 0;
  TaskGroup group(loop.executor());
  group.spawn(note_end(now + 1h, cancelled));
  group.cancel();
  Started<void> joined;
  joined.on(loop.io, group.join());
  loop.settle();
  REQUIRE(joined.ended());
  CHECK(cancelled);
  CHECK_FALSE(joined.failure());
  group.spawn(tick(now + 1min, done));
  loop.advance(1min);
  CHECK(done == 1);
}

TEST_CASE("a task may cancel its own group before it first waits") {
  TestLoop loop;
  TaskGroup group(loop.executor());
  group.spawn(cancel_own_group(group));
  Started<void> joined;
  joined.on(loop.io, group.join());
  loop.settle();
  REQUIRE(joined.ended());
  CHECK_FALSE(joined.failure());
}

TEST_CASE("a task spawned into a group that is being cancelled is cancelled") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  bool clean = false;
  bool cancelled = false;
  TaskGroup group(loop.executor());
  group.spawn(clean_up_slowly(now + 1h, now + 2min, clean));
  group.cancel();
  loop.settle();
  group.spawn(note_end(now + 1h, cancelled));
  loop.settle();
  CHECK(cancelled);
  CHECK_FALSE(clean);
  loop.advance(2min);
  CHECK(clean);
  CHECK(group.running() == 0);
}

TEST_CASE("a join that is cancelled stops the tasks first and waits for their cleaning up") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  bool clean = false;
  TaskGroup inner(loop.executor());
  inner.spawn(clean_up_slowly(now + 1h, now + 2min, clean));
  TaskGroup outer(loop.executor());
  outer.spawn(inner.join());
  loop.settle();
  outer.cancel();
  loop.settle();
  CHECK(outer.running() == 1);
  CHECK(inner.running() == 1);
  loop.advance(2min);
  CHECK(clean);
  CHECK(outer.running() == 0);
}

TEST_CASE("cancelling reaches a task's own children") {
  TestLoop loop;
  bool child_cancelled = false;
  TaskGroup group(loop.executor());
  group.spawn(join_children(loop.executor(), LoopClock::now() + 1h, child_cancelled));
  loop.settle();
  group.cancel();
  loop.settle();
  CHECK(child_cancelled);
  CHECK(group.running() == 0);
}

TEST_CASE("a group destroyed with running tasks cancels them") {
  TestLoop loop;
  bool cancelled = false;
  {
    TaskGroup group(loop.executor());
    group.spawn(note_end(LoopClock::now() + 1h, cancelled));
    loop.settle();
  }
  CHECK_FALSE(cancelled);
  loop.settle();
  CHECK(cancelled);
}

TEST_CASE("a group outlives a loop that went with tasks still running") {
  bool cancelled = false;
  std::unique_ptr<TaskGroup> group;
  {
    TestLoop loop;
    group = std::make_unique<TaskGroup>(loop.executor());
    group->spawn(note_end(LoopClock::now() + 1h, cancelled));
    loop.settle();
    CHECK(group->running() == 1);
  }
  CHECK(group->running() == 0);
  CHECK_FALSE(cancelled);
}

TEST_CASE("random groups of tasks that end, fail or are cancelled always come to an end") {
  TestLoop loop;
  std::mt19937 random(20260101);
  for (int round = 0; round < 500; ++round) {
    const Deadline now = LoopClock::now();
    int done = 0;
    TaskGroup group(loop.executor());
    const int tasks = static_cast<int>(random() % 6);
    for (int i = 0; i < tasks; ++i) {
      const Deadline at = now + std::chrono::milliseconds(random() % 5);
      if (random() % 4 == 0) {
        group.spawn(fail(at, "random"));
      } else {
        group.spawn(tick(at, done));
      }
    }
    Started<void> joined;
    joined.on(loop.io, group.join());
    if (random() % 3 == 0) group.cancel();
    for (int step = 0; step < 6; ++step) loop.advance(1ms);
    REQUIRE(joined.ended());
    REQUIRE(group.running() == 0);
  }
}

}  // namespace
}  // namespace yoke
