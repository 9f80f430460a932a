#include <catch2/catch.hpp>

#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::seconds;

// A finished run of two turns with a once call each: events 4, 5 and 8, 9.
struct Parent {
  Parent() {
    tool = &world.tools.add("a.x", Effect::once);
    world.model.script = [](const ModelRequest& request, int) {
      if (request.messages.size() == 1) return wants({call("a.x", 1)}, 10);
      if (request.messages.size() == 3) return wants({call("a.x", 2)}, 10);
      const auto& last = std::get<ToolResultPart>(request.messages.back().parts[0]);
      return says(request.target + " saw " + last.content, 10);
    };
    world.model.estimated_cost = 10;
    id = world.create();
    world.drive(id);
  }
  Result<Created> fork(ForkRun request) {
    request.run_id = id;
    request.by = "ann";
    return world.get(world.engine().fork(std::move(request)));
  }
  RunState fork_and_drive(ForkRun request) {
    fork_id = fork(std::move(request)).value().claim.run_id;
    return world.drive(fork_id).state;
  }

  EngineWorld world;
  FakeTool* tool;
  std::string id;
  std::string fork_id;
};

ForkRun at(std::int64_t seq) {
  ForkRun fork;
  fork.at = seq;
  return fork;
}

TEST_CASE("a fork with another model shares what came before and calls none of it again") {
  Parent parent;
  REQUIRE(parent.world.events(parent.id)[4].kind == EventKind::tool_returned);
  ForkRun fork = at(5);
  fork.model = "lab/large";
  const RunState state = parent.fork_and_drive(fork);
  CHECK(state.text == "lab/large saw {\"n\":2}");
  REQUIRE(parent.tool->started.size() == 3);
  CHECK(parent.tool->started[2].run_id == parent.fork_id);
  CHECK(parent.tool->started[2].args == Json{{"n", 2}});
  CHECK(parent.tool->started[2].idempotency_key.starts_with(parent.fork_id + "/"));
  CHECK(parent.world.model.requests[3].target == "lab/large");
}

TEST_CASE("a fork leaves its parent as it was") {
  Parent parent;
  const RunRow before = parent.world.row(parent.id);
  parent.fork_and_drive(at(5));
  const RunRow after = parent.world.row(parent.id);
  CHECK(after.head_seq == before.head_seq);
  CHECK(after.head_hash == before.head_hash);
  CHECK(after.status == RunStatus::completed);
  CHECK(parent.world.row(parent.fork_id).fork_run == parent.id);
  CHECK(parent.world.row(parent.fork_id).fork_seq == 5);
}

TEST_CASE("a fork with an edited result goes on from that result") {
  Parent parent;
  ForkRun fork = at(9);
  fork.result = Json{{"n", 1000}};
  const RunState state = parent.fork_and_drive(fork);
  CHECK(state.text == "lab/small saw {\"n\":1000}");
  CHECK(parent.tool->started.size() == 2);
  const std::vector<Event> events = parent.world.events(parent.fork_id);
  REQUIRE(events.size() > 9);
  CHECK(events[8].kind == EventKind::run_forked);
  CHECK(events[8].fields["from"] == parent.id);
  CHECK(events[8].fields["from_seq"] == 8);
  CHECK(events[9].kind == EventKind::tool_returned);
  CHECK(events[9].fields["edited"] == true);
}

TEST_CASE("a fork at the end of a run shares all but the end") {
  Parent parent;
  const auto last = static_cast<std::int64_t>(parent.world.events(parent.id).size());
  const RunState state = parent.fork_and_drive(at(last));
  CHECK(state.status == RunStatus::completed);
  CHECK(state.text == "lab/small saw {\"n\":2}");
  CHECK(parent.world.row(parent.fork_id).fork_seq == last - 1);
  CHECK(parent.world.model.requests.size() == 3);
}

TEST_CASE("a fork in the middle of a call does not repeat it silently") {
  Parent parent;
  const Result<Created> forked = parent.fork(at(4));  // tool.called
  const std::string id = forked.value().claim.run_id;
  const RunEnd end = parent.world.drive(id);
  CHECK(end.kind == RunEnd::Kind::waiting);
  CHECK(end.state.questions.contains("u.c3.0.1"));
  CHECK(parent.tool->started.size() == 2);
  parent.world.get(parent.world.engine().answer(id, "u.c3.0.1", "happened", "ann")).value();
  CHECK(parent.world.drive(id).state.status == RunStatus::completed);
}

TEST_CASE("a fork pays for what it does itself") {
  Parent parent;
  const std::string begun = parent.fork(at(5)).value().claim.run_id;
  CHECK(parent.world.row(begun).summary["cost"] == 0);
  CHECK(parent.world.row(begun).summary["tokens"] == 0);
  CHECK(parent.world.row(begun).summary["title"] ==
        parent.world.row(parent.world.row(begun).fork_run).summary["title"]);
  const RunState state = parent.fork_and_drive(at(5));
  CHECK(state.cost == 30);
  CHECK(state.inherited_cost == 10);
  CHECK(parent.world.row(parent.fork_id).summary["cost"] == 20);
}

