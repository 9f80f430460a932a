#include "hosts/hook/keys/rate_meter.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

using std::chrono::seconds;
const KeyRate kRate{3, seconds(60)};
const LoopClock::time_point kStart{std::chrono::hours(1)};

}  // namespace

TEST_CASE("a key may send a window's requests at once, and then one as each comes free") {
  RateMeter meter;
  for (int left = 2; left >= 0; --left) {
    const RateMeter::Verdict verdict = meter.take("a", kRate, kStart);
    CHECK(verdict.let_in);
    CHECK(verdict.left.left == left);
  }
  const RateMeter::Verdict refused = meter.take("a", kRate, kStart);
  CHECK_FALSE(refused.let_in);
  CHECK(refused.retry_after == seconds(20));
  CHECK(refused.left.left == 0);
  CHECK(refused.left.full_in == seconds(60));
  CHECK_FALSE(meter.take("a", kRate, kStart + seconds(19)).let_in);
  CHECK(meter.take("a", kRate, kStart + seconds(20)).let_in);
  CHECK_FALSE(meter.take("a", kRate, kStart + seconds(20)).let_in);
}

TEST_CASE("requests that are refused cost a key nothing") {
  RateMeter meter;
  for (int i = 0; i < 3; ++i) meter.take("a", kRate, kStart);
  for (int i = 0; i < 100; ++i) meter.take("a", kRate, kStart + seconds(1));
  CHECK(meter.take("a", kRate, kStart + seconds(20)).let_in);
}

TEST_CASE("a key that was away has no more than one window's requests") {
  RateMeter meter;
  int let_in = 0;
  for (int i = 0; i < 10; ++i)
    let_in += meter.take("a", kRate, kStart + std::chrono::hours(24)).let_in ? 1 : 0;
  CHECK(let_in == 3);
}

TEST_CASE("one key's requests do not count in another's") {
  RateMeter meter;
  for (int i = 0; i < 4; ++i) meter.take("a", kRate, kStart);
  CHECK(meter.take("b", kRate, kStart).let_in);
}

}  // namespace yoke::testing
