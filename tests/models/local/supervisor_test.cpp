#include <catch2/catch.hpp>

#include "models/local/load_progress.h"
#include "models/local/supervisor.h"

namespace yoke::local {
namespace {

using namespace std::chrono_literals;
using State = Supervisor::State;

// A supervisor in a time of its own; says which act came.
struct Watch {
  Supervisor supervisor;
  Supervisor::Time now{1h};

  char act() {  // the next one: S(pawn), P(robe), T(erminate), K(ill), or '-'
    const auto acts = supervisor.next(now);
    return acts.empty() ? '-' : "SPTK"[acts.front().index()];
  }
  void pass(std::chrono::milliseconds time) { now += time; }
  void start() {
    supervisor.want(now);
    REQUIRE(act() == 'S');
  }
  void make_ready() {
    pass(250ms);
    REQUIRE(act() == 'P');
    supervisor.probed(true, now);
    REQUIRE(supervisor.state() == State::ready);
  }
  void crash(const char* how = "it exited with status 1") { supervisor.exited(how, now); }
  void sleep_till_due() { now = std::max(now, *supervisor.wake()); }
};

}  // namespace

TEST_CASE("a server is asked again and again until it is well, one question at a time") {
  Watch watch;
  watch.start();
  CHECK(watch.act() == '-');
  watch.pass(250ms);
  CHECK(watch.act() == 'P');
  watch.pass(10s);
  CHECK(watch.act() == '-');
  watch.supervisor.probed(false, watch.now);
  CHECK(watch.supervisor.state() == State::starting);
  watch.make_ready();
  CHECK_FALSE(watch.supervisor.wake());
}

TEST_CASE("a crashed server is started again after pauses that double") {
  Watch watch;
  watch.start();
  std::chrono::milliseconds pause = 500ms;
  for (int crash = 1; crash < 5; ++crash) {
    watch.crash();
    CHECK(watch.supervisor.state() == State::pausing);
    CHECK(watch.act() == '-');
    watch.pass(pause - 1ms);
    CHECK(watch.act() == '-');
    watch.pass(1ms);
    CHECK(watch.act() == 'S');
    pause *= 2;
  }
  watch.crash("it exited with status 9");
  CHECK(watch.supervisor.state() == State::given_up);
  CHECK(watch.supervisor.why() == "it exited with status 9");
  CHECK_FALSE(watch.supervisor.wake());
}

TEST_CASE("after a healthy while the crashes before it are forgotten") {
  Watch watch;
  watch.start();
  for (int crash = 0; crash < 20; ++crash) {
    watch.make_ready();
    watch.pass(61s);
    watch.crash();
    REQUIRE(watch.supervisor.state() == State::pausing);
    CHECK(watch.supervisor.crashes() == 1);
    watch.sleep_till_due();
    REQUIRE(watch.act() == 'S');
  }
}

TEST_CASE("a server that was given up is tried again when it is wanted after a rest") {
  Watch watch;
  watch.start();
  for (int crash = 0; crash < 5; ++crash) {
    watch.crash();
    if (watch.supervisor.wake()) watch.sleep_till_due();
    watch.act();
  }
  REQUIRE(watch.supervisor.state() == State::given_up);
  watch.supervisor.want(watch.now);
  CHECK(watch.supervisor.state() == State::given_up);
  watch.pass(60s);
  watch.supervisor.want(watch.now);
  CHECK(watch.act() == 'S');
}

TEST_CASE("a server that does not load in time is killed, and that counts as a crash") {
  Watch watch;
  watch.start();
  watch.pass(15min);
  CHECK(watch.act() == 'K');
  CHECK(watch.act() == '-');
  watch.crash("signal 9 (Killed) ended it");
  CHECK(watch.supervisor.state() == State::pausing);
  CHECK(watch.supervisor.why() == "it was not ready in time");
}

TEST_CASE("stopping is asked for first and forced after the grace") {
  Watch watch;
  watch.start();
  watch.make_ready();
  watch.supervisor.unwant(watch.now);
  CHECK(watch.act() == 'T');
  watch.pass(4999ms);
  CHECK(watch.act() == '-');
  watch.pass(1ms);
  CHECK(watch.act() == 'K');
  CHECK(watch.act() == '-');
  watch.crash();
  CHECK(watch.supervisor.state() == State::stopped);
}

TEST_CASE("a server wanted again while it stops is started when it has gone") {
  Watch watch;
  watch.start();
  watch.make_ready();
  watch.supervisor.unwant(watch.now);
  CHECK(watch.act() == 'T');
  watch.supervisor.want(watch.now);
  CHECK(watch.act() == '-');
  watch.crash("it exited with status 0");
  CHECK(watch.act() == 'S');
}

TEST_CASE("a program that is not there is not tried again") {
  Watch watch;
  watch.start();
  watch.supervisor.not_spawned("there is no program 'llama'", watch.now);
  CHECK(watch.supervisor.state() == State::given_up);
  CHECK(watch.supervisor.why() == "there is no program 'llama'");
}

TEST_CASE("an answer to a question asked of a dead process makes no server ready") {
  Watch watch;
  watch.start();
  watch.pass(250ms);
  CHECK(watch.act() == 'P');
  watch.crash();
  watch.supervisor.probed(true, watch.now);
  CHECK(watch.supervisor.state() == State::pausing);
}

TEST_CASE("the progress of loading is read from the lines of the servers that print it") {
  CHECK(load_percent("Loading safetensors checkpoint shards:  50% Completed | 1/2 [00:03<00:03]") ==
        50);
  CHECK(load_percent("..............................") == 30);
  CHECK(load_percent("Loading model weights took 3.2 GB") == std::nullopt);
  CHECK(load_percent("GPU 97% busy") == std::nullopt);
  CHECK(load_percent("Loading weights: 9999%") == std::nullopt);
}

}  // namespace yoke::local