// A run that calls a tool in every turn, 10 nano-dollars and 7 tokens each, until a limit ends it.
struct Limited {
  explicit Limited(const RunLimits& limits) {
    world.tools.add("a.x", Effect::read).answer = [this](const ToolRequest&) {
      ToolOutcome outcome;
      outcome.value = ++results;
      return outcome;
    };
    world.model.estimated_cost = 10;
    world.model.script = [](const ModelRequest&, int number) {
      FakeReply reply = wants({call("a.x", number)}, 10);
      std::get<ModelReply>(reply.outcome).usage.input = 5;
      std::get<ModelReply>(reply.outcome).usage.output = 2;
      return reply;
    };
    world.agent.limits = limits;
    parent = world.drive(world.create()).state;
  }
  RunState fork_at_the_end() {
    ForkRun fork;
    fork.run_id = parent.run_id;
    fork.at = parent.seq;
    const Result<Created> forked = world.get(world.engine().fork(std::move(fork)));
    return world.drive(forked.value().claim.run_id).state;
  }

  EngineWorld world;
  RunState parent;
  int results = 0;
};

TEST_CASE("a fork of a run that its limit of steps ended makes as many steps of its own") {
  RunLimits limits;
  limits.steps = 3;
  Limited limited(limits);
  CHECK(limited.parent.reason == "limit.steps");
  const RunState fork = limited.fork_at_the_end();
  CHECK(fork.reason == "limit.steps");
  CHECK(fork.own_steps() == 3);
}

TEST_CASE("a fork of a run that its limit of tokens ended uses as many tokens of its own") {
  RunLimits limits;
  limits.tokens = 20;
  Limited limited(limits);
  CHECK(limited.parent.reason == "limit.tokens");
  const RunState fork = limited.fork_at_the_end();
  CHECK(fork.reason == "limit.tokens");
  CHECK(fork.own_tokens() == 21);
}

TEST_CASE("a fork of a run that its limit of dollars ended spends as much of its own") {
  RunLimits limits;
  limits.usd = 30;
  Limited limited(limits);
  CHECK(limited.parent.reason == "limit.usd");
  const RunState fork = limited.fork_at_the_end();
  CHECK(fork.reason == "limit.usd");
  CHECK(fork.own_cost() == 30);
}

TEST_CASE("a fork of a run whose model failed goes on with another model") {
  EngineWorld world;
  world.model.script = [](const ModelRequest& request, int) {
    return request.target == "lab/large" ? says("done")
                                         : breaks(FailureClass::server, "it is down");
  };
  const RunState parent = world.run().state;
  CHECK(parent.reason == "model.server");
  ForkRun fork = at(parent.seq);
  fork.run_id = parent.run_id;
  fork.model = "lab/large";
  const Result<Created> forked = world.get(world.engine().fork(std::move(fork)));
  CHECK(world.drive(forked.value().claim.run_id).state.text == "done");
}

TEST_CASE("a fork of a fork shares both") {
  Parent parent;
  parent.fork_and_drive(at(5));
  parent.id = parent.fork_id;
  ForkRun fork = at(3);
  fork.model = "lab/xl";
  CHECK(parent.fork_and_drive(fork).text == "lab/xl saw {\"n\":2}");
}

TEST_CASE("a fork is made of a run that is still being driven, and both end") {
  EngineWorld world;
  world.tools.add("a.x", Effect::read).delay = [](const ToolRequest&) { return seconds(5); };
  world.model.script = [](const ModelRequest& request, int) {
    return request.messages.size() == 1 ? wants({call("a.x", 1)}) : says("done");
  };
  const std::string id = world.create();
  Driven& parent = world.start_driving(id);
  world.advance(seconds(1));
  ForkRun fork = at(3);
  fork.run_id = id;
  const Result<Created> forked = world.get(world.engine().fork(fork));
  const RunEnd end = world.drive(forked.value().claim.run_id);
  CHECK(end.state.text == "done");
  world.wait_for([&] { return parent.ended(); });
  CHECK(parent.value().value().state.text == "done");
}

TEST_CASE("what cannot be forked is refused in words") {
  Parent parent;
  CHECK(parent.fork(at(0)).error().code == Errc::invalid);
  CHECK(parent.fork(at(99)).error().detail.find("it has 1 to 12") != std::string::npos);
  ForkRun edited = at(4);
  edited.result = 1;
  CHECK(parent.fork(edited).error().detail.find("only a tool.returned") != std::string::npos);
  parent.id = "nowhere";
  CHECK(parent.fork(at(1)).error().code == Errc::not_found);
}

}  // namespace
}  // namespace yoke
