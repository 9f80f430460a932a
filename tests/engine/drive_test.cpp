#include <catch2/catch.hpp>
#include <numeric>

#include "tests/engine/engine_world.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kCalls = 50;

std::string outcome_of(const RunState& state, const std::string& call_id) {
  const CallState* call = state.find_call(call_id);
  return call == nullptr ? "" : std::string(name_of(call->outcome)) + ": " + call->message;
}

TEST_CASE("a run proposes, acts, observes and answers, and its journal says so") {
  EngineWorld world;
  FakeTool& tool = world.tools.add("a.x", Effect::read);
  world.model.answer_in_turn({wants({call("a.x", 1)}), says("one row")});
  const std::string id = world.create();
  const RunEnd end = world.drive(id);
  CHECK(end.kind == RunEnd::Kind::ended);
  CHECK(end.state.status == RunStatus::completed);
  CHECK(end.state.text == "one row");
  CHECK(world.kinds(id) ==
        "run.started, model.called m1, model.replied m1, tool.called c3.0, tool.returned c3.0, "
        "model.called m2, model.replied m2, run.completed");
  REQUIRE(tool.started.size() == 1);
  CHECK(tool.started[0].idempotency_key == id + "/c3.0");
  CHECK(tool.started[0].run_id == id);
  CHECK(tool.started[0].attempt == 1);
  CHECK(world.row(id).status == RunStatus::completed);
  CHECK(world.row(id).owner.empty());
}

TEST_CASE("the model sees each result in its next request") {
  EngineWorld world;
  world.tools.add("a.x", Effect::read);
  world.model.answer_in_turn({wants({call("a.x", 7)}), says("seven")});
  world.run();
  REQUIRE(world.model.requests.size() == 2);
  const std::vector<Message>& seen = world.model.requests[1].messages;
  REQUIRE(seen.size() == 3);
  CHECK(std::get<ToolResultPart>(seen[2].parts[0]).content == "{\"n\":7}");
}

TEST_CASE("a list of runs shows title, steps, tokens and cost without reading a journal") {
  EngineWorld world;
  world.model.answer_in_turn({says("done", 30)});
  const RunEnd end = world.run("count the rows");
  const Json summary = world.row(end.state.run_id).summary;
  CHECK(summary["title"] == "count the rows");
  CHECK(summary["steps"] == 1);
  CHECK(summary["tokens"] == 15);
  CHECK(summary["cost"] == 30);
}

TEST_CASE("an effect starts only when its intent is durable, a model call too") {
  EngineWorld world;
  int checked = 0;
  const auto is_intended = [&](const ToolRequest& request, CallContext&) {
    CHECK(world.is_durable(request.run_id, 4));
    ++checked;
  };
  world.tools.add("a.once", Effect::once).on_start = is_intended;
  world.tools.add("a.same", Effect::idempotent).on_start = is_intended;
  world.hook = [](const MemoryOp& op) {
    MemoryFate fate;
    if (op.name == "append") fate.delay = milliseconds(40);
    return fate;
  };
  std::string id;
  world.model.script = [&](const ModelRequest&, int number) {
    CHECK(world.is_durable(id, number == 1 ? 2 : 8));
    return number == 1 ? wants({call("a.once", 1), call("a.same", 2)}) : says("done");
  };
  id = world.create();
  CHECK(world.drive(id).state.text == "done");
  CHECK(checked == 2);
}

TEST_CASE("a listener hears of an event when it is durable, never before, and in order") {
  EngineWorld world;
  std::string id;
  world.watcher.check = [&](const Event& event) {
    CHECK(world.is_durable(event.run_id, event.seq));
  };
  std::uint64_t turn = 0;
  world.hook = [&](const MemoryOp&) {
    MemoryFate fate;
    fate.delay = milliseconds(++turn * 7 % 5 * 10);
    return fate;
  };
  world.tools.add("a.x", Effect::read);
  world.tools.add("a.y", Effect::once);
  world.model.answer_in_turn({wants({call("a.x", 1), call("a.x", 2), call("a.y", 3)}),
                              wants({call("a.y", 4)}), says("done")});
  id = world.create();
  world.drive(id);
  const std::vector<Event> journal = world.events(id);
  REQUIRE(world.watcher.events.size() == journal.size());
  for (std::size_t i = 0; i < journal.size(); ++i) {
    CHECK(world.watcher.events[i].seq == journal[i].seq);
    CHECK(to_record(world.watcher.events[i]).body == to_record(journal[i]).body);
  }
}

