#include "runtime/loop/fair_turns.h"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <thread>

#include "runtime/loop/deadline.h"
#include "runtime/loop/offload.h"
#include "runtime/loop/on_executor.h"
#include "runtime/loop/signal.h"
#include "runtime/loop/task_group.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

void post(const asio::any_io_executor& executor, std::string& told, const std::string& word,
          int times) {
  for (int i = 0; i < times; ++i) {
    asio::post(executor, [&told, word] { told += word; });
  }
}

awaitable<void> say_twice(std::string& told, std::string first, Deadline at, std::string second) {
  told += first;
  co_await sleep_until(at);
  told += second;
}

awaitable<std::string> where(asio::any_io_executor line) {
  const auto here = co_await asio::this_coro::executor;
  Timer timer(here, LoopClock::now());
  co_await timer.async_wait(asio::use_awaitable);
  const auto after = co_await asio::this_coro::executor;
  co_return here == line&& after == line ? "on the line" : "elsewhere";
}

awaitable<std::string> ask_on(asio::any_io_executor line) {
  auto work = where(line);
  const std::string answer = co_await on_executor(line, std::move(work));
  const auto here = co_await asio::this_coro::executor;
  co_return answer + (line_of(here) == nullptr ? ", then back" : ", and stays there");
}

awaitable<void> fail() {
  co_await asio::post(asio::use_awaitable);
  throw Fault("it failed");
}

awaitable<void> wait_at(Signal& signal, std::string& told) {
  try {
    co_await signal.wait();
    told += "came ";
  } catch (...) {
    told += "cancelled ";
    throw;
  }
}

awaitable<void> move_to(asio::any_io_executor line, Signal& signal, std::string& told) {
  auto work = wait_at(signal, told);
  co_await on_executor(line, std::move(work));
}

}  // namespace

TEST_CASE("of lines where much waits, a row of each runs in turn") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto a = turns.line("a");
  const auto b = turns.line("b");
  std::string told;
  post(a, told, "a", 10);
  post(b, told, "b", 3);
  loop.settle();
  CHECK(told == "aaaabbbaaaaaa");
  static_assert(FairTurns::kRow == 4);
}

TEST_CASE("what comes late for one line waits for one row of another, not for all of it") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto loud = turns.line("loud");
  const auto quiet = turns.line("quiet");
  std::string told;
  asio::post(loud, [&] { post(quiet, told, "q", 1); });
  post(loud, told, "l", 9);
  loop.settle();
  CHECK(told == "lllqllllll");
}

TEST_CASE("between the rows of one line the loop does what else there is") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto line = turns.line("a");
  std::string told;
  post(line, told, "a", 6);
  post(loop.executor(), told, "-", 1);
  loop.settle();
  CHECK(told == "aaaa-aa");
}

TEST_CASE("who has asked for little goes before who has been served much, in the middle of a row") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto loud = turns.line("loud");
  const auto quiet = turns.line("quiet");
  std::string told;
  post(loud, told, "", 201);
  asio::post(loud, [&] {
    post(quiet, told, "q", 70);
    told += "!";
  });
  post(loud, told, "l", 20);
  loop.settle();
  // Its credit, and the row that the other is ahead by; then they take turns.
  CHECK(told.substr(0, 62) == "!" + std::string(61, 'q'));
  CHECK(told.substr(62).starts_with("qqqqqqqllll"));
  static_assert(FairTurns::kCredit == 64);
}

TEST_CASE("a seat waits in the line that it was moved to, and its earlier work in the one before") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto loud = turns.line("loud");
  const auto seat = turns.seat();
  std::string told;
  post(loud, told, "l", 5);
  post(seat, told, "?", 1);
  move_seat(seat, "loud");
  CHECK(line_of(seat) == line_of(loud));
  post(seat, told, "s", 1);
  loop.settle();
  CHECK(told == "llll?ls");
  move_seat(loop.executor(), "loud");  // of no line: left as it is
  CHECK(line_of(loop.executor()) == nullptr);
}

TEST_CASE("a coroutine whose seat is moved goes on in its new line") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto seat = turns.seat();
  TaskGroup tasks(seat);
  const Deadline soon = LoopClock::now();
  std::string told;
  tasks.spawn(say_twice(told, "1", soon, "2"));
  move_seat(seat, "quiet");
  post(turns.line("loud"), told, "l", 9);
  loop.settle();
  CHECK(told == "1llll2lllll");
  CHECK(turns.lines() == 1);
}

TEST_CASE("a handler of a line dispatches to its own at once, and to another's after what waits") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto a = turns.line("a");
  const auto b = turns.line("b");
  std::string told;
  post(b, told, "b", 1);
  asio::post(a, [&] {
    asio::dispatch(a, [&] { told += "1"; });
    asio::dispatch(b, [&] { told += "3"; });
    asio::post(a, [&] { told += "4"; });
    told += "2";
  });
  loop.settle();
  CHECK(told == "b1243");
}

