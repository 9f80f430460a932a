#include "models/health/key_ring.h"

#include <catch2/catch.hpp>

namespace yoke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct KeyBench {
  KeyRing ring;
  KeyRing::Time now{std::chrono::hours(1)};

  explicit KeyBench(std::vector<std::string> names) : ring(named(names), settings()) {}

  static BreakerSettings settings() {
    return BreakerSettings{2, seconds(5), seconds(60), seconds(600)};
  }
  static std::vector<NamedKey> named(const std::vector<std::string>& names) {
    std::vector<NamedKey> keys;
    for (const std::string& name : names) keys.push_back({name, Secret("sk-" + name)});
    return keys;
  }

  KeyRing::Choice choose(const std::string& model = "m") {
    return std::get<KeyRing::Choice>(ring.choose(model, now));
  }
  KeyRing::NotNow refused() { return std::get<KeyRing::NotNow>(ring.choose("m", now)); }
  std::string next() {
    const KeyRing::Choice choice = choose();
    ring.succeeded(choice);
    return ring.key(choice).name;
  }
  void fail(FailureClass failure_class, std::optional<milliseconds> retry_after = {}) {
    ModelFailure failure;
    failure.failure_class = failure_class;
    failure.retry_after = retry_after;
    failure.message = "it said no";
    ring.failed(choose(), failure, now);
  }
};

TEST_CASE("a backend sends its requests with each of its keys in turn") {
  KeyBench bench({"a", "b", "c"});
  std::string turns;
  for (int turn = 0; turn < 6; ++turn) turns += bench.next();
  CHECK(turns == "abcabc");
}

TEST_CASE("a dead key is set aside at once, and the others go on without it") {
  KeyBench bench({"a", "b"});
  bench.fail(FailureClass::key);
  CHECK(bench.next() == "b");
  CHECK(bench.next() == "b");
  bench.now += seconds(60);
  CHECK(bench.next() == "a");
}

TEST_CASE("a key rests until the time that its vendor states") {
  KeyBench bench({"a"});
  bench.fail(FailureClass::quota, seconds(20));
  const KeyRing::NotNow refused = bench.refused();
  CHECK(refused.until == bench.now + seconds(20));
  CHECK(refused.failure_class == FailureClass::quota);
  CHECK(refused.reason == "its quota was used up");
  bench.now += seconds(20);
  CHECK(bench.next() == "a");
}

TEST_CASE("when all keys rest, the one that is back first says until when") {
  KeyBench bench({"a", "b"});
  bench.fail(FailureClass::quota, seconds(30));
  bench.fail(FailureClass::quota, seconds(10));
  CHECK(bench.refused().until == bench.now + seconds(10));
}

TEST_CASE("a server's failures count, even where it asks to come again at once") {
  KeyBench bench({"a"});
  for (int times = 0; times < 2; ++times) bench.fail(FailureClass::server, seconds(0));
  CHECK(bench.refused().failure_class == FailureClass::server);
}

TEST_CASE("a key that rests for one model serves the others") {
  KeyBench bench({"a"});
  bench.fail(FailureClass::quota, seconds(30));
  CHECK(bench.ring.key(bench.choose("other")).name == "a");
}

TEST_CASE("while a probe is on its way nobody can say until when") {
  KeyBench bench({"a"});
  bench.fail(FailureClass::server);
  bench.fail(FailureClass::server);
  bench.now += seconds(5);
  const KeyRing::Choice probe = bench.choose();
  CHECK_FALSE(bench.refused().until);
  bench.ring.succeeded(probe);
  CHECK(bench.next() == "a");
}

TEST_CASE("what a server refuses rightly, or we cancel, says nothing against it") {
  for (const FailureClass harmless : {FailureClass::client, FailureClass::content,
                                      FailureClass::cancelled, FailureClass::timed_out}) {
    KeyBench bench({"a"});
    for (int call = 0; call < 5; ++call) bench.fail(harmless);
    CHECK(bench.next() == "a");
  }
}

TEST_CASE("the health of keys names them, how long they rest and why") {
  KeyBench bench({"env:A", "env:B"});
  bench.fail(FailureClass::quota, seconds(30));
  bench.now += seconds(10);
  const std::vector<KeyHealth> rows = bench.ring.health(bench.now);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].key == "env:A");
  CHECK(rows[0].state == BreakerState::open);
  CHECK(rows[0].left == seconds(20));
  CHECK(rows[0].reason == "its quota was used up");
  CHECK(rows[1].state == BreakerState::closed);
}

TEST_CASE("a server without keys has a breaker all the same") {
  KeyBench bench({});
  CHECK(bench.next().empty());
  bench.fail(FailureClass::network);
  bench.fail(FailureClass::network);
  CHECK(bench.refused().until == bench.now + seconds(5));
}

TEST_CASE("models that are well are forgotten when there are too many to remember") {
  KeyBench bench({"a"});
  bench.fail(FailureClass::quota, seconds(3600));
  for (std::size_t model = 0; model < KeyRing::kModelsMax + 10; ++model) {
    bench.ring.succeeded(bench.choose("m" + std::to_string(model)));
  }
  CHECK(bench.ring.health(bench.now).size() <= KeyRing::kModelsMax);
  CHECK(bench.refused().until);
}

}  // namespace
}  // namespace yoke
