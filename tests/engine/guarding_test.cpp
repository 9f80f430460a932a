#include "runtime/engine/guarding.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "runtime/engine/signals.h"
#include "tests/engine/script_world.h"

// Guardrails as the engine meets them.
namespace yoke {
namespace {

std::string without(std::string text, const std::string& what, const std::string& instead) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what)) {
    text.replace(at, what.size(), instead);
  }
  return text;
}

// Cuts out SECRET, and blocks what holds BOMB.
class WordGuards final : public Guards {
 public:
  bool watches(GuardPlace place, std::string_view) const override { return places.contains(place); }
  bool holds_back() const override {
    return places.contains(GuardPlace::output) || places.contains(GuardPlace::tool_args);
  }
  awaitable<Guarded> check(GuardSubject subject, CallContext&) override {
    seen.push_back(subject);
    Guarded guarded;
    const std::string text = to_text(subject.value);
    const bool bomb = text.find("BOMB") != std::string::npos;
    const bool secret = text.find("SECRET") != std::string::npos;
    if (bomb)
      guarded.decisions.push_back({"words", GuardVerdict::block, "no bombs", "not here", {}});
    if (secret) {
      guarded.decisions.push_back(
          {"words", GuardVerdict::redact, "no secrets", "", Json{{"secret", 1}}});
    }
    guarded.value = *parse_json(without(without(text, "SECRET", "[s]"), "BOMB", "[b]"));
    co_return guarded;
  }

  std::set<GuardPlace> places{kGuardPlaces.begin(), kGuardPlaces.end()};
  std::vector<GuardSubject> seen;
};

class GuardedTools final : public ToolSet, public RunExtras {
 public:
  GuardedTools(const ToolSet& tools, Guards& guards) : tools_(tools), guards_(guards) {}
  Tool* find(std::string_view name) const override { return tools_.find(name); }
  std::vector<const ToolSpec*> list() const override { return tools_.list(); }
  Guards* guards() const override { return &guards_; }

 private:
  const ToolSet& tools_;
  Guards& guards_;
};

struct GuardedWorld {
  GuardedWorld() { world.tools.add("a.x", Effect::read); }

  StartRun request(const std::string& task) {
    StartRun start = world.request(task);
    start.program.tools = std::make_shared<const GuardedTools>(world.tools, guards);
    world.programs.program = start.program;
    return start;
  }
  std::string run(const std::string& task = "go") {
    const std::string id = world.create(request(task));
    end = world.drive(id);
    return id;
  }
  // "guard.decided" events as "CALL where verdict".
  std::string decisions(const std::string& id) {
    std::string out;
    for (const Event& event : world.events(id)) {
      if (event.kind != EventKind::guard_decided) continue;
      if (!out.empty()) out += ", ";
      out += event.call_id + " " + string_at(event.fields, "where") + " " +
             string_at(event.fields, "verdict");
    }
    return out;
  }
  // Nothing of the run says it, and nobody was told.
  void check_unsaid(const std::string& id, const std::string& word) {
    for (const Event& event : world.events(id)) {
      CHECK(to_text(to_json(event)).find(word) == std::string::npos);
    }
    for (const std::string& line : world.watcher.lines) {
      CHECK(line.find(word) == std::string::npos);
    }
    for (const ModelRequest& request : world.model.requests) {
      CHECK(to_text(request).find(word) == std::string::npos);
    }
  }
  void check_replays(const std::string& id) {
    const std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
    const ReplayReport report =
        replay_run(world.row(id), records, world.programs.program, world.state(id).prior);
    CAPTURE(report.recorded, report.replayed, world.kinds(id));
    CHECK(report.differs_at == 0);
    CHECK(report.chain_matches);
  }

  EngineWorld world;
  WordGuards guards;
  RunEnd end;
};

FakeReply streams(std::string words) {
  FakeReply reply = says(words);
  reply.deltas.push_back(Delta{Delta::Kind::text, std::move(words)});
  return reply;
}

TEST_CASE("what a guard cuts out reaches neither model, journal nor listener") {
  GuardedWorld guarded;
  EngineWorld& world = guarded.world;
  world.tools.at("a.x").answer = [](const ToolRequest&) {
    ToolOutcome outcome;
    outcome.value = Json{{"row", "SECRET row"}};
    return outcome;
  };
  world.tools.at("a.x").on_start = [](const ToolRequest&, CallContext& context) {
    context.log("info", "SECRET log");
    context.progress(1, 2, "SECRET progress");
  };
  world.model.answer_in_turn(
      {wants({call("a.x", Json{{"q", "SECRET args"}})}), streams("SECRET end")});
  const std::string id = guarded.run("SECRET task");
  CHECK(guarded.end.state.status == RunStatus::completed);
  CHECK(guarded.end.state.text == "[s] end");
  CHECK(guarded.end.state.task == "[s] task");
  CHECK(world.tools.at("a.x").started.at(0).args == Json{{"q", "[s] args"}});
  guarded.check_unsaid(id, "SECRET");
  CHECK(guarded.decisions(id) ==
        " input redact, c4.0 tool_args redact, c4.0 tool_result redact, m2 output redact");
  guarded.check_replays(id);
}

TEST_CASE("a task that is blocked starts no run") {
  GuardedWorld guarded;
  StartRun start = guarded.request("a BOMB");
  const Result<Created> created =
      guarded.world.get(guarded.world.engine().create(std::move(start)));
  REQUIRE_FALSE(created.has_value());
  CHECK(created.error().code == Errc::denied);
  CHECK(created.error().detail ==
        "no run is started: what it is asked is blocked by the guard 'words' (no bombs): not here");
}

