#include "runtime/ports/call_wants.h"

#include <catch2/catch.hpp>

#include "runtime/engine/reader.h"
#include "runtime/engine/replay.h"
#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Action = CallAnswer::Action;

constexpr const char* kFirst = "i.c3.0.1";

Json name_schema() {
  return Json{{"type", "object"},
              {"properties", Json{{"name", Json{{"type", "string"}, {"minLength", 2}}},
                                  {"age", Json{{"type", "integer"}, {"default", 30}}}}},
              {"required", Json::array({"name"})}};
}

awaitable<ToolOutcome> ask_name(ToolRequest, CallContext& context) {
  CallQuestion question;
  question.title = "Who are you?";
  question.schema = name_schema();
  const CallAnswer answer = co_await context.ask(std::move(question));
  ToolOutcome outcome;
  outcome.value =
      Json{{"action", static_cast<int>(answer.action)}, {"value", answer.value}, {"by", answer.by}};
  co_return outcome;
}

awaitable<ToolOutcome> ask_model(ToolRequest, CallContext& context) {
  CallSample sample;
  sample.messages.push_back(user_message("a rhyme on yoke"));
  const SampleReply reply = co_await context.sample(std::move(sample));
  ToolOutcome outcome;
  outcome.outcome = reply.outcome;
  outcome.message = reply.refusal;
  outcome.value = text_of(reply.message);
  co_return outcome;
}

awaitable<ToolOutcome> ask_and_dawdle(ToolRequest request, CallContext& context) {
  auto asking = ask_name(std::move(request), context);
  ToolOutcome outcome = co_await std::move(asking);
  co_await pause_for(hours(1));
  co_return outcome;
}

awaitable<ToolOutcome> ask_both(ToolRequest request, CallContext& context) {
  auto sampling = ask_model(request, context);
  const ToolOutcome said = co_await std::move(sampling);
  auto asking = ask_name(std::move(request), context);
  ToolOutcome outcome = co_await std::move(asking);
  outcome.value["said"] = said.value;
  co_return outcome;
}

awaitable<void> ask_in_vain(ToolRequest request, CallContext& context) {
  auto asking = ask_name(std::move(request), context);
  co_await std::move(asking);
}

// Asks until it has had enough.
awaitable<ToolOutcome> give_up(std::shared_ptr<Signal> enough, ToolRequest request,
                               CallContext& context) {
  const auto executor = co_await asio::this_coro::executor;
  TaskGroup asking(executor);
  asking.spawn(ask_in_vain(std::move(request), context));
  co_await enough->wait();
  asking.cancel();
  co_await asking.join();
  ToolOutcome outcome;
  outcome.outcome = Outcome::error;
  outcome.message = "the server gave up";
  co_return outcome;
}

// A run whose only call wants something while it runs.
struct WantingWorld {
  explicit WantingWorld(Effect effect = Effect::once) : tool(world.tools.add("a.x", effect)) {
    world.policy.rules["a.x"] = PolicyDecision{Verdict::allow, "allow a.x"};
    world.model.script = [](const ModelRequest& request, int) {
      if (text_of(request.messages.back()) == "a rhyme on yoke") return says("oak, bloke", 7);
      return request.messages.size() > 1 ? says("done", 10) : wants({call("a.x", 1)}, 10);
    };
    tool.work = ask_name;
  }
  RunEnd start() {
    id = world.create();
    return world.drive(id);
  }
  Result<Posted> answer(Json value, const std::string& question = kFirst) {
    return world.get(world.engine().answer(id, question, std::move(value), "ann"));
  }
  const CallState& made() {
    state = world.state(id);
    return state.calls.at("c3.0");
  }
  void check_replay() {
    const std::vector<Record> records = world.get(read_records(world.node().store(), id)).value();
    const ReplayReport report =
        replay_run(world.row(id), records, world.programs.program, world.state(id).prior);
    CAPTURE(report.recorded, report.replayed, world.kinds(id));
    CHECK(report.differs_at == 0);
    CHECK(report.chain_matches);
  }

  EngineWorld world;
  FakeTool& tool;
  std::string id;
  RunState state;
};

TEST_CASE("a call that asks a person parks its run, and goes on with the answer") {
  WantingWorld wanting;
  const RunEnd parked = wanting.start();
  CHECK(parked.kind == RunEnd::Kind::waiting);
  CHECK(wanting.world.row(wanting.id).reason == "question");
  CHECK_FALSE(wanting.world.engine().is_driving(wanting.id));
  const QuestionState& question = parked.state.questions.at(kFirst);
  CHECK(question.title == "Who are you?");
  CHECK(question.purpose == "input");
  CHECK(question.call_id == "c3.0");
  CHECK(wanting.answer(Json{{"name", "Ann"}}).value().first);
  const RunEnd end = wanting.world.drive(wanting.id);
  CHECK(end.state.text == "done");
  CHECK(wanting.tool.started.size() == 1);
  CHECK(wanting.tool.stopped == 0);
  CHECK(wanting.made().value ==
        Json{{"action", 0}, {"value", Json{{"name", "Ann"}, {"age", 30}}}, {"by", "ann"}});
  wanting.check_replay();
}

TEST_CASE("the time a person takes is not the call's") {
  WantingWorld wanting;
  wanting.tool.change().timeout = milliseconds(500);
  wanting.start();
  wanting.world.advance(hours(1));
  CHECK(wanting.answer(Json{{"name", "Ann"}}).has_value());
  wanting.world.drive(wanting.id);
  CHECK(wanting.made().outcome == Outcome::ok);
}

