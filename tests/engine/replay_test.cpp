#include "runtime/engine/replay.h"

#include <catch2/catch.hpp>

#include "runtime/engine/reader.h"
#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::seconds;

ReplayReport replay(EngineWorld& world, const std::string& id) {
  const std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
  std::vector<Message> prior = world.state(id).prior;
  return replay_run(world.row(id), records, world.programs.program, std::move(prior));
}

void check_replays(EngineWorld& world, const std::string& id) {
  const ReplayReport report = replay(world, id);
  CAPTURE(report.recorded, report.replayed, world.kinds(id));
  CHECK(report.differs_at == 0);
  CHECK(report.chain_matches);
  CHECK(report.decided + report.supplied == report.events);
  CHECK(report.events == world.row(id).head_seq);
}

// A world with tools of each effect, one that is asked about and one that is forbidden.
struct ReplayWorld {
  ReplayWorld() {
    world.tools.add("a.read", Effect::read);
    world.tools.add("a.once", Effect::once);
    world.tools.add("a.ask", Effect::once);
    world.tools.add("a.deny", Effect::once);
    world.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
    world.policy.rules["a.deny"] = PolicyDecision{Verdict::deny, "deny a.deny"};
    world.policy.rules["a.once"] = PolicyDecision{Verdict::allow, "allow a.once"};
    world.model.script = [](const ModelRequest& request, int) {
      if (request.messages.size() > 1) return says("done", 10);
      return wants({call("a.read", 1, "v1"), call("a.deny", 2, "v2"), call("a.once", 3, "v3"),
                    call("no.such", 4, "v4"), call("a.ask", 5, "v5")},
                   10);
    };
  }
  std::string run() {
    const std::string id = world.create();
    const RunEnd end = world.drive(id);
    if (end.kind != RunEnd::Kind::waiting) return id;
    world.get(world.engine().answer(id, "a.c3.4", "yes", "ann")).value();
    world.drive(id);
    return id;
  }
  EngineWorld world;
};

TEST_CASE("a run of every kind of call replays byte for byte, its chain too") {
  ReplayWorld replays;
  const std::string id = replays.run();
  CHECK(replays.world.state(id).text == "done");
  check_replays(replays.world, id);
  const std::size_t asked = replays.world.model.requests.size();
  check_replays(replays.world, id);
  CHECK(replays.world.model.requests.size() == asked);
}

TEST_CASE("a replay goes by the verdicts of the time, not by today's rules") {
  ReplayWorld replays;
  const std::string id = replays.run();
  for (auto& [tool, rule] : replays.world.policy.rules) rule = {Verdict::deny, "all"};
  check_replays(replays.world, id);
}

TEST_CASE("a run replays whatever number of calls its host made at once") {
  for (const int at_once : {1, 2, 3, 40}) {
    ReplayWorld replays;
    replays.world.options.calls_at_once = at_once;
    replays.world.crash();
    std::vector<Part> calls;
    for (int n = 0; n < 30; ++n) {
      calls.push_back(call(n % 5 == 2 ? "no.such" : "a.read", n, "v" + std::to_string(n)));
    }
    replays.world.tools.at("a.read").delay = [](const ToolRequest& request) {
      return seconds(integer_at(request.args, "n") % 4);
    };
    replays.world.model.answer_in_turn({wants(calls), says("done")});
    const std::string id = replays.world.create();
    CHECK(replays.world.drive(id).state.text == "done");
    CAPTURE(at_once);
    check_replays(replays.world, id);
  }
}

TEST_CASE("a run that crashed, and was cancelled at last, replays") {
  ReplayWorld replays;
  replays.world.tools.at("a.once").delay = [](const ToolRequest&) { return seconds(9); };
  const std::string id = replays.world.create();
  replays.world.start_driving(id);
  replays.world.advance(seconds(2));
  replays.world.crash();
  replays.world.drive(id);
  replays.world.get(replays.world.engine().cancel(id, "ann")).value();
  CHECK(replays.world.drive(id).state.status == RunStatus::cancelled);
  check_replays(replays.world, id);
}

