#include <catch2/catch.hpp>

#include "hosts/hook/drivers.h"
#include "runtime/engine/reader.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {
namespace {

void no_endpoints(Endpoints&, const HookServices&) {}

class DriversWorld : public HookWorld {
 public:
  DriversWorld() : HookWorld(no_endpoints) {}

  StartRun order(const std::string& task) {
    ProgramChoice choice;
    choice.agent = "helper";
    StartRun start;
    start.program = app().choose(choice).value();
    start.task = task;
    return start;
  }
  std::string begin(StartRun start) {
    return run(loop.io, services().drivers.start(std::move(start))).value().claim.run_id;
  }
  RunRow settle(const std::string& id) {
    return run(loop.io, services().drivers.settled(id, kNoDeadline)).value();
  }
  // The one that the run waits with.
  std::string question_of(const std::string& id) {
    settle(id);
    const RunState state = run(loop.io, read_state(app().store(), id)).value();
    return state.questions.begin()->first;
  }
};

}  // namespace

TEST_CASE("a run that is started is driven to its end, and whoever waits is told") {
  DriversWorld world;
  const std::string id = world.begin(world.order("say hello"));
  const RunRow row = world.settle(id);
  CHECK(row.status == RunStatus::completed);
  CHECK_FALSE(world.services().drivers.is_active(id));
}

TEST_CASE("a run's first call is journaled with its start only where it is driven at once") {
  DriversWorld world;
  const auto first_two_differ = [&](const std::string& id) {
    world.settle(id);
    const std::vector<Event> events =
        run(world.loop.io, read_events(world.app().store(), id)).value();
    REQUIRE(events.size() > 2);
    CHECK(events[1].kind == EventKind::model_called);
    return events[0].at != events[1].at;
  };
  CHECK_FALSE(first_two_differ(world.begin(world.order("say hello"))));

  Drivers::Options none;
  none.at_once = 0;
  Drivers idle(world.app(), world.wall, none);
  const Result<Created> waits = run(world.loop.io, idle.start(world.order("say hello")));
  REQUIRE(waits.has_value());
  const std::string id = waits->claim.run_id;
  CHECK(run(world.loop.io, read_events(world.app().store(), id)).value().size() == 1);
  const Deadline now = LoopClock::now();
  run(world.loop.io, idle.stop(now));
}

TEST_CASE("whoever waits for a run is told when it waits for a person") {
  DriversWorld world;
  const std::string id = world.begin(world.order("open"));
  CHECK(world.settle(id).status == RunStatus::waiting);
}

TEST_CASE("whoever waits for a run is patient no longer than they said") {
  DriversWorld world;
  const std::string id = world.begin(world.order("say hello"));
  const Result<RunRow> row =
      run(world.loop.io, world.services().drivers.settled(id, LoopClock::now()));
  CHECK(row.value().status == RunStatus::owned);
  const Result<RunRow> none = run(
      world.loop.io, world.services().drivers.settled("01ARZ3NDEKTSV4RRFFQ69G5FAV", kNoDeadline));
  CHECK(none.error().code == Errc::not_found);
}

TEST_CASE("an answer wakes the run that waits for it") {
  DriversWorld world;
  const std::string id = world.begin(world.order("open"));
  const std::string question = world.question_of(id);
  run(world.loop.io, world.app().engine().answer(id, question, "yes", "ann")).value();
  CHECK(world.settle(id).status == RunStatus::completed);
}

TEST_CASE("who comes late to a run that has ended wakes nothing, and nobody is told of a loss") {
  std::vector<std::string> lost;
  DriversWorld world;
  Drivers::Options options;
  options.on_lost = [&](const std::string&, const std::string& why) { lost.push_back(why); };
  options.own_only = true;
  Drivers drivers(world.app(), world.wall, options);
  const std::string id = world.begin(world.order("open"));
  const std::string question = world.question_of(id);
  const auto answer = [&] {
    return run(world.loop.io, world.app().engine().answer(id, question, "yes", "ann"));
  };
  CHECK(answer().value().first);
  CHECK(world.settle(id).status == RunStatus::completed);
  CHECK_FALSE(answer().value().first);
  drivers.wake(id, "local");
  run(world.loop.io, drivers.rested());
  CHECK(lost == std::vector<std::string>{});
  const Deadline now = LoopClock::now();
  run(world.loop.io, drivers.stop(now));
}

TEST_CASE("an approval is not withheld by an empty text") {
  DriversWorld world;
  const std::string id = world.begin(world.order("open"));
  const std::string question = world.question_of(id);
  for (const char* text : {"", " \t"}) {
    const Result<Posted> refused =
        run(world.loop.io, world.app().engine().answer(id, question, text, "ann"));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::invalid);
  }
  CHECK(world.settle(id).status == RunStatus::waiting);
}

TEST_CASE("a run is cancelled on its own time") {
  DriversWorld world;
  const std::string id = world.begin(world.order("open"));
  world.settle(id);
  world.services().drivers.cancel_later(id, "local", "ann");
  world.until([&] {
    return run(world.loop.io, world.app().store().get(id)).value().status == RunStatus::cancelled;
  });
}

TEST_CASE("a message for a busy session waits for its turn, and follows what came before") {
  DriversWorld world;
  StartRun first = world.order("open");
  first.session = "s";
  const std::string busy = world.begin(std::move(first));
  world.settle(busy);
  StartRun second = world.order("first");
  second.session = "s";
  second.on_busy = OnBusy::enqueue;
  const std::string next = world.begin(std::move(second));
  CHECK(run(world.loop.io, world.app().store().get(next)).value().status == RunStatus::waiting);
  world.services().drivers.cancel_later(busy, "local", "ann");
  CHECK(world.settle(next).status == RunStatus::completed);
  const RunState state = run(world.loop.io, read_state(world.app().store(), next)).value();
  CHECK(state.text == "you first said: open");
}

TEST_CASE("the same key starts one run, and another body under it is refused") {
  DriversWorld world;
  StartRun first = world.order("say x");
  first.idem_key = "k";
  first.idem_hash = "1";
  StartRun again = first;
  StartRun other = first;
  other.idem_hash = "2";
  const std::string id = world.begin(std::move(first));
  CHECK(world.begin(std::move(again)) == id);
  const Result<Created> refused =
      run(world.loop.io, world.services().drivers.start(std::move(other)));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().place == kKeyInUse);
}

TEST_CASE(
    "nothing is begun while the process is leaving, and what was begun is left as it stands") {
  DriversWorld world;
  const std::string id = world.begin(world.order("say hello"));
  const Deadline now = LoopClock::now();
  run(world.loop.io, world.services().drivers.stop(now));
  const Result<Created> refused =
      run(world.loop.io, world.services().drivers.start(world.order("say more")));
  CHECK(refused.error().code == Errc::unavailable);
  CHECK_FALSE(is_final(run(world.loop.io, world.app().store().get(id)).value().status));
}

}  // namespace yoke::testing