TEST_CASE("a call that asks and then takes too long is stopped") {
  WantingWorld wanting;
  wanting.tool.change().timeout = milliseconds(500);
  wanting.tool.work = ask_and_dawdle;
  wanting.start();
  CHECK(wanting.answer(Json{{"name", "Ann"}}).has_value());
  wanting.world.drive(wanting.id);
  CHECK(wanting.made().outcome == Outcome::timeout);
}

TEST_CASE("a person may decline or cancel what a call asks") {
  WantingWorld wanting;
  wanting.start();
  CHECK(wanting.answer("decline").has_value());
  wanting.world.drive(wanting.id);
  CHECK(integer_at(wanting.made().value, "action") == static_cast<int>(Action::decline));
  WantingWorld other;
  other.start();
  CHECK(other.answer("cancel").has_value());
  other.world.drive(other.id);
  CHECK(integer_at(other.made().value, "action") == static_cast<int>(Action::cancel));
}

TEST_CASE("an answer that does not fit what a call asks is refused and says what fits") {
  WantingWorld wanting;
  wanting.start();
  const Result<Posted> bad = wanting.answer(Json{{"age", 4}});
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().code == Errc::invalid);
  CHECK(bad.error().detail.find("name") != std::string::npos);
  CHECK(bad.error().detail.find("\"name\": string") != std::string::npos);
  CHECK_FALSE(wanting.answer("Ann").has_value());
  CHECK(wanting.answer(Json{{"name", "Ann"}, {"age", "41"}}).has_value());
  wanting.world.drive(wanting.id);
  CHECK(wanting.made().value["value"] == Json{{"name", "Ann"}, {"age", 41}});
}

TEST_CASE("a read that asked before a crash is called again and given the same answer") {
  WantingWorld wanting(Effect::read);
  wanting.start();
  CHECK(wanting.answer(Json{{"name", "Ann"}}).has_value());
  wanting.world.crash();
  wanting.world.drive(wanting.id);
  CHECK(wanting.tool.started.size() == 2);
  CHECK(wanting.made().attempt == 2);
  CHECK(wanting.made().value["value"]["name"] == "Ann");
  CHECK(wanting.state.questions.size() == 1);
  wanting.check_replay();
}

TEST_CASE("a once call that asked before a crash is not made again") {
  WantingWorld wanting(Effect::once);
  wanting.start();
  wanting.world.crash();
  CHECK(wanting.answer(Json{{"name", "Ann"}}).has_value());
  const RunEnd end = wanting.world.drive(wanting.id);
  CHECK(end.kind == RunEnd::Kind::waiting);
  CHECK(wanting.tool.started.size() == 1);
  CHECK(wanting.made().unknown);
}

TEST_CASE("a question is closed when its call ends without an answer") {
  WantingWorld wanting;
  std::shared_ptr<Signal> enough = std::make_shared<Signal>();
  wanting.tool.work = [enough](ToolRequest request, CallContext& context) {
    return give_up(enough, std::move(request), context);
  };
  wanting.start();
  enough->notify();
  wanting.world.settle();
  CHECK(wanting.world.watcher.due == std::vector<std::string>{wanting.id});
  wanting.world.drive(wanting.id);
  CHECK(wanting.made().outcome == Outcome::error);
  CHECK(wanting.state.questions.at(kFirst).expired);
  CHECK(wanting.state.text == "done");
  wanting.check_replay();
}

TEST_CASE("an engine lets go of the calls that ask, and they are looked into elsewhere") {
  WantingWorld wanting(Effect::read);
  wanting.start();
  wanting.world.get(wanting.world.engine().let_go());
  CHECK(wanting.tool.stopped == 1);
  CHECK(wanting.answer(Json{{"name", "Ann"}}).has_value());
  wanting.world.drive(wanting.id);
  CHECK(wanting.tool.started.size() == 2);
  CHECK(wanting.made().value["value"]["name"] == "Ann");
}

TEST_CASE("a cancelled run stops the call that asks") {
  WantingWorld wanting;
  wanting.start();
  wanting.world.get(wanting.world.engine().cancel(wanting.id, "ann")).value();
  wanting.world.drive(wanting.id);
  CHECK(wanting.world.row(wanting.id).status == RunStatus::cancelled);
  CHECK(wanting.tool.stopped == 1);
}

TEST_CASE("a model that a call asks is journaled and paid for as one of the run") {
  WantingWorld wanting;
  wanting.tool.work = ask_model;
  const RunEnd end = wanting.start();
  CHECK(end.state.text == "done");
  CHECK(wanting.made().value == "oak, bloke");
  CHECK(end.state.cost == 27);
  int sampled = 0;
  for (const auto& [id, call] : end.state.calls) sampled += call.purpose == "sampling" ? 1 : 0;
  CHECK(sampled == 1);
  CHECK(end.state.turns.size() == 2);
  wanting.check_replay();
}

TEST_CASE("a run's money bounds what its calls ask models") {
  WantingWorld wanting;
  wanting.tool.work = ask_model;
  wanting.world.model.estimated_cost = 10;
  StartRun start = wanting.world.request("count the rows");
  start.limits = RunLimits();
  start.limits->usd = 15;
  wanting.id = wanting.world.create(std::move(start));
  const RunEnd end = wanting.world.drive(wanting.id);
  CHECK(end.state.reason == "limit.usd");
  CHECK(wanting.world.model.requests.size() == 1);
}

TEST_CASE("a read that asked a model before a crash pays for it once") {
  WantingWorld wanting(Effect::read);
  wanting.tool.work = ask_both;
  wanting.start();
  wanting.world.crash();
  CHECK(wanting.answer(Json{{"name", "Ann"}}).has_value());
  wanting.world.drive(wanting.id);
  CHECK(wanting.made().value["said"] == "oak, bloke");
  CHECK(wanting.world.model.requests.size() == 3);
}

}  // namespace
}  // namespace yoke