TEST_CASE("a listener hears a reply as it streams, before the event that finishes it") {
  EngineWorld world;
  FakeReply reply = says("hello");
  Delta first;
  first.text = "hel";
  Delta second;
  second.text = "lo";
  reply.deltas = {first, second};
  reply.delay = seconds(1);
  world.model.answer_in_turn({reply});
  world.run();
  CHECK(world.watcher.lines ==
        std::vector<std::string>{"event run.started", "event model.called", "delta hel", "delta lo",
                                 "event model.replied", "event run.completed"});
}

TEST_CASE("a call's progress and log lines go to the feed, and not into the journal") {
  EngineWorld world;
  world.tools.add("a.x", Effect::read).on_start = [](const ToolRequest&, CallContext& context) {
    context.progress(3, 4, "rows");
    context.log("info", "hello");
  };
  world.model.answer_in_turn({wants({call("a.x", 1)}), says("done")});
  const std::string id = world.create();
  world.drive(id);
  const auto& lines = world.watcher.lines;
  CHECK(std::count(lines.begin(), lines.end(), "progress c3.0 3 rows") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "log info hello") == 1);
  CHECK(world.events(id).size() == 8);
}

TEST_CASE("fifty calls at once run a few at a time, and each gets its own outcome") {
  EngineWorld world;
  world.options.calls_at_once = 8;
  world.crash();
  int running = 0;
  int most = 0;
  FakeTool& tool = world.tools.add("a.x", Effect::idempotent);
  tool.on_start = [&](const ToolRequest&, CallContext&) { most = std::max(most, ++running); };
  tool.delay = [](const ToolRequest& request) {
    return milliseconds(10 * (integer_at(request.args, "n") % 7 + 1));
  };
  tool.answer = [&](const ToolRequest& request) {
    --running;
    ToolOutcome outcome;
    outcome.value = request.args;
    if (integer_at(request.args, "n") % 10 == 3) outcome.outcome = Outcome::error;
    return outcome;
  };
  std::vector<Part> calls;
  for (int n = 0; n < kCalls; ++n) calls.push_back(call("a.x", n, "v" + std::to_string(n)));
  world.model.answer_in_turn({wants(calls), says("done")});
  const RunEnd end = world.run();
  CHECK(end.state.text == "done");
  CHECK(most == 8);
  CHECK(tool.started.size() == kCalls);
  const Message& results = world.model.requests[1].messages.back();
  REQUIRE(results.parts.size() == kCalls);
  for (int n = 0; n < kCalls; ++n) {
    const auto& part = std::get<ToolResultPart>(results.parts[static_cast<std::size_t>(n)]);
    CHECK(part.id == "v" + std::to_string(n));
    CHECK(part.is_error == (n % 10 == 3));
  }
}

TEST_CASE("a model that does not answer in time ends as timed out, and is stopped") {
  EngineWorld world;
  world.options.model_timeout = seconds(30);
  world.crash();
  FakeReply never = says("too late");
  never.delay = kNever;
  world.model.answer_in_turn({never});
  const RunEnd end = world.run();
  CHECK(end.state.reason == "model.timed_out");
  CHECK(world.model.stopped == 1);
}

TEST_CASE("a model call gets no more time than the run has left") {
  EngineWorld world;
  world.agent.limits.seconds = 20;
  FakeReply slow = says("too late");
  slow.delay = seconds(25);
  world.model.answer_in_turn({slow});
  const Micros began = world.wall.now();
  const RunEnd end = world.run();
  CHECK(end.state.reason == "limit.seconds");
  CHECK(end.state.find_call("m1")->open == false);
  CHECK(world.model.stopped == 1);
  CHECK(world.wall.now() - began < 21'000'000);
}

TEST_CASE("a tool call gets no more time than the run has left") {
  EngineWorld world;
  world.agent.limits.seconds = 20;
  FakeTool& slow = world.tools.add("a.slow", Effect::read);
  slow.change().timeout = std::chrono::minutes(5);
  slow.delay = [](const ToolRequest&) { return seconds(100); };
  world.model.answer_in_turn({wants({call("a.slow", 1)})});
  const Micros began = world.wall.now();
  const RunEnd end = world.run();
  CHECK(outcome_of(end.state, "c3.0") == "timeout: the run's seconds were up before it ended");
  CHECK(end.state.reason == "limit.seconds");
  CHECK(slow.stopped == 1);
  CHECK(world.wall.now() - began < 21'000'000);
}

TEST_CASE("a tool that does not end in time ends as a timeout, its sibling keeps its result") {
  EngineWorld world;
  FakeTool& slow = world.tools.add("a.slow", Effect::once);
  slow.change().timeout = milliseconds(500);
  slow.delay = [](const ToolRequest&) { return kNever; };
  world.tools.add("a.x", Effect::read);
  world.model.answer_in_turn({wants({call("a.slow", 1), call("a.x", 2)}), says("done")});
  const RunEnd end = world.run();
  CHECK(outcome_of(end.state, "c3.0") == "timeout: it did not end within its 500 ms");
  CHECK(outcome_of(end.state, "c3.1") == "ok: ");
  CHECK(slow.stopped == 1);
  CHECK(end.state.text == "done");
}

