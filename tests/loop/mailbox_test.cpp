#include "runtime/loop/mailbox.h"

#include <boost/asio/post.hpp>
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "runtime/loop/deadline.h"
#include "runtime/loop/task_group.h"
#include "tests/support/test_loop.h"

using namespace std::chrono_literals;

namespace yoke {
namespace {

awaitable<void> read_three(Mailbox<std::string>& box, std::vector<std::string>& seen) {
  for (int i = 0; i < 3; ++i) {
    std::string item = co_await box.pop();
    seen.push_back(std::move(item));
  }
}

awaitable<void> wait_at(Signal& signal, int& passed) {
  co_await signal.wait();
  ++passed;
}

TEST_CASE("a mailbox gives its items in the order they were pushed") {
  TestLoop loop;
  Mailbox<std::string> box;
  std::vector<std::string> seen;
  Started<void> reader;
  box.push("a");
  reader.on(loop.io, read_three(box, seen));
  loop.settle();
  CHECK(seen == std::vector<std::string>{"a"});
  box.push("b");
  box.push("c");
  CHECK(seen.size() == 1);  // never resumed inside push
  CHECK(box.size() == 2);
  loop.settle();
  CHECK(reader.ended());
  CHECK(seen == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("an item pushed while its reader is cancelled stays in the mailbox") {
  TestLoop loop;
  Mailbox<std::string> box;
  std::vector<std::string> seen;
  TaskGroup group(loop.executor());
  group.spawn(read_three(box, seen));
  loop.settle();
  group.cancel();
  box.push("kept");
  loop.settle();
  CHECK(group.running() == 0);
  const bool held = box.size() + seen.size() == 1;
  CHECK(held);
}

TEST_CASE("a cancelled reader takes nothing") {
  TestLoop loop;
  Mailbox<std::string> box;
  std::vector<std::string> seen;
  TaskGroup group(loop.executor());
  group.spawn(read_three(box, seen));
  loop.settle();
  group.cancel();
  loop.settle();
  box.push("later");
  loop.settle();
  CHECK(seen.empty());
  std::string item;
  REQUIRE(box.try_pop(item));
  CHECK(item == "later");
  CHECK_FALSE(box.try_pop(item));
}

TEST_CASE("a mailbox holds items that can only be moved") {
  Mailbox<std::unique_ptr<int>> box;
  box.push(std::make_unique<int>(5));
  std::unique_ptr<int> item;
  REQUIRE(box.try_pop(item));
  CHECK(*item == 5);
}

TEST_CASE("a notification that comes before the wait is kept, and only one") {
  TestLoop loop;
  Signal signal;
  int passed = 0;
  signal.notify();
  signal.notify();
  Started<void> first;
  first.on(loop.io, wait_at(signal, passed));
  loop.settle();
  CHECK(first.ended());
  Started<void> second;
  second.on(loop.io, wait_at(signal, passed));
  loop.settle();
  CHECK_FALSE(second.ended());
  signal.notify();
  loop.settle();
  CHECK(second.ended());
  CHECK(passed == 2);
}

TEST_CASE("a signal outlives the loop its waiter stood on") {
  Signal signal;
  int passed = 0;
  Started<void> waiter;
  {
    TestLoop loop;
    waiter.on(loop.io, wait_at(signal, passed));
    loop.settle();
  }
  signal.notify();
  CHECK(signal.is_set());
  CHECK(passed == 0);
}

TEST_CASE("a signal that goes before its loop leaves a waiter that never ends") {
  int passed = 0;
  Started<void> waiter;
  TestLoop loop;
  {
    Signal signal;
    waiter.on(loop.io, wait_at(signal, passed));
    loop.settle();
  }
  loop.settle();
  CHECK_FALSE(waiter.ended());
}

}  // namespace
}  // namespace yoke
