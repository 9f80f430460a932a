#include <catch2/catch.hpp>

#include "tests/engine/script_world.h"

namespace yoke {
namespace {

awaitable<Json> two_tools(ScriptSteps& steps, int&) {
  ScriptAnswer first = co_await want_one(steps, "1", "tool", R"({"tool":"a.x","args":{"n":1}})");
  ScriptAnswer second = co_await want_one(steps, "2", "tool", R"({"tool":"a.x","args":{"n":2}})");
  Json both = Json::array({first.value, second.value});
  co_return both;
}

TEST_CASE("what a script wants is done as for anybody, and answered") {
  ScriptWorld world;
  FakeTool& tool = world.tools.add("a.x", Effect::once);
  tool.answer = [](const ToolRequest& request) {
    ToolOutcome outcome;
    outcome.value = request.args["n"];
    return outcome;
  };
  const std::string run = world.begin(two_tools);
  const RunEnd end = world.drive(run);
  CHECK(end.state.text == "[1,2]");
  CHECK(world.kinds(run) ==
        "run.started, script.started s, script.wanted s, tool.called s/1, tool.returned s/1, "
        "script.wanted s, tool.called s/2, tool.returned s/2, script.returned s, run.completed");
  CHECK(world.scripts->begun == 1);
  CHECK(field(world.events(run)[3], "called_by") == "s/1");
  world.check_replay(run);
}

TEST_CASE("after a crash a script is run anew from what the journal has, each inner call once") {
  for (int at = 1; at <= 14; ++at) {
    CAPTURE(at);
    ScriptWorld world;
    FakeTool& tool = world.tools.add("a.x", Effect::idempotent);
    tool.answer = [](const ToolRequest& request) {
      ToolOutcome outcome;
      outcome.value = request.args["n"];
      return outcome;
    };
    const std::string run = world.begin(two_tools);
    int ops = 0;
    world.hook = [&](const MemoryOp&) {
      MemoryFate fate;
      if (++ops == at) fate.kind = MemoryFate::Kind::crash_after;
      return fate;
    };
    world.start_driving(run);
    world.advance(std::chrono::seconds(1));
    world.hook = nullptr;
    world.crash();
    if (!is_final(world.row(run).status)) world.drive(run);
    CHECK(world.state(run).text == "[1,2]");
    int returned = 0;
    for (const Event& event : world.events(run)) {
      returned += event.kind == EventKind::tool_returned ? 1 : 0;
    }
    CHECK(returned == 2);
    world.check_replay(run);
  }
}

TEST_CASE("a script that waits for a person leaves memory, and goes on when the answer comes") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer said = co_await want_one(steps, "1", "ask", R"({"title":"Send it?"})");
    co_return said.value;
  });
  CHECK(world.drive(run).kind == RunEnd::Kind::waiting);
  CHECK(world.row(run).reason == "question");
  CHECK_FALSE(world.engine().is_driving(run));
  CHECK(world.get(world.engine().answer(run, "s/1", "yes", "ann")).has_value());
  CHECK(world.drive(run).state.text == "\"yes\"");
  CHECK(world.scripts->begun == 2);
  world.check_replay(run);
}

TEST_CASE("a script that is run anew and only waits leaves memory, whenever it gets that far") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    co_await pause_for(std::chrono::milliseconds(30));
    ScriptAnswer said = co_await want_one(steps, "1", "ask", R"({"title":"Send it?"})");
    co_return said.value;
  });
  CHECK(world.drive(run).kind == RunEnd::Kind::waiting);
  world.crash();
  CHECK(world.drive(run).kind == RunEnd::Kind::waiting);
  CHECK(world.row(run).reason == "question");
  CHECK_FALSE(world.engine().is_driving(run));
  CHECK(world.scripts->begun == 2);
}

