#include "hosts/hook/schedules/scheduler.h"

#include <catch2/catch.hpp>
#include <optional>

#include "runtime/loop/task_group.h"
#include "tests/support/test_loop.h"

namespace yoke::testing {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

Micros utc(const std::string& text) {
  const Result<Micros> at = micros_from_iso8601(text);
  REQUIRE(at.has_value());
  return *at;
}

class SetWall final : public WallClock {
 public:
  Micros now() override { return at; }
  Micros at = 0;
};

Schedule kept_schedule(const std::string& name, const std::string& cron,
                       const std::string& missed = "once") {
  ScheduleConfig text;
  text.cron = cron;
  text.agent = "clerk";
  text.missed = missed;
  Result<Schedule> made = make_schedule(name, text);
  REQUIRE(made.has_value());
  return *made;
}

// A store that outlives the schedulers, as a disk outlives processes; time that moves when told to.
class Bed {
 public:
  explicit Bed(const std::string& now) {
    wall.at = utc(now);
    StoreOptions options;
    options.node_id = "node";
    options.wall = &wall;
    store = *open_store("memory:", loop.executor(), options);
  }
  ~Bed() { stop(); }

  void begin(std::vector<Schedule> from_file) {
    auto start = [this](Schedule each, std::string key) {
      return start_run(std::move(each), std::move(key));
    };
    Scheduler::Parts parts{*store, wall, start, {}};
    scheduler.emplace(std::move(parts), std::move(from_file));
    yoke::run(loop.io, scheduler->load());
    group.emplace(loop.executor());
    group->spawn(scheduler->run());
    idle();
  }

  // As a crash would: nothing is said any more.
  void stop() {
    if (!group) return;
    group->cancel();
    yoke::run(loop.io, group->join());
    group.reset();
    scheduler.reset();
  }

  void pass(std::chrono::microseconds time) {
    wall.at += time.count();
    loop.advance(time);
    idle();
  }

  std::vector<std::string> take() { return std::exchange(started, {}); }

  TestLoop loop;
  SetWall wall;
  std::unique_ptr<Store> store;
  std::optional<Scheduler> scheduler;
  std::optional<TaskGroup> group;
  std::vector<std::string> started;
  std::optional<Error> refusal;

 private:
  awaitable<Result<std::string>> start_run(Schedule, std::string key) {
    if (refusal) co_return *refusal;
    started.push_back(key);
    co_return "run " + key;
  }
  // Lets the store's answers come in.
  void idle() {
    for (int i = 0; i < 20; ++i) {
      auto listing = store->kv_list("yoke:schedules", "", 1);
      yoke::run(loop.io, std::move(listing));
      loop.settle();
    }
  }
};

using ScheduleKeys = std::vector<std::string>;

}  // namespace

TEST_CASE("a schedule starts its run at each of its times, once") {
  Bed bed("2026-11-21T07:58:30Z");
  bed.begin({kept_schedule("daily", "0,2 8 * * *")});
  bed.pass(seconds(89));
  CHECK(bed.take().empty());
  bed.pass(seconds(1));
  CHECK(bed.take() == ScheduleKeys{"schedule:daily:2026-11-21T08:00Z"});
  bed.pass(seconds(30));
  CHECK(bed.take().empty());
  bed.pass(seconds(90));
  CHECK(bed.take() == ScheduleKeys{"schedule:daily:2026-11-21T08:02Z"});
}

TEST_CASE("a schedule that is new has missed nothing") {
  Bed bed("2026-11-21T09:00:00Z");
  bed.begin({kept_schedule("daily", "0 8 * * *", "all")});
  CHECK(bed.take().empty());
}

TEST_CASE("what passed while no host was there is made up for when one comes") {
  Bed bed("2026-11-21T07:00:00Z");
  bed.begin({kept_schedule("one", "0 8 * * *", "once"), kept_schedule("each", "0 8 * * *", "all"),
             kept_schedule("none", "0 8 * * *", "skip")});
  bed.stop();
  bed.wall.at = utc("2026-11-23T12:00:00Z");
  bed.begin({kept_schedule("one", "0 8 * * *", "once"), kept_schedule("each", "0 8 * * *", "all"),
             kept_schedule("none", "0 8 * * *", "skip")});
  CHECK(bed.take() ==
        ScheduleKeys{"schedule:each:2026-11-21T08:00Z", "schedule:each:2026-11-22T08:00Z",
                     "schedule:each:2026-11-23T08:00Z", "schedule:one:2026-11-23T08:00Z"});
  bed.stop();
  bed.begin({kept_schedule("one", "0 8 * * *", "once")});
  CHECK(bed.take().empty());
}