TEST_CASE("a coroutine that was spawned on a line stays there after each wait") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  CHECK(run(loop.io, ask_on(turns.line("a"))) == "on the line, then back");
}

TEST_CASE("of coroutines that wake together those of the line that was served less go first") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  std::string told;
  TaskGroup loud(turns.line("loud"));
  TaskGroup quiet(turns.line("quiet"));
  const Deadline at = LoopClock::now() + std::chrono::seconds(1);
  for (int i = 0; i < 10; ++i) loud.spawn(say_twice(told, "", at, "l"));
  quiet.spawn(say_twice(told, "", at, "q"));
  loop.settle();
  loop.advance(std::chrono::seconds(1));
  CHECK(told == "qllllllllll");  // ten began on the one, one on the other
}

TEST_CASE("what a coroutine on another executor throws comes back to who waits for it") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  CHECK_THROWS_WITH(run(loop.io, on_executor(turns.line("a"), fail())), "it failed");
}

TEST_CASE("a coroutine on another executor is cancelled with who waits for it") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  Signal signal;
  std::string told;
  TaskGroup group(loop.executor());
  group.spawn(move_to(turns.line("a"), signal, told));
  SECTION("before it has begun") {}
  SECTION("while it waits") { loop.settle(); }
  group.cancel();
  loop.settle();
  CHECK(group.running() == 0);
  CHECK((told.empty() || told == "cancelled "));
}

TEST_CASE("work on another executor that ends while it is cancelled has ended once") {
  for (int turns_before = 0; turns_before < 12; ++turns_before) {
    TestLoop loop;
    FairTurns turns(loop.executor());
    Signal signal;
    std::string told;
    TaskGroup group(loop.executor());
    group.spawn(move_to(turns.line("a"), signal, told));
    loop.settle();
    signal.notify();
    for (int i = 0; i < turns_before; ++i) loop.io.poll_one();
    group.cancel();
    loop.settle();
    CHECK(group.running() == 0);
    CHECK((told == "came " || told == "cancelled "));
  }
}

TEST_CASE("one on a line is cancelled from that same line before it has begun") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto line = turns.line("a");
  Signal signal;
  std::string told;
  TaskGroup group(line);
  group.spawn(wait_at(signal, told));
  asio::post(line, [&] { group.cancel(); });
  loop.settle();
  CHECK(group.running() == 0);
}

TEST_CASE("a job of another thread wakes who waits on a line") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  Pool pool("jobs", 1);
  auto job = offload(pool, [] { return std::string("done"); });
  CHECK(run(loop.io, on_executor(turns.line("a"), std::move(job))) == "done");
}

TEST_CASE("a loop that goes takes what waits in lines with it, and lines may outlive it") {
  asio::any_io_executor kept;
  std::string told;
  Signal signal;
  {
    TestLoop loop;
    FairTurns turns(loop.executor());
    kept = turns.line("a");
    asio::co_spawn(kept, move_to(turns.line("b"), signal, told), [](std::exception_ptr) {});
    loop.settle();
    post(kept, told, "never", 1);
  }
  post(kept, told, "nor this", 1);
  CHECK(told.empty());
}

TEST_CASE("turns that go leave their lines to those who are still on them") {
  TestLoop loop;
  std::string told;
  {
    FairTurns turns(loop.executor());
    post(turns.line("a"), told, "a", 6);
    CHECK(turns.lines() == 1);
  }
  loop.settle();
  CHECK(told == "aaaaaa");
}

TEST_CASE("a line that nobody has any more is forgotten, and begun anew when somebody comes") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  std::string told;
  post(turns.line("a"), told, "a", 1);
  CHECK(turns.lines() == 1);
  loop.settle();
  CHECK(turns.lines() == 0);
  const auto again = turns.line("a");
  CHECK(turns.line("a") == again);
  CHECK(line_of(again) != nullptr);
  CHECK(line_of(again) != line_of(turns.line("b")));
  CHECK(line_of(loop.executor()) == nullptr);
}

TEST_CASE("a loop has turns of its own, which are the same from each of its lines") {
  TestLoop loop;
  FairTurns& turns = FairTurns::of(loop.executor());
  const auto a = turns.line("a");
  CHECK(&FairTurns::of(a) == &turns);
  CHECK(FairTurns::of(a).line("a") == a);
  asio::io_context other;
  CHECK(&FairTurns::of(other.get_executor()) != &turns);
}

TEST_CASE("a handler that throws leaves its line and others as they were") {
  TestLoop loop;
  FairTurns turns(loop.executor());
  const auto a = turns.line("a");
  std::string told;
  asio::post(a, [] { throw Fault("a bad handler"); });
  post(a, told, "a", 1);
  post(turns.line("b"), told, "b", 1);
  CHECK_THROWS_WITH(loop.settle(), "a bad handler");
  loop.settle();
  CHECK(told == "ba");
}

}  // namespace yoke
