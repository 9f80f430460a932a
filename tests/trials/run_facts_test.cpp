#include "trials/run_facts.h"

#include <catch2/catch.hpp>

#include "tests/support/told_run.h"

// What the journal of an agent's run says of its answer, and which results of tools can be given
// again from it.
namespace yoke {
namespace {

ToldRun told_with_tools() {
  ToldRun run;
  Usage usage;
  usage.input = 100;
  usage.output = 20;
  const std::int64_t first =
      run.replied({call("csv.stats", 1), call("mail.send", 2)}, usage, 3'000);
  run.tool_called(call_id_of(first, 0), "csv.stats", Effect::read);
  run.tool_called(call_id_of(first, 1), "mail.send", Effect::once);
  run.tool_returned(call_id_of(first, 0), Json{{"rows", 7}});
  run.tool_failed(call_id_of(first, 1), Outcome::denied, "no");
  run.now += 2'000'000;
  run.replied({text("Seven rows.")}, usage, 4'000);
  run.add(EventKind::run_completed, "", Json{{"text", "Seven rows."}});
  return run;
}

}  // namespace

TEST_CASE("the answer of an agent's run is its text, with its calls, steps, cost and time") {
  const ToldRun run = told_with_tools();
  const Cell cell = cell_of_agent_run(run.events, run.state);
  CHECK(cell.answered);
  CHECK(cell.answer.text == "Seven rows.");
  REQUIRE(cell.answer.calls.size() == 2);
  CHECK(cell.answer.calls[0] == Json{{"tool", "csv.stats"}, {"args", {{"n", 1}}}});
  CHECK(cell.answer.steps == 2.0);
  CHECK(cell.answer.tokens == 240.0);
  CHECK(cell.cost == 7'000);
  CHECK(cell.answer.seconds == Approx(2));
  CHECK(cell.target == "lab/small");
}

TEST_CASE("a run that ended without an answer says why") {
  ToldRun run;
  Event failed = run.make(EventKind::run_failed, "", Json{{"message", "the run reached 5 steps"}});
  failed.reason = "limit.steps";
  run.add(failed);
  const Cell cell = cell_of_agent_run(run.events, run.state);
  CHECK_FALSE(cell.answered);
  CHECK(cell.failure == "limit.steps: the run reached 5 steps");
}

TEST_CASE("what tools returned can be given again, and that a call was denied") {
  const ToldRun run = told_with_tools();
  const std::vector<RecordedCall> calls = recorded_calls(run.events);
  REQUIRE(calls.size() == 2);
  CHECK(calls[1].outcome == Outcome::denied);
  CHECK(calls[1].message == "no");
  CHECK(calls[0].tool == "csv.stats");
  CHECK(calls[0].value == Json{{"rows", 7}});
  const Result<RecordedCall> again = recorded_call_from_json(to_json(calls[0]));
  REQUIRE(again.has_value());
  CHECK(again->args == calls[0].args);
  CHECK(again->value == calls[0].value);
  CHECK(again->label == calls[0].label);
}

TEST_CASE(
    "what is lost on the way is no failure of who was asked, and a key does not mend itself") {
  for (const char* reason : {"model.quota", "model.server", "model.network", "model.timed_out"}) {
    CHECK(failed_on_the_way(reason));
    CHECK(may_pass(reason));
  }
  CHECK(failed_on_the_way("model.key"));
  CHECK_FALSE(may_pass("model.key"));
  for (const char* reason : {"model.client", "model.content", "limit.steps", "refused", ""}) {
    CHECK_FALSE(failed_on_the_way(reason));
  }
}

TEST_CASE(
    "a recorded call that somebody wrote is checked, and untrusted unless it says otherwise") {
  const auto complaint = [](const Json& value) {
    const Result<RecordedCall> call = recorded_call_from_json(value);
    return call ? std::string() : call.error().message();
  };
  CHECK(complaint(Json{{"tool", "a"}, {"arg", 1}}) ==
        "a recorded call has no field 'arg' (did you mean 'args'?)");
  CHECK(complaint(Json{{"args", 1}}) == "a recorded call names its 'tool'");
  CHECK_FALSE(complaint(Json{{"tool", "a"}, {"outcome", "fine"}}).empty());
  CHECK_FALSE(complaint(Json("a")).empty());
  const Result<RecordedCall> call = recorded_call_from_json(Json{{"tool", "a"}, {"value", 1}});
  REQUIRE(call.has_value());
  CHECK(call->label == Label{});
}

}  // namespace yoke