TEST_CASE("times of another rule were not missed") {
  Bed bed("2026-11-21T07:00:00Z");
  bed.begin({kept_schedule("daily", "0 8 * * *", "all")});
  bed.stop();
  bed.wall.at = utc("2026-11-23T12:00:00Z");
  bed.begin({kept_schedule("daily", "0 9 * * *", "all")});
  CHECK(bed.take().empty());
}

TEST_CASE("a wall clock that is put forward is noticed, and what it skips is made up for") {
  Bed bed("2026-11-21T07:00:00Z");
  bed.begin({kept_schedule("daily", "0 8 * * *")});
  bed.wall.at = utc("2026-11-21T08:30:00Z");
  bed.pass(seconds(30));
  CHECK(bed.take() == ScheduleKeys{"schedule:daily:2026-11-21T08:00Z"});
}

TEST_CASE("a wall clock that is put back starts what is due again under the same key") {
  Bed bed("2026-11-21T08:30:00Z");
  bed.begin({kept_schedule("daily", "0 8 * * *")});
  bed.wall.at = utc("2026-11-21T07:59:00Z");
  bed.pass(seconds(30));
  CHECK(bed.take().empty());
  bed.pass(seconds(30));
  CHECK(bed.take() == ScheduleKeys{"schedule:daily:2026-11-21T08:00Z"});
}

TEST_CASE("a start that the leaving host refuses is left to the next host") {
  Bed bed("2026-11-21T07:59:00Z");
  bed.refusal = Error{Errc::unavailable, "this process is leaving"};
  bed.begin({kept_schedule("daily", "0 8 * * *", "skip")});
  bed.pass(seconds(60));
  CHECK(bed.take().empty());
  bed.refusal.reset();
  bed.stop();
  bed.begin({kept_schedule("daily", "0 8 * * *", "skip")});
  CHECK(bed.take() == ScheduleKeys{"schedule:daily:2026-11-21T08:00Z"});
}

TEST_CASE("a start that fails is kept with its schedule, and the next time comes") {
  Bed bed("2026-11-21T07:59:00Z");
  bed.refusal = Error{Errc::invalid, "no agent 'clerk'"};
  bed.begin({kept_schedule("daily", "0,1 8 * * *")});
  bed.pass(seconds(60));
  REQUIRE(bed.scheduler->list("local").size() == 1);
  CHECK(bed.scheduler->list("local")[0].state.last_error == "no agent 'clerk'");
  bed.refusal.reset();
  bed.pass(seconds(60));
  CHECK(bed.take() == ScheduleKeys{"schedule:daily:2026-11-21T08:01Z"});
  CHECK(bed.scheduler->list("local")[0].state.last_error.empty());
}

TEST_CASE("a schedule made by API begins at once and is there after a restart") {
  Bed bed("2026-11-21T07:59:00Z");
  bed.begin({});
  REQUIRE(
      yoke::run(bed.loop.io, bed.scheduler->put(kept_schedule("made", "0 8 * * *"))).has_value());
  bed.pass(seconds(60));
  CHECK(bed.take() == ScheduleKeys{"schedule:made:2026-11-21T08:00Z"});
  bed.stop();
  bed.wall.at = utc("2026-11-22T08:00:10Z");
  bed.begin({});
  CHECK(bed.take() == ScheduleKeys{"schedule:made:2026-11-22T08:00Z"});
}

TEST_CASE("a schedule that is removed starts nothing more, and leaves nothing") {
  Bed bed("2026-11-21T07:59:00Z");
  bed.begin({});
  REQUIRE(
      yoke::run(bed.loop.io, bed.scheduler->put(kept_schedule("made", "0 8 * * *"))).has_value());
  bed.pass(seconds(1));
  REQUIRE(yoke::run(bed.loop.io, bed.scheduler->remove("local", "made")).has_value());
  bed.pass(minutes(2));
  CHECK(bed.take().empty());
  CHECK(yoke::run(bed.loop.io, bed.store->kv_list("yoke:schedules/local", "", 9)).empty());
}

TEST_CASE("a schedule of yoke.toml is not changed by API, and tenants see their own alone") {
  Bed bed("2026-11-21T07:59:00Z");
  bed.begin({kept_schedule("daily", "0 8 * * *")});
  Schedule other = kept_schedule("daily", "0 9 * * *");
  CHECK(yoke::run(bed.loop.io, bed.scheduler->put(other)).error().code == Errc::conflict);
  CHECK(yoke::run(bed.loop.io, bed.scheduler->remove("local", "daily")).error().code ==
        Errc::conflict);
  other.text.tenant = "acme";
  REQUIRE(yoke::run(bed.loop.io, bed.scheduler->put(other)).has_value());
  CHECK(bed.scheduler->list("acme").size() == 1);
  CHECK(bed.scheduler->list("local").size() == 1);
  CHECK(yoke::run(bed.loop.io, bed.scheduler->remove("other", "daily")).error().code ==
        Errc::not_found);
}

}  // namespace yoke::testing
