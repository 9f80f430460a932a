#include <catch2/catch.hpp>

#include "models/limits/fair_queue.h"
#include "models/limits/minute_window.h"

namespace yoke {
namespace {

using std::chrono::seconds;

const MinuteWindow::Time kStart{std::chrono::hours(1)};

std::string drain(FairQueue<std::string>& queue) {
  std::string out;
  while (!queue.empty()) {
    out += queue.front();
    queue.pop();
  }
  return out;
}

TEST_CASE("a tenant that asks for much does not keep the others waiting") {
  FairQueue<std::string> queue;
  for (int each = 0; each < 4; ++each) queue.push("a", 1, "a");
  queue.push("b", 1, "b");
  queue.push("c", 1, "c");
  CHECK(drain(queue) == "abcaaa");
}

TEST_CASE("within a tenant the queue is in order") {
  FairQueue<std::string> queue;
  for (const char* each : {"1", "2", "3"}) queue.push("a", 1, each);
  CHECK(drain(queue) == "123");
}

TEST_CASE("shares are counted by what requests cost, not by their number") {
  FairQueue<std::string> queue;
  for (int each = 0; each < 3; ++each) queue.push("a", 30, "a");
  for (int each = 0; each < 6; ++each) queue.push("b", 10, "b");
  CHECK(drain(queue) == "abbbabbba");
}

TEST_CASE("a tenant that was idle has saved up no claim") {
  FairQueue<std::string> queue;
  for (int each = 0; each < 6; ++each) queue.push("a", 1, "a");
  for (int each = 0; each < 4; ++each) queue.pop();
  for (int each = 0; each < 4; ++each) queue.push("b", 1, "b");
  CHECK(drain(queue) == "bababb");
}

TEST_CASE("one that waits no more leaves the queue and costs its tenant nothing") {
  FairQueue<std::string> queue;
  queue.push("a", 1, "1");
  const auto second = queue.push("a", 1, "2");
  queue.push("a", 1, "3");
  queue.erase(second);
  CHECK(queue.size() == 2);
  CHECK(drain(queue) == "13");
}

TEST_CASE("no minute lets more through than it may, wherever it begins") {
  MinuteWindow window(2);
  window.add(1, kStart);
  window.add(1, kStart + seconds(30));
  CHECK(window.fits_at(1, kStart + seconds(40)) == kStart + seconds(60));
  CHECK(window.fits_at(2, kStart + seconds(40)) == kStart + seconds(90));
  CHECK(window.fits_at(1, kStart + seconds(60)) == kStart + seconds(60));
  CHECK(window.used(kStart + seconds(60)) == 1);
}

TEST_CASE("more than a whole minute's share goes when nothing else does") {
  MinuteWindow window(100);
  CHECK(window.fits_at(1000, kStart) == kStart);
  window.add(1000, kStart);
  CHECK(window.fits_at(1, kStart) == kStart + seconds(60));
}

TEST_CASE("an estimate in the window is put right when the bill comes") {
  MinuteWindow window(100);
  const auto entry = window.add(90, kStart);
  CHECK(window.fits_at(20, kStart) == kStart + seconds(60));
  window.correct(entry, 10);
  CHECK(window.fits_at(20, kStart) == kStart);
  CHECK(window.used(kStart + seconds(61)) == 0);
  window.correct(entry, 50);  // long gone
  CHECK(window.used(kStart + seconds(61)) == 0);
}

}  // namespace
}  // namespace yoke
