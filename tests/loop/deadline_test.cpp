#include "runtime/loop/deadline.h"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>

#include "runtime/loop/task_group.h"
#include "tests/support/test_loop.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

awaitable<int> answer_at(Deadline at, int value) {
  co_await sleep_until(at);
  co_return value;
}

awaitable<int> fail_at(Deadline at) {
  co_await sleep_until(at);
  throw Fault("peer gone");
}

awaitable<void> bounded_sleep(Deadline deadline, Deadline at) {
  auto work = sleep_until(at);
  co_await with_deadline(deadline, std::move(work));
}

awaitable<int> stubborn(Deadline first, Deadline second) {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await sleep_until(first);
  co_await sleep_until(second);
  co_return 7;
}

awaitable<int> at_once() { co_return 3; }

TEST_CASE("virtual time moves only when told to, however far") {
  TestLoop loop;
  const Deadline start = LoopClock::now();
  loop.advance(24h * 365);
  CHECK(LoopClock::now() - start == 24h * 365);
}

TEST_CASE("the clock is real again after a test loop") {
  { TestLoop loop; }
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  CHECK(LoopClock::now().time_since_epoch() >= steady);
  CHECK(LoopClock::now().time_since_epoch() < steady + 1h);
}

TEST_CASE("work that ends before its deadline keeps its result") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  Started<int> started;
  started.on(loop.io, with_deadline(now + 5min, answer_at(now + 4min, 42)));
  loop.advance(3min);
  CHECK_FALSE(started.ended());
  loop.advance(1min);
  REQUIRE(started.ended());
  CHECK(started.value() == 42);
}

TEST_CASE("work that outlives its deadline ends as DeadlineExceeded") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  Started<int> started;
  started.on(loop.io, with_deadline(now + 5min, answer_at(now + 6min, 42)));
  loop.advance(4min);
  CHECK_FALSE(started.ended());
  loop.advance(1min);
  REQUIRE(started.ended());
  CHECK_THROWS_AS(started.value(), DeadlineExceeded);
}

TEST_CASE("a deadline that has passed still lets work end that need not wait") {
  TestLoop loop;
  Started<int> started;
  started.on(loop.io, with_deadline(LoopClock::now() - 1s, at_once()));
  loop.settle();
  REQUIRE(started.ended());
  CHECK(started.value() == 3);
}

TEST_CASE("a failure before the deadline is the work's own") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  Started<int> started;
  started.on(loop.io, with_deadline(now + 5min, fail_at(now + 1min)));
  loop.advance(1min);
  REQUIRE(started.ended());
  CHECK_THROWS_WITH(started.value(), "peer gone");
}

TEST_CASE("no deadline means no timer and the same result") {
  TestLoop loop;
  Started<int> started;
  started.on(loop.io, with_deadline(kNoDeadline, answer_at(LoopClock::now() + 1h, 9)));
  loop.advance(1h);
  CHECK(started.value() == 9);
}

TEST_CASE("a deadline waits for work that will not be cancelled and keeps its result") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  Started<int> started;
  started.on(loop.io, with_deadline(now + 1min, stubborn(now + 1h, now + 2h)));
  loop.advance(1min);
  CHECK_FALSE(started.ended());
  loop.advance(1h);
  CHECK_FALSE(started.ended());
  loop.advance(1h);
  CHECK(started.value() == 7);
}

TEST_CASE("the nearer of two nested deadlines ends the work") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  Started<int> started;
  auto inner = with_deadline(now + 1min, answer_at(now + 1h, 1));
  started.on(loop.io, with_deadline(now + 10min, std::move(inner)));
  loop.advance(1min);
  REQUIRE(started.ended());
  CHECK_THROWS_AS(started.value(), DeadlineExceeded);
}

TEST_CASE("work under a deadline that is cancelled from outside ends as cancelled") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  TaskGroup group(loop.executor());
  group.spawn(bounded_sleep(now + 1h, now + 2h));
  Started<void> joined;
  joined.on(loop.io, group.join());
  loop.settle();
  CHECK_FALSE(joined.ended());
  group.cancel();
  loop.settle();
  REQUIRE(joined.ended());
  CHECK_FALSE(joined.failure());
}

TEST_CASE("a thousand races of work and deadline at the same instant all end") {
  TestLoop loop;
  const Deadline now = LoopClock::now();
  std::vector<std::unique_ptr<Started<int>>> all;
  for (int i = 0; i < 1000; ++i) {
    const Deadline at = now + std::chrono::milliseconds(i % 7);
    all.push_back(std::make_unique<Started<int>>());
    all.back()->on(loop.io, with_deadline(at, answer_at(at, i)));
  }
  for (int i = 0; i < 8; ++i) loop.advance(1ms);
  int answered = 0;
  int late = 0;
  for (const auto& one : all) {
    REQUIRE(one->ended());
    if (one->failure()) {
      CHECK_THROWS_AS(one->value(), DeadlineExceeded);
      ++late;
    } else {
      ++answered;
    }
  }
  CHECK(answered + late == 1000);
}

TEST_CASE("only an aborted operation counts as a cancellation") {
  const boost::system::system_error aborted(asio::error::operation_aborted);
  const boost::system::system_error refused(asio::error::connection_refused);
  CHECK(is_cancellation(std::make_exception_ptr(aborted)));
  CHECK_FALSE(is_cancellation(std::make_exception_ptr(refused)));
  CHECK_FALSE(is_cancellation(std::make_exception_ptr(Fault("x"))));
  CHECK_FALSE(is_cancellation(nullptr));
}

}  // namespace
}  // namespace yoke
