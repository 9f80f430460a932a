#include "runtime/loop/offload.h"

#include <catch2/catch.hpp>
#include <future>
#include <numeric>

#include "runtime/base/result.h"
#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"
#include "tests/support/test_loop.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

struct Gate {  // what a job waits at until the test lets it go on
  std::promise<void> started;
  std::promise<void> release;
  std::atomic<int> ran = 0;
};

awaitable<std::thread::id> thread_of_job(Pool& pool) {
  auto job = [] { return std::this_thread::get_id(); };
  co_return co_await offload(pool, std::move(job));
}

awaitable<std::string> take_and_give(Pool& pool, std::unique_ptr<std::string> text) {
  auto job = [text = std::move(text)] { return *text + "!"; };
  std::string result = co_await offload(pool, std::move(job));
  co_return result;
}

awaitable<void> fail_in_job(Pool& pool) {
  auto job = [] { throw Fault("disk full"); };
  co_await offload(pool, std::move(job));
}

awaitable<void> hold(Pool& pool, std::shared_ptr<Gate> gate) {
  auto job = [gate] {
    gate->started.set_value();
    gate->release.get_future().wait();
    gate->ran += 1;
  };
  co_await offload(pool, std::move(job));
}

awaitable<void> count(Pool& pool, std::shared_ptr<Gate> gate) {
  auto job = [gate] { gate->ran += 1; };
  co_await offload(pool, std::move(job));
}

awaitable<long> sum_of_squares(Pool& pool, int n) {
  auto job = [n] {
    std::vector<long> squares(static_cast<std::size_t>(n));
    for (std::size_t i = 0; i < squares.size(); ++i) squares[i] = static_cast<long>(i * i);
    return std::accumulate(squares.begin(), squares.end(), 0L);
  };
  co_return co_await offload(pool, std::move(job));
}

awaitable<void> add_sum(Pool& pool, int n, long& total) {
  const long sum = co_await sum_of_squares(pool, n);
  total += sum;
}

TEST_CASE("a job runs on a thread of the pool and its result comes back") {
  asio::io_context io(1);
  Pool pool("test-pool", 2);
  CHECK(run(io, thread_of_job(pool)) != std::this_thread::get_id());
  CHECK(run(io, take_and_give(pool, std::make_unique<std::string>("hello"))) == "hello!");
}

TEST_CASE("a job's exception comes back on the loop") {
  asio::io_context io(1);
  Pool pool("test-pool", 1);
  CHECK_THROWS_WITH(run(io, fail_in_job(pool)), "disk full");
}

TEST_CASE("two thousand jobs over four threads all come back") {
  asio::io_context io(1);
  Pool pool("test-pool", 4);
  long total = 0;
  TaskGroup group(io.get_executor());
  for (int i = 0; i < 2000; ++i) group.spawn(add_sum(pool, 10, total));
  run(io, group.join());
  CHECK(total == 2000 * 285L);
}

TEST_CASE("a cancelled wait ends at once and the late result is dropped") {
  asio::io_context io(1);
  Pool pool("test-pool", 1);
  auto gate = std::make_shared<Gate>();
  TaskGroup group(io.get_executor());
  group.spawn(hold(pool, gate));
  io.poll();
  gate->started.get_future().wait();
  group.cancel();
  run(io, group.join());  // while the job still runs
  CHECK(gate->ran == 0);
  gate->release.set_value();
  pool.stop();
  CHECK(gate->ran == 1);
}

TEST_CASE("a job whose caller has gone before it started never runs") {
  asio::io_context io(1);
  Pool pool("test-pool", 1);
  auto gate = std::make_shared<Gate>();
  auto unwanted = std::make_shared<Gate>();
  Started<void> held;
  held.on(io, hold(pool, gate));
  TaskGroup group(io.get_executor());
  group.spawn(count(pool, unwanted));
  io.poll();
  gate->started.get_future().wait();
  CHECK(pool.waiting() == 1);
  group.cancel();
  run(io, group.join());
  gate->release.set_value();
  run_until(io, [&] { return held.ended(); });
  run(io, thread_of_job(pool));  // behind the unwanted one in the queue
  CHECK(unwanted->ran == 0);
}

TEST_CASE("a loop may go while a job of its own still runs") {
  auto gate = std::make_shared<Gate>();
  Pool pool("test-pool", 1);
  {
    asio::io_context io(1);
    Started<void> held;
    held.on(io, hold(pool, gate));
    io.poll();
    gate->started.get_future().wait();
  }
  gate->release.set_value();
  pool.stop();
  CHECK(gate->ran == 1);
}

TEST_CASE("a full or stopped pool refuses a job with a fault that names it") {
  asio::io_context io(1);
  Pool pool("tiny", 1, 1);
  auto gate = std::make_shared<Gate>();
  Started<void> held;
  held.on(io, hold(pool, gate));
  io.poll();
  gate->started.get_future().wait();
  Started<void> queued;
  queued.on(io, count(pool, gate));
  io.poll();
  CHECK_THROWS_WITH(run(io, count(pool, gate)), "the pool 'tiny' is full");
  gate->release.set_value();
  run_until(io, [&] { return queued.ended(); });
  pool.stop();
  CHECK_THROWS_WITH(run(io, count(pool, gate)), "the pool 'tiny' has stopped");
}

TEST_CASE("a deadline gives up on a job that hangs") {
  asio::io_context io(1);
  Pool pool("test-pool", 1);
  auto gate = std::make_shared<Gate>();
  const Deadline soon = LoopClock::now() + 20ms;
  CHECK_THROWS_AS(run(io, with_deadline(soon, hold(pool, gate))), DeadlineExceeded);
  gate->release.set_value();
}

}  // namespace
}  // namespace yoke