TEST_CASE("what a script wants is told once no power cut can take it back, and before it waits") {
  ScriptWorld world;
  std::string told;
  world.watcher.check = [&](const Event& event) {
    if (event.kind == EventKind::script_wanted) CHECK(world.is_durable(event.run_id, event.seq));
    told += std::string(spec_of(event.kind).name) + " ";
  };
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer came = co_await want_one(steps, "1", "signal", R"({"name":"go"})");
    co_return came.value;
  });
  CHECK(world.drive(run).kind == RunEnd::Kind::waiting);
  CHECK(told == "run.started script.started script.wanted ");
}

TEST_CASE("a script sleeps as a row, and the clock and chance it was given stay the same") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer now = co_await want_one(steps, "1", "now", "{}");
    ScriptAnswer chance = co_await want_one(steps, "2", "random", "{}");
    co_await want_one(steps, "3", "sleep", R"({"us":3600000000})");
    Json all = Json::array({now.value, chance.value});
    co_return all;
  });
  const RunEnd parked = world.drive(run);
  CHECK(parked.kind == RunEnd::Kind::waiting);
  CHECK(world.row(run).reason == "timer");
  CHECK(parked.ready_at - world.wall.now() > 3'500'000'000);
  world.wall.skew += 3'700'000'000;
  const RunEnd end = world.drive(run);
  CHECK(end.state.status == RunStatus::completed);
  CHECK(end.state.output.is_null());
  const double chance = end.state.scripts.at("s").wants.at("2").value.get<double>();
  CHECK(chance >= 0);
  CHECK(chance < 1);
  world.check_replay(run);
}

TEST_CASE("a step is done once, and answered with what it came to in every later run") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int& done) -> awaitable<Json> {
    ScriptAnswer step = co_await want_one(steps, "1", "step", R"({"name":"draw"})");
    Json value = member_at(step.value, "value");
    if (!bool_at(step.value, "done")) {
      ++done;
      ScriptAnswer kept = co_await want_one(steps, "1r", "record", R"({"name":"draw","value":7})");
      value = kept.value;
    }
    co_await want_one(steps, "2", "ask", R"({"title":"Well?"})");
    co_return value;
  });
  world.drive(run);
  CHECK(world.get(world.engine().answer(run, "s/2", "yes", "ann")).has_value());
  CHECK(world.drive(run).state.text == "7");
  CHECK(world.scripts->begun == 2);
  CHECK(world.scripts->done == 1);
  world.check_replay(run);
}

TEST_CASE("a step that was given up before it was recorded is done again, and is no change") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int& done) -> awaitable<Json> {
    co_await want_one(steps, "1", "step", R"({"name":"draw"})");
    std::vector<ScriptWant> wants;
    wants.push_back(ScriptWant{"1r", "record", Json{{"name", "draw"}, {"value", ++done}}});
    wants.push_back(ScriptWant{"1rx", "drop", Json{{"of", "1r"}}});
    wants.push_back(ScriptWant{"2", "ask", Json{{"title", "Well?"}}});
    ScriptAnswer said = co_await steps.step(std::move(wants));
    co_return said.value;
  });
  CHECK(world.drive(run).kind == RunEnd::Kind::waiting);
  CHECK(world.get(world.engine().answer(run, "s/2", "yes", "ann")).has_value());
  CHECK(world.drive(run).state.text == "\"yes\"");
  CHECK(world.scripts->done == 2);
  world.check_replay(run);
}

TEST_CASE("a script that has changed ends its run, and says where and how it differs") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer said = co_await want_one(steps, "1", "ask", R"({"title":"Send it?"})");
    co_return said.value;
  });
  world.drive(run);
  world.scripts->body = [](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer slept = co_await want_one(steps, "1", "sleep", R"({"us":5})");
    co_return slept.value;
  };
  CHECK(world.get(world.engine().answer(run, "s/1", "yes", "ann")).has_value());
  const RunEnd end = world.drive(run);
  CHECK(end.state.status == RunStatus::failed);
  CHECK(end.state.reason == "script.changed");
  CHECK(end.state.text.find("at 1 the journal has ask {\"title\":\"Send it?\"}, the script now "
                            "wants sleep {\"us\":5}") == 0);
  world.check_replay(run);
}