TEST_CASE("runs that limits ended replay, whatever the limit went by") {
  const auto limited = [](const char* reason, const std::function<void(EngineWorld&)>& set) {
    ReplayWorld replays;
    replays.world.model.estimated_cost = 50;
    set(replays.world);
    replays.world.model.script = [](const ModelRequest&, int) {
      FakeReply reply = wants({call("a.read", 1)}, 40);
      reply.delay = seconds(3);
      return reply;
    };
    const std::string id = replays.world.create();
    CHECK(replays.world.drive(id).state.reason == reason);
    check_replays(replays.world, id);
  };
  limited("limit.steps", [](EngineWorld& world) { world.agent.limits.steps = 2; });
  limited("limit.tokens", [](EngineWorld& world) { world.agent.limits.tokens = 30; });
  limited("limit.usd", [](EngineWorld& world) { world.agent.limits.usd = 100; });
  limited("limit.seconds", [](EngineWorld& world) { world.agent.limits.seconds = 6; });
  limited("no_progress", [](EngineWorld&) {});
  limited("model.unknown", [](EngineWorld& world) { world.model.unknown_target = "lab/small"; });
  limited("limit.budget", [](EngineWorld& world) {
    world.options.budgets.emplace_back();
    world.options.budgets.back().cap = 100;
    world.crash();
  });
}

TEST_CASE("a run that a failing model ended replays") {
  ReplayWorld replays;
  replays.world.model.answer_in_turn({breaks(FailureClass::quota, "slow down")});
  check_replays(replays.world, replays.run());
}

TEST_CASE("a fork replays, cut off wherever it may be") {
  ReplayWorld replays;
  const std::string id = replays.run();
  const std::int64_t head = replays.world.row(id).head_seq;
  for (std::int64_t at = 1; at <= head; ++at) {
    ForkRun fork;
    fork.run_id = id;
    fork.at = at;
    fork.model = "lab/large";
    const Result<Created> forked = replays.world.get(replays.world.engine().fork(fork));
    const std::string fork_id = forked.value().claim.run_id;
    CAPTURE(at);
    replays.world.drive(fork_id);
    check_replays(replays.world, fork_id);
  }
}

TEST_CASE("a session's run replays with the conversation before it") {
  ReplayWorld replays;
  StartRun first = replays.world.request("one");
  first.session = "s";
  replays.world.model.script = [](const ModelRequest&, int) { return says("yes"); };
  replays.world.drive(replays.world.create(first));
  StartRun second = replays.world.request("two");
  second.session = "s";
  const std::string id = replays.world.create(second);
  replays.world.drive(id);
  check_replays(replays.world, id);
}

TEST_CASE("a replay finds the first event that would be decided otherwise today") {
  ReplayWorld replays;
  const std::string id = replays.run();
  replays.world.tools.at("a.once").defaults = Json{{"unit", "mm"}};
  const ReplayReport report = replay(replays.world, id);
  const std::vector<Event> events = replays.world.events(id);
  REQUIRE(report.differs_at > 0);
  const Event& there = events[static_cast<std::size_t>(report.differs_at) - 1];
  CHECK(there.kind == EventKind::tool_called);
  CHECK(there.call_id == "c3.2");
  CHECK(report.replayed.find("mm") != std::string::npos);
  CHECK(report.recorded.find("mm") == std::string::npos);
}

TEST_CASE("a replay does not accept a record that was changed") {
  ReplayWorld replays;
  const std::string id = replays.run();
  EngineWorld& world = replays.world;
  std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
  records[4].body.insert(1, " ");
  const ReplayReport spaced = replay_run(world.row(id), records, world.programs.program, {});
  CHECK((spaced.differs_at == 5 || !spaced.chain_matches));
  records = world.get(read_records(world.node().store(), id)).value();
  std::erase_if(records, [](const Record& record) { return record.seq == 6; });
  const ReplayReport gap = replay_run(world.row(id), records, world.programs.program, {});
  CHECK((gap.differs_at != 0 || !gap.chain_matches));
}

TEST_CASE("a replay does not let a batch be cut short between a call and its refusal") {
  ReplayWorld replays;
  const std::string id = replays.run();
  EngineWorld& world = replays.world;
  std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
  const auto refusal = std::find_if(records.begin(), records.end(), [](const Record& record) {
    return record.call_id == "c3.3" && record.kind == static_cast<int>(EventKind::tool_returned);
  });
  REQUIRE(refusal != records.end());
  const std::int64_t seq = refusal->seq;
  refusal->call_id = "c3.0";
  CHECK(replay_run(world.row(id), records, world.programs.program, {}).differs_at == seq);
}

}  // namespace
}  // namespace yoke
