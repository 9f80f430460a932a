#include <catch2/catch.hpp>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"

// Runs that are created to be driven at once: their first call is journaled with their start.
namespace yoke {
namespace {

struct AtOnce {
  AtOnce() {
    world.model.script = [](const ModelRequest&, int) { return says("done", 7); };
    world.hook = [this](const MemoryOp& op) {
      if (op.name == "append" || op.name == "create") writes += std::string(op.name) + " ";
      return MemoryFate();
    };
    world.boot();
  }
  std::string create(const std::string& task = "go") {
    StartRun run = world.request(task);
    run.at_once = true;
    return world.create(std::move(run));
  }

  EngineWorld world;
  std::string writes;
};

TEST_CASE("a run that is driven at once has its start and its first call in one commit") {
  AtOnce once;
  const std::string id = once.create();
  CHECK(once.world.kinds(id) == "run.started, model.called m1");
  CHECK(once.world.drive(id).state.text == "done");
  CHECK(once.writes == "create append append ");
  CHECK(once.world.kinds(id) == "run.started, model.called m1, model.replied m1, run.completed");
  CHECK(once.world.model.requests.size() == 1);
  CHECK(once.world.disk->tables().ledger.at(0).seq == 3);
}

TEST_CASE("a run that is driven at once replays the same") {
  AtOnce once;
  const std::string id = once.create();
  once.world.drive(id);
  const std::vector<Record> records =
      once.world.get(read_records(once.world.node().store(), id)).value();
  const ReplayReport report =
      replay_run(once.world.row(id), records, once.world.programs.program, {});
  INFO(report.recorded << " / " << report.replayed);
  CHECK(report.differs_at == 0);
  CHECK(report.chain_matches);
}

TEST_CASE("a first call that no budget has room for is left to the run's driver") {
  AtOnce once;
  EngineWorld& world = once.world;
  world.model.estimated_cost = 50;
  BudgetRule rule;
  rule.cap = 60;
  world.options.budgets = {rule};
  world.boot();
  const std::string first = once.create();
  const std::string second = once.create();
  CHECK(world.kinds(first) == "run.started, model.called m1");
  CHECK(world.kinds(second) == "run.started");
  CHECK(world.disk->tables().budgets.begin()->second.state.reserved == 50);
  CHECK(world.drive(first).state.status == RunStatus::completed);
  CHECK(world.drive(second).state.status == RunStatus::completed);
  CHECK(world.disk->tables().budgets.begin()->second.state.reserved == 0);
}

TEST_CASE("a first call that the process did not live to make is made by the next one") {
  AtOnce once;
  const std::string id = once.create();
  once.world.crash();
  CHECK(once.world.drive(id).state.text == "done");
  CHECK(once.world.kinds(id) ==
        "run.started, model.called m1, lease.taken, model.failed m1, model.called m2, "
        "model.replied m2, run.completed");
  CHECK(once.world.model.requests.size() == 1);
}

TEST_CASE("a run that is cancelled before it is driven ends without a word") {
  AtOnce once;
  const std::string id = once.create();
  once.world.get(once.world.engine().cancel(id, "ann")).value();
  CHECK(once.world.drive(id).state.status == RunStatus::cancelled);
  CHECK_FALSE(once.world.state(id).find_call("m1")->open);
}

TEST_CASE("a session's run that is driven at once is shown what came before it") {
  AtOnce once;
  EngineWorld& world = once.world;
  for (const char* task : {"one", "two"}) {
    StartRun run = world.request(task);
    run.session = "s";
    run.at_once = true;
    world.drive(world.create(std::move(run)));
  }
  CHECK(world.model.requests.back().messages.size() == 3);
}

}  // namespace
}  // namespace yoke