TEST_CASE("what is malformed is the script's error, with its own words") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer said = co_await want_one(steps, "1", "explode", "{}");
    co_return said.value;
  });
  const RunEnd end = world.drive(run);
  CHECK(end.state.reason == "script.error");
  CHECK(end.state.text == "a script cannot want 'explode'");
}

TEST_CASE("what a script drops is ended, and what is answered first goes on") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    std::vector<ScriptWant> race;
    race.push_back(ScriptWant{"1.1", "sleep", Json{{"us", 3'600'000'000}}});
    race.push_back(ScriptWant{"1.2", "sleep", Json{{"us", 1000}}});
    race.push_back(ScriptWant{"1.3", "ask", Json{{"title", "Well?"}}});
    ScriptAnswer first = co_await steps.step(std::move(race));
    std::vector<ScriptWant> next;
    next.push_back(ScriptWant{"2", "drop", Json{{"of", "1.1"}}});
    next.push_back(ScriptWant{"3", "drop", Json{{"of", "1.3"}}});
    next.push_back(ScriptWant{"4", "now", Json::object()});
    co_await steps.step(std::move(next));
    co_return Json(first.at);
  });
  RunEnd end = world.drive(run);
  if (end.kind == RunEnd::Kind::waiting) {
    world.wall.skew += 2000;
    end = world.drive(run);
  }
  CHECK(end.state.text == "\"1.2\"");
  CHECK(end.state.timers.empty());
  CHECK_FALSE(end.state.has_open_question());
  world.check_replay(run);
}

TEST_CASE("a run can be cancelled while its script is between two steps") {
  ScriptWorld world;
  const std::string run = world.begin([](ScriptSteps&, int&) -> awaitable<Json> {
    co_await pause_for(kNever);
    co_return Json(nullptr);
  });
  Driven& driven = world.start_driving(run);
  CHECK(world.get(world.engine().cancel(run, "ann")).has_value());
  world.wait_for([&] { return driven.ended(); });
  CHECK(world.row(run).status == RunStatus::cancelled);
  CHECK(world.kinds(run) == "run.started, script.started s, script.returned s, run.cancelled");
}

TEST_CASE("a fork in the middle of a script goes on with it from there, with the answers so far") {
  ScriptWorld world;
  FakeTool& tool = world.tools.add("a.x", Effect::once);
  tool.answer = [](const ToolRequest& request) {
    ToolOutcome outcome;
    outcome.value = request.args["n"];
    return outcome;
  };
  const std::string run = world.begin(two_tools);
  world.drive(run);
  ForkRun fork;
  fork.run_id = run;
  fork.at = 5;  // the first tool.returned
  fork.result = Json(40);
  const std::string forked = world.get(world.engine().fork(fork)).value().claim.run_id;
  CHECK(world.drive(forked).state.text == "[40,2]");
  world.check_replay(forked);
}

TEST_CASE("a model that a script calls is given its words alone, and counts as a step") {
  ScriptWorld world;
  world.model.answer_in_turn({says("short", 20)});
  const std::string run = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer said = co_await want_one(steps, "1", "model", R"({"prompt":"sum it up"})");
    co_return said.value["text"];
  });
  const RunEnd end = world.drive(run);
  CHECK(end.state.text == "\"short\"");
  CHECK(end.state.own_steps() == 1);
  CHECK(end.state.cost == 20);
  REQUIRE(world.model.requests.size() == 1);
  CHECK(text_of(world.model.requests[0].messages.at(0)) == "sum it up");
  CHECK(world.model.requests[0].tools.empty());
  world.check_replay(run);
}

}  // namespace
}  // namespace yoke
