#include <catch2/catch.hpp>
#include <functional>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"

// Tools that whoever started the run carries out, and what else a run may begin with.
namespace yoke {
namespace {

ToolSpec tool_of_caller(const std::string& name) {
  ToolSpec tool;
  tool.name = name;
  tool.description = "of the caller";
  tool.input_schema = Json{{"type", "object"}};
  return tool;
}

// A run that is offered get_weather and get_time beside the agent's own a.x.
struct Offer {
  Offer() {
    world.tools.add("a.x", Effect::read);
    world.model.script = [](const ModelRequest& request, int) {
      const Message& last = request.messages.back();
      if (last.role == Role::tool) return says("done");
      return wants({call("get_weather", 1), call("a.x", 2), call("get_time", 3)});
    };
  }
  StartRun request(const std::string& task = "go") {
    StartRun run = world.request(task);
    run.caller_tools = {tool_of_caller("get_weather"), tool_of_caller("get_time")};
    return run;
  }
  std::string begin() {
    const std::string id = world.create(request());
    end = world.drive(id);
    return id;
  }
  void answer(const std::string& id, const std::string& call_id, Json value) {
    world.get(world.engine().answer(id, call_id, std::move(value), "client")).value();
  }
  ToolResultPart result(std::size_t index) {
    return std::get<ToolResultPart>(world.model.requests.back().messages.back().parts.at(index));
  }