TEST_CASE("whatever a tool throws is that call's error, and nobody else's") {
  for (const std::exception_ptr& thrown :
       {std::make_exception_ptr(Fault("disk full")),
        std::make_exception_ptr(std::out_of_range("index 7")), std::make_exception_ptr(7),
        std::make_exception_ptr(boost::system::system_error(asio::error::operation_aborted))}) {
    EngineWorld world;
    world.tools.add("a.bad", Effect::once).throws = thrown;
    FakeTool& good = world.tools.add("a.good", Effect::read);
    good.delay = [](const ToolRequest&) { return seconds(2); };
    world.model.answer_in_turn({wants({call("a.bad", 1), call("a.good", 2)}), says("done")});
    const RunEnd end = world.run();
    CHECK(outcome_of(end.state, "c3.0").starts_with("error: "));
    CHECK(outcome_of(end.state, "c3.1") == "ok: ");
    CHECK(good.finished == 1);
    CHECK(end.state.text == "done");
  }
}

TEST_CASE("whatever a model throws ends the run as failed") {
  for (const std::exception_ptr& thrown :
       {std::make_exception_ptr(Fault("no route")), std::make_exception_ptr(std::bad_alloc())}) {
    EngineWorld world;
    FakeReply reply = says("never");
    reply.throws = thrown;
    world.model.answer_in_turn({reply});
    CHECK(world.run().state.reason == "model.server");
  }
}

TEST_CASE("a tool that is gone when its call is due is told as not started") {
  EngineWorld world;
  world.tools.add("a.x", Effect::once);
  world.tools.add("a.y", Effect::read);
  world.model.answer_in_turn({wants({call("a.x", 1)}), says("done")});
  const std::string id = world.create();
  world.hook = [&](const MemoryOp& op) {
    if (op.name == "append" && world.disk->tables().runs.at(id).row.head_seq == 3) {
      world.tools.remove("a.x");
    }
    return MemoryFate();
  };
  const RunEnd end = world.drive(id);
  CHECK(outcome_of(end.state, "c3.0").starts_with("not_started: "));
  CHECK(end.state.text == "done");
}

TEST_CASE("a run that is not there, has ended or is being driven is not driven") {
  EngineWorld world;
  CHECK(world.get(world.engine().drive("nowhere")).error().code == Errc::not_found);
  FakeReply slow = says("done");
  slow.delay = seconds(5);
  world.model.answer_in_turn({slow});
  const std::string id = world.create();
  const Driven& driven = world.start_driving(id);
  CHECK(world.engine().is_driving(id));
  CHECK(world.get(world.engine().drive(id)).error().code == Errc::conflict);
  world.wait_for([&] { return driven.ended(); });
  CHECK_FALSE(world.engine().is_driving(id));
  CHECK(world.get(world.engine().drive(id)).error().code == Errc::conflict);
}

TEST_CASE("a run created again under its key is the run that was there") {
  EngineWorld world;
  StartRun start = world.request("count the rows");
  start.idem_key = "k1";
  const std::string id = world.create(start);
  const Result<Created> again = world.get(world.engine().create(start));
  CHECK(again.value().existed);
  CHECK(again.value().claim.run_id == id);
  CHECK(world.drive(id).state.text == "nothing more");
}

TEST_CASE("a session's next run begins with the conversation so far") {
  EngineWorld world;
  world.model.answer_in_turn({says("I am Yoke."), says("As I said: Yoke."), says("other")});
  StartRun first = world.request("who are you?");
  first.session = "s1";
  const std::string one = world.create(first);
  world.drive(one);
  StartRun second = world.request("come again?");
  second.session = "s1";
  const RunEnd end = world.drive(world.create(second));
  CHECK(end.state.after == one);
  const std::vector<Message>& seen = world.model.requests[1].messages;
  REQUIRE(seen.size() == 3);
  CHECK(text_of(seen[0]) == "who are you?");
  CHECK(text_of(seen[1]) == "I am Yoke.");
  CHECK(text_of(seen[2]) == "come again?");
  world.run("alone");
  CHECK(world.model.requests[2].messages.size() == 1);
}

TEST_CASE("a listener that left hears nothing more") {
  EngineWorld world;
  const std::string id = world.create();
  world.engine().unsubscribe(world.watcher);
  world.drive(id);
  CHECK(world.watcher.events.size() == 1);
}

}  // namespace
}  // namespace yoke
