#include "models/health/breaker.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A breaker with a clock of its own.
struct Bench {
  Breaker breaker{BreakerSettings{3, seconds(5), seconds(9), seconds(12)}};
  Breaker::Time now{std::chrono::hours(1)};

  BreakerState state() const { return breaker.state(now); }
  void fail() { breaker.failed(breaker.admit(now).value(), now); }
  void succeed() { breaker.succeeded(breaker.admit(now).value()); }
  void open() {
    for (int failure = 0; failure < 3; ++failure) fail();
  }
};

TEST_CASE("a breaker opens after as many failures in a row as it bears, and not before") {
  Bench bench;
  bench.fail();
  bench.fail();
  bench.succeed();
  bench.fail();
  bench.fail();
  CHECK(bench.state() == BreakerState::closed);
  bench.fail();
  CHECK(bench.state() == BreakerState::open);
  CHECK_FALSE(bench.breaker.admit(bench.now));
  CHECK(bench.breaker.open_until() == bench.now + seconds(5));
}

TEST_CASE("after its pause a breaker lets one probe through, and closes when that succeeds") {
  Bench bench;
  bench.open();
  bench.now += seconds(5);
  CHECK(bench.state() == BreakerState::half_open);
  const auto probe = bench.breaker.admit(bench.now);
  REQUIRE(probe);
  CHECK_FALSE(bench.breaker.admit(bench.now));
  bench.breaker.succeeded(*probe);
  CHECK(bench.state() == BreakerState::closed);
  CHECK(bench.breaker.admit(bench.now));
  CHECK(bench.breaker.failures() == 0);
}

TEST_CASE(
    "a probe that fails doubles the pause up to its bound, and a success makes it short again") {
  Bench bench;
  bench.open();
  bench.now += seconds(5);
  bench.fail();
  CHECK(bench.breaker.open_until() == bench.now + seconds(10));
  bench.now += seconds(10);
  bench.fail();
  CHECK(bench.breaker.open_until() == bench.now + seconds(12));
  bench.now += seconds(12);
  bench.succeed();
  bench.open();
  CHECK(bench.breaker.open_until() == bench.now + seconds(5));
}

TEST_CASE("what is broken is held back at once, and longer, until a probe succeeds") {
  Bench bench;
  bench.breaker.broke(bench.breaker.admit(bench.now).value(), bench.now);
  CHECK(bench.breaker.open_until() == bench.now + seconds(9));
  bench.now += seconds(9);
  CHECK(bench.state() == BreakerState::half_open);
  bench.breaker.broke(bench.breaker.admit(bench.now).value(), bench.now);
  CHECK(bench.breaker.open_until() == bench.now + seconds(12));
}

TEST_CASE("a probe that is cancelled makes way for the next one") {
  Bench bench;
  bench.open();
  bench.now += seconds(5);
  bench.breaker.dropped(bench.breaker.admit(bench.now).value());
  CHECK(bench.breaker.admit(bench.now));
}

TEST_CASE("requests from before it opened neither open nor close a breaker again") {
  Bench bench;
  const auto early = bench.breaker.admit(bench.now).value();
  const auto other = bench.breaker.admit(bench.now).value();
  bench.open();
  bench.breaker.succeeded(early);
  bench.breaker.failed(other, bench.now);
  CHECK(bench.state() == BreakerState::open);
  CHECK(bench.breaker.open_until() == bench.now + seconds(5));
}

TEST_CASE("what is cooled until a stated time is open until then and closed from then on") {
  Bench bench;
  bench.breaker.cool(bench.breaker.admit(bench.now).value(), bench.now + seconds(60));
  CHECK(bench.state() == BreakerState::open);
  bench.now += seconds(60) - milliseconds(1);
  CHECK(bench.state() == BreakerState::open);
  bench.now += milliseconds(1);
  CHECK(bench.state() == BreakerState::closed);
}

TEST_CASE("of two stated times the later one counts, whichever was heard first") {
  Bench bench;
  const auto first = bench.breaker.admit(bench.now).value();
  const auto second = bench.breaker.admit(bench.now).value();
  bench.breaker.cool(first, bench.now + seconds(60));
  bench.breaker.cool(second, bench.now + seconds(30));
  CHECK(bench.breaker.open_until() == bench.now + seconds(60));
}

}  // namespace
}  // namespace yoke