TEST_CASE("what a run is started with is guarded whole: input and messages too") {
  GuardedWorld guarded;
  guarded.world.model.answer_in_turn({says("done")});
  StartRun start = guarded.request("go");
  start.input = Json{{"k", "SECRET"}};
  start.messages.push_back(user_message("SECRET before"));
  const std::string id = guarded.world.create(std::move(start));
  guarded.world.drive(id);
  guarded.check_unsaid(id, "SECRET");
  CHECK(guarded.world.state(id).input == Json{{"k", "[s]"}});
}

TEST_CASE("a reply that is blocked ends the run, at its cost") {
  GuardedWorld guarded;
  guarded.world.model.answer_in_turn({says("how to make a BOMB", 30)});
  const std::string id = guarded.run();
  CHECK(guarded.end.state.status == RunStatus::failed);
  CHECK(guarded.end.state.reason == "model.content");
  CHECK(guarded.end.state.cost == 30);
  CHECK(guarded.end.state.text ==
        "what the model said is blocked by the guard 'words' (no bombs): not here");
  guarded.check_unsaid(id, "BOMB");
  guarded.check_replays(id);
}

TEST_CASE("a call whose arguments are blocked is denied, and its siblings are made") {
  GuardedWorld guarded;
  guarded.world.model.answer_in_turn(
      {wants({call("a.x", Json{{"q", "BOMB"}}, "v1"), call("a.x", Json{{"q", "rows"}}, "v2")}),
       says("done")});
  const std::string id = guarded.run();
  CHECK(guarded.world.tools.at("a.x").started.size() == 1);
  const RunState state = guarded.world.state(id);
  CHECK(state.find_call("c3.0")->outcome == Outcome::denied);
  CHECK(state.find_call("c3.0")->message == "blocked by the guard 'words' (no bombs): not here");
  CHECK(state.find_call("c3.1")->outcome == Outcome::ok);
  guarded.check_unsaid(id, "BOMB");
  guarded.check_replays(id);
}

TEST_CASE("a result that is blocked is an error for the model to read") {
  GuardedWorld guarded;
  guarded.world.tools.at("a.x").answer = [](const ToolRequest&) {
    ToolOutcome outcome;
    outcome.value = "a BOMB";
    return outcome;
  };
  guarded.world.model.answer_in_turn({wants({call("a.x", 1)}), says("done")});
  const std::string id = guarded.run();
  const RunState state = guarded.world.state(id);
  CHECK(state.find_call("c3.0")->outcome == Outcome::error);
  CHECK(state.find_call("c3.0")->message ==
        "the result is withheld by the guard 'words' (no bombs): not here");
  guarded.check_unsaid(id, "BOMB");
}

TEST_CASE("replies stream where no guard stands in their way") {
  GuardedWorld guarded;
  guarded.guards.places = {GuardPlace::tool_result};
  guarded.world.model.answer_in_turn({streams("hello")});
  guarded.run();
  const std::vector<std::string>& lines = guarded.world.watcher.lines;
  CHECK(std::find(lines.begin(), lines.end(), "delta hello") != lines.end());
}

TEST_CASE("what a caller's tool returned is guarded as it comes in") {
  GuardedWorld guarded;
  guarded.world.model.answer_in_turn({wants({call("theirs", 1)}), says("done")});
  StartRun start = guarded.request("go");
  ToolSpec tool;
  tool.name = "theirs";
  tool.input_schema = Json{{"type", "object"}};
  start.caller_tools.push_back(tool);
  const std::string id = guarded.world.create(std::move(start));
  guarded.world.drive(id);
  guarded.world.get(guarded.world.engine().answer(id, "c3.0", Json{{"v", "SECRET"}}, "ann"))
      .value();
  guarded.world.drive(id);
  CHECK(guarded.world.state(id).status == RunStatus::completed);
  guarded.check_unsaid(id, "SECRET");
}

TEST_CASE("what was cut out may have begun in one part and ended in another") {
  GuardedWorld guarded;
  FakeReply reply = says("SEC");
  auto& parts = std::get<ModelReply>(reply.outcome).message.parts;
  TextPart second{"RET!"};
  second.opaque = Opaque{"vendor", "kept", "SECRET!"};
  parts.emplace_back(second);
  guarded.world.model.answer_in_turn({reply});
  const std::string id = guarded.run();
  CHECK(guarded.end.state.text == "[s]!");
  guarded.check_unsaid(id, "SECRET");
}

TEST_CASE("what a signal brings passes the guards of the input before it is journaled") {
  ScriptWorld world;
  WordGuards guards;
  const std::string id = world.begin([](ScriptSteps& steps, int&) -> awaitable<Json> {
    ScriptAnswer paid = co_await want_one(steps, "1", "signal", R"({"name":"paid"})");
    co_return paid.value;
  });
  world.programs.program.tools = std::make_shared<const GuardedTools>(world.tools, guards);
  world.crash();  // the run is driven on with the program as it is restored
  for (const char* data : {"BOMB", "SECRET 12", "13"}) {
    SendSignal signal{id, "paid", data, "key:shop"};
    REQUIRE(world.get(world.engine().signal(std::move(signal))).has_value());
  }
  CHECK(world.drive(id).state.text == "\"[s] 12\"");
  std::string verdicts;
  for (const Event& event : world.events(id)) {
    CHECK(to_text(to_json(event)).find("SECRET") == std::string::npos);
    CHECK(to_text(to_json(event)).find("BOMB") == std::string::npos);
    if (event.kind != EventKind::guard_decided) continue;
    verdicts += string_at(event.fields, "where") + " " + string_at(event.fields, "verdict") + ", ";
  }
  CHECK(verdicts == "input block, input redact, ");
  world.check_replay(id);
}

}  // namespace
}  // namespace yoke