  EngineWorld world;
  RunEnd end;
};

TEST_CASE("a caller's tools are offered to the model beside the agent's own") {
  Offer offer;
  offer.begin();
  std::string names;
  for (const ToolSpec& tool : offer.world.model.requests.at(0).tools) names += tool.name + " ";
  CHECK(names == "a.x get_weather get_time ");
}

TEST_CASE("a call of a caller's tool waits for the caller, and its answer is the result") {
  Offer offer;
  const std::string id = offer.begin();
  CHECK(offer.end.kind == RunEnd::Kind::waiting);
  CHECK(offer.world.row(id).reason == "question");
  const RunState state = offer.world.state(id);
  const QuestionState& question = state.questions.at("c3.0");
  CHECK(question.purpose == kPurposeTool);
  CHECK(question.call_id == "c3.0");
  CHECK(string_at(question.body, "tool") == "get_weather");
  CHECK(offer.world.tools.at("a.x").started.size() == 1);
  offer.answer(id, "c3.0", Json{{"degrees", 7}});
  CHECK(offer.world.drive(id).kind == RunEnd::Kind::waiting);
  offer.answer(id, "c3.2", "noon");
  CHECK(offer.world.drive(id).state.text == "done");
  CHECK(offer.result(0).content == R"({"degrees":7})");
  CHECK(offer.result(2).content == "noon");
  CHECK(offer.world.state(id).label.integrity == Label::Integrity::untrusted);
}

TEST_CASE("a caller says that its call failed, and the model is told why") {
  Offer offer;
  const std::string id = offer.begin();
  offer.answer(id, "c3.0", Json{{"error", "no such town"}});
  offer.answer(id, "c3.2", Json{{"error", "x"}, {"more", 1}});
  offer.world.drive(id);
  CHECK(offer.result(0).is_error);
  CHECK(offer.result(0).content == "error: no such town");
  CHECK_FALSE(offer.result(2).is_error);
}

TEST_CASE("a fork that begins between a caller's call and its question asks the question") {
  Offer offer;
  const std::string id = offer.begin();
  std::int64_t called = 0;
  for (const Event& event : offer.world.events(id)) {
    const bool of_caller = event.kind == EventKind::tool_called && event.call_id == "c3.0";
    if (of_caller) called = event.seq;
  }
  REQUIRE(called > 0);
  ForkRun fork;
  fork.run_id = id;
  fork.at = called;
  const Created forked = offer.world.get(offer.world.engine().fork(fork)).value();
  const std::string fork_id = forked.claim.run_id;
  CHECK(offer.world.drive(fork_id).kind == RunEnd::Kind::waiting);
  CHECK(offer.world.state(fork_id).questions.contains("c3.0"));
  offer.answer(fork_id, "c3.0", 1);
  offer.answer(fork_id, "c3.2", 2);
  CHECK(offer.world.drive(fork_id).state.text == "done");
}

TEST_CASE("a call that a caller carries out is asked for once, whatever becomes of the process") {
  Offer offer;
  const std::string id = offer.begin();
  offer.world.crash();
  CHECK(offer.world.drive(id).kind == RunEnd::Kind::waiting);
  offer.answer(id, "c3.0", 1);
  offer.world.crash();
  offer.answer(id, "c3.2", 2);
  CHECK(offer.world.drive(id).state.text == "done");
  int asked = 0;
  int called = 0;
  for (const Event& event : offer.world.events(id)) {
    asked += event.kind == EventKind::question_asked ? 1 : 0;
    called += event.kind == EventKind::tool_called ? 1 : 0;
  }
  CHECK(asked == 2);
  CHECK(called == 3);
}

TEST_CASE("a run with a caller's tools replays the same") {
  Offer offer;
  const std::string id = offer.begin();
  offer.answer(id, "c3.2", 2);
  offer.answer(id, "c3.0", Json{{"error", "no"}});
  offer.world.drive(id);
  const std::vector<Record> records =
      offer.world.get(read_records(offer.world.node().store(), id)).value();
  const ReplayReport report =
      replay_run(offer.world.row(id), records, offer.world.programs.program, {});
  INFO(report.recorded << " / " << report.replayed);
  CHECK(report.differs_at == 0);
  CHECK(report.chain_matches);
}

TEST_CASE("a rule forbids a caller's tool like any other") {
  Offer offer;
  offer.world.policy.rules["get_weather"] = PolicyDecision{Verdict::deny, "deny get_*"};
  const std::string id = offer.begin();
  const RunState state = offer.world.state(id);
  CHECK(state.find_call("c3.0")->outcome == Outcome::denied);
  CHECK_FALSE(state.questions.contains("c3.0"));
}

TEST_CASE("a cancelled run's open calls of the caller are closed") {
  Offer offer;
  const std::string id = offer.begin();
  offer.world.get(offer.world.engine().cancel(id, "ann")).value();
  CHECK(offer.world.drive(id).state.status == RunStatus::cancelled);
  CHECK(offer.world.state(id).find_call("c3.0")->outcome == Outcome::cancelled);
}

TEST_CASE("a caller's tool that is the agent's own by another spelling is refused") {
  Offer offer;
  for (const char* name : {"a.x", "a_x"}) {
    StartRun run = offer.world.request("go");
    run.caller_tools = {tool_of_caller("b"), tool_of_caller(name)};
    const Result<Created> refused = offer.world.get(offer.world.engine().create(std::move(run)));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Errc::invalid);
    CHECK(refused.error().place == "caller_tools[1]");
  }
}

TEST_CASE("earlier messages come before the task, and are there after a restart") {
  Offer offer;
  EngineWorld& world = offer.world;
  world.model.script = [](const ModelRequest&, int) { return says("done"); };
  StartRun run = world.request("and now?");
  run.messages = {user_message("hello"), Message{Role::assistant, {TextPart{"hi"}}}};
  run.note = Json{{"chat", 7}};
  run.webhook = Json{{"url", "https://example.com"}};
  const std::string id = world.create(std::move(run));
  world.crash();
  world.drive(id);
  const std::vector<Message>& shown = world.model.requests.back().messages;
  REQUIRE(shown.size() == 3);
  CHECK(text_of(shown[0]) == "hello");
  CHECK(text_of(shown[1]) == "hi");
  CHECK(text_of(shown[2]) == "and now?");
  const RunState state = world.state(id);
  CHECK(state.note == Json{{"chat", 7}});
  CHECK(string_at(state.webhook, "url") == "https://example.com");
}

TEST_CASE("what a run may not begin with is refused by its place") {
  Offer offer;
  EngineWorld& world = offer.world;
  const auto place = [&world](const std::function<void(StartRun&)>& spoil) {
    StartRun run = world.request("go");
    spoil(run);
    const Result<Created> refused = world.get(world.engine().create(std::move(run)));
    return refused ? std::string("created") : refused.error().place;
  };
  const Message calls{Role::assistant, {ToolCallPart{"v1", "a.x", Json::object()}}};
  const Message results{Role::tool, {ToolResultPart{"v1", "a.x", "1"}}};
  CHECK(place([&](StartRun& run) { run.messages = {calls, results}; }) == "created");
  CHECK(place([&](StartRun& run) { run.messages = {calls}; }) == "messages[0]");
  CHECK(place([&](StartRun& run) { run.messages = {calls, user_message("x")}; }) == "messages[1]");
  CHECK(place([&](StartRun& run) { run.messages = {results}; }) == "messages[0]");
  CHECK(place([](StartRun& run) { run.messages = {Message{Role::system, {}}}; }) == "messages[0]");
  CHECK(place([](StartRun& run) { run.messages = {user_message(std::string(13u << 20, 'x'))}; }) ==
        "messages[0]");
  CHECK(place([](StartRun& run) { run.note = "text"; }) == "note");
  CHECK(place([](StartRun& run) {
          run.webhook = Json{{"url", std::string(20'000, 'x')}};
        }) == "webhook");
  CHECK(place([](StartRun& run) { run.caller_tools = {tool_of_caller("no spaces")}; }) ==
        "caller_tools[0]");
  CHECK(place([](StartRun& run) {
          run.caller_tools = {tool_of_caller("b"), tool_of_caller("b")};
        }) == "caller_tools[1]");
}

TEST_CASE("what an event causes is in the outbox with it") {
  Offer offer;
  EngineWorld& world = offer.world;
  world.model.script = [](const ModelRequest&, int) { return says("done"); };
  world.options.outbox = [](const Event& event, const RunState& state) {
    std::vector<OutboxRow> rows;
    if (state.webhook.is_null()) return rows;
    OutboxRow& row = rows.emplace_back();
    row.destination = string_at(state.webhook, "url");
    row.lane = state.run_id;
    row.body = Json{{"kind", spec_of(event.kind).name}};
    return rows;
  };
  world.boot();
  StartRun run = world.request("go");
  run.webhook = Json{{"url", "https://example.com"}};
  const std::string id = world.create(std::move(run));
  world.drive(id);
  world.drive(world.create("without"));
  OutboxFilter all;
  const std::vector<OutboxRow> rows = world.get(world.node().store().list_outbox(all));
  const std::vector<Event> events = world.events(id);
  REQUIRE(rows.size() == events.size());
  for (std::size_t i = 0; i < events.size(); ++i) {
    const OutboxRow& row = rows[rows.size() - 1 - i];
    CHECK(row.seq == events[i].seq);
    CHECK(row.at == events[i].at);
    CHECK(row.lane == id);
    CHECK(string_at(row.body, "kind") == spec_of(events[i].kind).name);
  }
}

}  // namespace
}  // namespace yoke
