#include <catch2/catch.hpp>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"

// Runs of one session: each goes on from what the one before it had come to when it began.
namespace yoke {
namespace {

// A session whose first run has called a.x and then waits for an approval of a.ask.
struct Session {
  Session() {
    world.tools.add("a.x", Effect::read).answer = [](const ToolRequest&) {
      ToolOutcome outcome;
      outcome.value = "from the web";
      outcome.label = Label{Label::Integrity::untrusted, Label::Secrecy::restricted};
      return outcome;
    };
    world.tools.add("a.ask", Effect::read);
    world.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
    world.model.script = [](const ModelRequest& request, int) {
      const Message& last = request.messages.back();
      if (last.role == Role::user && text_of(last) == "look") return wants({call("a.x", 1)});
      if (last.role == Role::user && text_of(last) == "again") return wants({call("a.x", 2)});
      if (request.messages.size() == 3 && last.role == Role::tool) return wants({call("a.ask", 2)});
      return says("done");
    };
    first = start("look");
    world.drive(first);
  }
  std::string start(const std::string& task) {
    StartRun run = world.request(task);
    run.session = "s";
    return world.create(std::move(run));
  }
  void finish_first() {
    world.get(world.engine().answer(first, "a.c7.0", "yes", "ann")).value();
    CHECK(world.drive(first).state.text == "done");
  }

  EngineWorld world;
  std::string first;
};

TEST_CASE("a session's run goes on from what there was when it began, whatever comes later") {
  Session session;
  EngineWorld& world = session.world;
  const std::string second = session.start("say it");
  const std::size_t shown = world.state(second).prior.size();
  session.finish_first();
  CHECK(world.state(second).prior.size() == shown);
  CHECK(world.drive(second).state.text == "done");
  CHECK(world.model.requests.back().messages.size() == shown + 1);
  const RunState state = world.state(second);
  CHECK(state.after == session.first);
  CHECK(state.after_seq < world.row(session.first).head_seq);
}

TEST_CASE("a session goes on without what was erased, be it where it began") {
  Session session;
  EngineWorld& world = session.world;
  session.finish_first();
  const std::string second = session.start("say it");
  CHECK(world.drive(second).state.text == "done");
  world.get(world.node().store().erase(session.first, "ann")).value();
  const std::string third = session.start("say more");
  CHECK(world.drive(third).state.text == "done");
  CHECK(world.model.requests.back().messages.size() == 3);  // what the second said, and the task
  CHECK(text_of(world.model.requests.back().messages.front()) == "say it");
  world.get(world.node().store().erase(second, "ann")).value();
  world.get(world.node().store().erase(third, "ann")).value();
  const std::string fourth = session.start("begin anew");
  CHECK(world.drive(fourth).state.text == "done");
  CHECK(world.model.requests.back().messages.size() == 1);
}

TEST_CASE("a session's run replays the same after the run before it has gone on") {
  Session session;
  EngineWorld& world = session.world;
  const std::string second = session.start("say it");
  CHECK(world.drive(second).state.text == "done");
  session.finish_first();
  const std::vector<Record> records = world.get(read_records(world.node().store(), second)).value();
  const ReplayReport report =
      replay_run(world.row(second), records, world.programs.program, world.state(second).prior);
  CHECK(report.differs_at == 0);
  CHECK(report.chain_matches);
}

TEST_CASE("a session's run is as untrusted as what it is shown of the runs before it") {
  Session session;
  EngineWorld& world = session.world;
  const std::string second = session.start("again");
  CHECK(world.state(second).label.integrity == Label::Integrity::untrusted);
  world.policy.queries.clear();
  world.drive(second);
  REQUIRE_FALSE(world.policy.queries.empty());
  CHECK(world.policy.queries.front().label.integrity == Label::Integrity::untrusted);
  const std::string third = session.start("say it");
  CHECK(world.events(third).front().label.integrity == Label::Integrity::untrusted);
}

TEST_CASE("a run beside the session keeps its own label") {
  Session session;
  const std::string alone = session.world.create("say it");
  CHECK(session.world.state(alone).label == kTrustedPrivate);
}

TEST_CASE("a session whose newest journal is damaged is not gone on with in silence") {
  Session session;
  session.world.disk->tables().runs.at(session.first).records[2].body = "{}";
  StartRun run = session.world.request("again");
  run.session = "s";
  const Result<Created> created = session.world.get(session.world.engine().create(std::move(run)));
  REQUIRE_FALSE(created.has_value());
  CHECK(created.error().detail.find("damaged at event 3") != std::string::npos);
}

}  // namespace
}  // namespace yoke
