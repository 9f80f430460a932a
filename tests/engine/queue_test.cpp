#include <catch2/catch.hpp>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"

// Runs of one session that wait for each other.
namespace yoke {
namespace {

// A session whose first run waits for an approval of a.ask.
struct Queue {
  Queue() {
    world.tools.add("a.ask", Effect::read).answer = [](const ToolRequest&) {
      ToolOutcome outcome;
      outcome.value = "from the web";
      outcome.label = Label{Label::Integrity::untrusted, Label::Secrecy::restricted};
      return outcome;
    };
    world.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
    world.model.script = [](const ModelRequest& request, int) {
      const Message& last = request.messages.back();
      if (text_of(last) == "look") return wants({call("a.ask", 1)});
      return says("done");
    };
    first = add("look", OnBusy::reject).claim.run_id;
    world.drive(first);
  }
  Created add(const std::string& task, OnBusy on_busy) { return ask(task, on_busy).value(); }
  Result<Created> ask(const std::string& task, OnBusy on_busy) {
    StartRun run = world.request(task);
    run.session = "s";
    run.on_busy = on_busy;
    run.by = "ann";
    return world.get(world.engine().create(std::move(run)));
  }
  void finish_first() {
    world.get(world.engine().answer(first, "a.c3.0", "yes", "ann")).value();
    CHECK(world.drive(first).state.text == "done");
  }

  EngineWorld world;
  std::string first;
};

TEST_CASE("a run for a busy session is refused by the name of the run that keeps it") {
  Queue queue;
  const Result<Created> refused = queue.ask("more", OnBusy::reject);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().place == kSessionBusy);
  CHECK(refused.error().detail.find(queue.first) != std::string::npos);
  queue.finish_first();
  CHECK(queue.ask("more", OnBusy::reject).has_value());
}

TEST_CASE("a queued run begins when the one before it has ended, and is shown all of it") {
  Queue queue;
  EngineWorld& world = queue.world;
  const Created second = queue.add("more", OnBusy::enqueue);
  CHECK(second.queued);
  const std::string id = second.claim.run_id;
  const RunRow row = world.row(id);
  CHECK(row.status == RunStatus::waiting);
  CHECK(row.reason == kWaitsForSession);
  CHECK(row.by == "ann");
  CHECK(world.drive(id).kind == RunEnd::Kind::waiting);
  CHECK(world.kinds(id) == "run.started");
  queue.finish_first();
  CHECK(world.row(id).ready_at > 0);
  const std::size_t calls = world.model.requests.size();
  CHECK(world.drive(id).state.text == "done");
  REQUIRE(world.model.requests.size() == calls + 1);
  CHECK(world.model.requests.back().messages.size() == 5);
  const RunState state = world.state(id);
  CHECK(state.after == queue.first);
  CHECK(state.after_seq == world.row(queue.first).head_seq);
  CHECK(state.label.integrity == Label::Integrity::untrusted);
}

TEST_CASE("a queued run replays the same") {
  Queue queue;
  EngineWorld& world = queue.world;
  const std::string id = queue.add("more", OnBusy::enqueue).claim.run_id;
  queue.finish_first();
  world.drive(id);
  const std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
  const ReplayReport report =
      replay_run(world.row(id), records, world.programs.program, world.state(id).prior);
  INFO(report.recorded << " / " << report.replayed);
  CHECK(report.differs_at == 0);
  CHECK(report.chain_matches);
}

TEST_CASE("a queue survives the process, in its order") {
  Queue queue;
  EngineWorld& world = queue.world;
  const std::string second = queue.add("second", OnBusy::enqueue).claim.run_id;
  const std::string third = queue.add("third", OnBusy::enqueue).claim.run_id;
  world.crash();
  CHECK(world.drive(second).kind == RunEnd::Kind::waiting);
  queue.finish_first();
  world.crash();
  CHECK(world.drive(third).kind == RunEnd::Kind::waiting);
  CHECK(world.drive(second).kind == RunEnd::Kind::ended);
  CHECK(world.drive(third).kind == RunEnd::Kind::ended);
  CHECK(world.state(third).after == second);
}

TEST_CASE("listeners hear whose turn has come") {
  Queue queue;
  EngineWorld& world = queue.world;
  const std::string second = queue.add("second", OnBusy::enqueue).claim.run_id;
  CHECK(world.watcher.due.empty());
  queue.finish_first();
  REQUIRE_FALSE(world.watcher.due.empty());
  CHECK(world.watcher.due.back() == second);
}

TEST_CASE("a queued run can be cancelled before its turn, and lets nobody overtake") {
  Queue queue;
  EngineWorld& world = queue.world;
  const std::string second = queue.add("second", OnBusy::enqueue).claim.run_id;
  const std::string third = queue.add("third", OnBusy::enqueue).claim.run_id;
  world.get(world.engine().cancel(second, "ann")).value();
  CHECK(world.drive(second).state.status == RunStatus::cancelled);
  CHECK(world.drive(third).kind == RunEnd::Kind::waiting);
  queue.finish_first();
  CHECK(world.drive(third).kind == RunEnd::Kind::ended);
}

TEST_CASE("a run that interrupts cancels what is before it and then begins") {
  Queue queue;
  EngineWorld& world = queue.world;
  const std::string second = queue.add("second", OnBusy::enqueue).claim.run_id;
  const std::string third = queue.add("third", OnBusy::interrupt).claim.run_id;
  CHECK(world.watcher.due == std::vector<std::string>{queue.first, second});
  CHECK(world.drive(queue.first).state.status == RunStatus::cancelled);
  CHECK(world.drive(second).state.status == RunStatus::cancelled);
  CHECK(world.drive(third).kind == RunEnd::Kind::ended);
  const std::vector<Event> events = world.events(second);
  CHECK(string_at(events.back().fields, "by") == "ann");
}

TEST_CASE("a fork of a queued run waits for nobody") {
  Queue queue;
  ForkRun fork;
  fork.run_id = queue.add("second", OnBusy::enqueue).claim.run_id;
  fork.at = 1;
  const std::string id =
      queue.world.get(queue.world.engine().fork(std::move(fork))).value().claim.run_id;
  CHECK(queue.world.drive(id).state.text == "done");
}

TEST_CASE("a session without a busy run keeps nobody waiting") {
  Queue queue;
  queue.finish_first();
  const Created next = queue.add("more", OnBusy::enqueue);
  CHECK_FALSE(next.queued);
  CHECK(queue.world.drive(next.claim.run_id).kind == RunEnd::Kind::ended);
}

TEST_CASE("a session's queue has an end") {
  Queue queue;
  for (std::size_t i = 1; i < kSessionQueueMax; ++i) queue.add("more", OnBusy::enqueue);
  const Result<Created> refused = queue.ask("more", OnBusy::enqueue);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Errc::exhausted);
}

