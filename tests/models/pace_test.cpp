#include "models/routes/pace.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

using std::chrono::milliseconds;

const Pace::Time kNow{std::chrono::hours(1)};

TEST_CASE("a target's pace follows its latest answers") {
  Pace pace;
  CHECK_FALSE(pace.is_known());
  pace.observe(milliseconds(100), kNow);
  CHECK(pace.mean() == milliseconds(100));
  for (int answer = 0; answer < 50; ++answer) pace.observe(milliseconds(900), kNow);
  CHECK(pace.mean() > milliseconds(895));
}

TEST_CASE("requests that still wait make a target look slower to the next one") {
  Pace pace;
  pace.observe(milliseconds(100), kNow);
  pace.in_flight = 2;
  CHECK(pace.score() == 300);
}

TEST_CASE("the 95th percentile is known after ten answers and forgets old ones") {
  Pace pace;
  for (int answer = 1; answer <= 9; ++answer) pace.observe(milliseconds(answer), kNow);
  CHECK_FALSE(pace.p95());
  for (int answer = 10; answer <= 100; ++answer) pace.observe(milliseconds(answer), kNow);
  CHECK(pace.p95() == milliseconds(95));
  for (std::size_t answer = 0; answer < Pace::kSamples; ++answer) {
    pace.observe(milliseconds(7), kNow);
  }
  CHECK(pace.p95() == milliseconds(7));
}

TEST_CASE("a share of one in twenty lets every twentieth call through") {
  ShareBucket bucket(0.05);
  int taken = 0;
  for (int call = 1; call <= 1000; ++call) {
    bucket.arrive();
    taken += bucket.take();
    CHECK(taken <= call / 20);
  }
  CHECK(taken == 50);
}

TEST_CASE("a share that nobody takes is not saved up") {
  ShareBucket bucket(0.5);
  for (int call = 0; call < 100; ++call) bucket.arrive();
  CHECK(bucket.take());
  CHECK_FALSE(bucket.take());
}

}  // namespace
}  // namespace yoke