TEST_CASE("a request that was served is given again though its session is busy") {
  Queue queue;
  EngineWorld& world = queue.world;
  StartRun run = world.request("more");
  run.session = "s";
  run.on_busy = OnBusy::enqueue;
  run.idem_key = "k";
  run.idem_hash = "one";
  const std::string id = world.get(world.engine().create(run)).value().claim.run_id;
  run.on_busy = OnBusy::reject;
  const Result<Created> again = world.get(world.engine().create(run));
  REQUIRE(again.has_value());
  CHECK(again->existed);
  CHECK(again->claim.run_id == id);
  run.idem_hash = "two";
  const Result<Created> other = world.get(world.engine().create(run));
  REQUIRE_FALSE(other.has_value());
  CHECK(other.error().code == Errc::conflict);
  CHECK(other.error().place == kKeyInUse);
}

TEST_CASE("a session goes on past a run whose content was erased") {
  Queue queue;
  EngineWorld& world = queue.world;
  queue.finish_first();
  const std::string second = queue.add("second", OnBusy::reject).claim.run_id;
  world.drive(second);
  REQUIRE(world.get(world.node().store().erase(second, "ann")).has_value());
  const Result<RunState> gone = world.get(read_state(world.node().store(), second));
  REQUIRE_FALSE(gone.has_value());
  CHECK(gone.error().detail.find("was erased") != std::string::npos);
  CHECK(world.events(second).front().erased);
  const std::string third = queue.add("third", OnBusy::reject).claim.run_id;
  CHECK(world.drive(third).kind == RunEnd::Kind::ended);
  CHECK(world.state(third).after == queue.first);
}

}  // namespace
}  // namespace yoke
