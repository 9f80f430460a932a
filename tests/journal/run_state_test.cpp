#include "runtime/journal/run_state.h"

#include <catch2/catch.hpp>
#include <limits>

#include "tests/support/told_run.h"

namespace yoke {
namespace {

TEST_CASE("a started run knows what it was asked, by which agent, with which limits") {
  RunLimits limits;
  limits.usd = 7;
  ToldRun run(limits, Json{{"session", "s1"},
                           {"after", "r0"},
                           {"model", "lab/large"},
                           {"input", Json{{"city", "Oslo"}}}});
  CHECK(run.state.run_id == "r1");
  CHECK(run.state.agent == "clerk");
  CHECK(run.state.task == "count the rows");
  CHECK(run.state.session == "s1");
  CHECK(run.state.after == "r0");
  CHECK(run.state.model == "lab/large");
  CHECK(run.state.input == Json{{"city", "Oslo"}});
  CHECK(run.state.limits.usd == 7);
  CHECK(run.state.started_at == run.now);
  CHECK(run.state.incarnation == 1);
}

TEST_CASE("a model call is open until its reply, which adds what it used and cost") {
  ToldRun run;
  const std::string id = run.model_called(50);
  CHECK(id == "m1");
  CHECK(run.state.open_model == "m1");
  CHECK(run.state.find_call("m1")->reserved == 50);
  Usage usage;
  usage.input = 10;
  usage.output = 5;
  run.add(EventKind::model_replied, id, ToldRun::replied_fields({text("hi")}, usage, 30), 1);
  CHECK(run.state.open_model.empty());
  CHECK_FALSE(run.state.find_call("m1")->open);
  CHECK(run.state.usage.input == 10);
  CHECK(run.state.cost == 30);
  REQUIRE(run.state.turns.size() == 1);
  CHECK(run.state.turns[0].seq == run.state.seq);
  CHECK(text_of(run.state.turns[0].reply) == "hi");
}

TEST_CASE("each call that a reply wants gets an id of ours, in the reply's order") {
  ToldRun run;
  const std::int64_t seq = run.replied(
      {text("let me see"), call("a.x", Json::object()), text("and"), call("b.y", Json::object())});
  const std::vector<std::string> expected = {call_id_of(seq, 0), call_id_of(seq, 1)};
  CHECK(run.state.turns[0].calls == expected);
  CHECK(expected[0] == "c3.0");
}

TEST_CASE("failed model calls count up until a reply comes") {
  ToldRun run;
  for (int i = 1; i <= 3; ++i) {
    const std::string id = run.model_called();
    run.add(EventKind::model_failed, id, ToldRun::failed_fields("interrupted", 4), 1);
    CHECK(run.state.failures_in_row == i);
    CHECK(run.state.last_failure_class == "interrupted");
  }
  CHECK(run.state.cost == 12);
  run.replied({text("at last")});
  CHECK(run.state.failures_in_row == 0);
  CHECK(run.state.last_failure_class.empty());
  CHECK(run.state.model_calls == 4);
}

TEST_CASE("a tool call keeps its arguments, effect and key, and then its own outcome") {
  ToldRun run;
  const std::int64_t seq = run.replied({call("mail.send", Json{{"n", 1}})});
  const std::string id = call_id_of(seq, 0);
  run.add(EventKind::tool_called, id, ToldRun::tool_fields("mail.send", Effect::once, seq), 1);
  const CallState* open = run.state.find_call(id);
  CHECK(open->open);
  CHECK(open->effect == Effect::once);
  CHECK(open->key == "r1/k");
  CHECK(open->reply_seq == seq);
  run.tool_failed(id, Outcome::timeout, "too slow");
  const CallState* closed = run.state.find_call(id);
  CHECK_FALSE(closed->open);
  CHECK(closed->outcome == Outcome::timeout);
  CHECK(closed->message == "too slow");
}

TEST_CASE("a takeover leaves open calls to an older incarnation") {
  ToldRun run;
  const std::int64_t seq = run.replied({call("a.x", Json::object())});
  run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
  run.taken_over();
  CHECK(run.state.incarnation == 2);
  CHECK(run.state.find_call(call_id_of(seq, 0))->incarnation == 1);
  run.tool_called(call_id_of(seq, 0), "a.x", Effect::read, 2);
  CHECK(run.state.find_call(call_id_of(seq, 0))->incarnation == 2);
  CHECK(run.state.find_call(call_id_of(seq, 0))->attempt == 2);
}

TEST_CASE("a lost outcome is unknown until the call is made again or closed") {
  ToldRun run;
  const std::int64_t seq = run.replied({call("a.x", Json::object())});
  const std::string id = call_id_of(seq, 0);
  run.tool_called(id, "a.x", Effect::once);
  run.taken_over();
  run.add(EventKind::tool_unknown, id, Json{{"tool", "a.x"}, {"probe", "unknown"}}, 1);
  CHECK(run.state.find_call(id)->unknown);
  CHECK(run.state.find_call(id)->probe == "unknown");
  CHECK(run.state.find_call(id)->incarnation == run.state.incarnation);
  run.tool_called(id, "a.x", Effect::once, 2);
  CHECK_FALSE(run.state.find_call(id)->unknown);
  run.tool_returned(id, 1);
  CHECK_FALSE(run.state.find_call(id)->unknown);
}

TEST_CASE("time with nobody to drive the run is not the run's own") {
  ToldRun run;
  run.model_called();
  run.now += 3'600'000'000;
  run.taken_over();
  CHECK(run.state.waited == 3'600'000'000);
}

TEST_CASE("time spent with an open question is not the run's own") {
  ToldRun run;
  run.asked("q1", "", "ask");
  run.now += 5'000'000;
  run.asked("q2", "", "ask");
  run.now += 1'000'000;
  run.answered("q1", "yes");
  CHECK(run.state.waited == 0);
  CHECK(run.state.has_open_question());
  run.now += 1'000'000;
  run.answered("q2", "no");
  CHECK(run.state.waited == 7'000'000);
  CHECK_FALSE(run.state.has_open_question());
  CHECK(run.state.questions.at("q2").by == "ann");
}

TEST_CASE("an expired question is closed without an answer") {
  ToldRun run;
  run.asked("q1", "", "ask");
  run.add(EventKind::question_expired, "", Json{{"question", "q1"}});
  CHECK(run.state.questions.at("q1").expired);
  CHECK_FALSE(run.state.questions.at("q1").answer.has_value());
  CHECK_FALSE(run.state.has_open_question());
}

TEST_CASE("a timer is there until it fires or is cancelled") {
  ToldRun run;
  run.add(EventKind::timer_set, "", Json{{"timer", "a"}, {"due", 5}});
  run.add(EventKind::timer_set, "", Json{{"timer", "b"}, {"due", 6}});
  CHECK(run.state.timers.size() == 2);
  run.add(EventKind::timer_fired, "", Json{{"timer", "a"}});
  run.add(EventKind::timer_cancelled, "", Json{{"timer", "b"}});
  CHECK(run.state.timers.empty());
  CHECK(run.state.fired.contains("a"));
  CHECK_FALSE(run.state.fired.contains("b"));
}

TEST_CASE("the run's label is joined from what its calls brought in") {
  ToldRun run;
  CHECK(run.state.label == kTrustedPublic);
  const std::int64_t seq = run.replied({call("a.x", Json::object())});
  run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
  Event event = run.make(EventKind::tool_returned, call_id_of(seq, 0), Json{{"outcome", "ok"}});
  event.label = Label{Label::Integrity::untrusted, Label::Secrecy::open};
  run.add(event);
  CHECK(run.state.label.integrity == Label::Integrity::untrusted);
}

TEST_CASE("a fork has its own id and model, and pays for nothing its parent paid") {
  ToldRun run;
  run.replied({call("a.x", Json::object())}, {}, 40);
  const std::string open_model = run.model_called(25);
  run.run_id = "r2";
  run.now += 3'600'000'000;
  run.add(EventKind::run_forked, "", Json{{"from", "r1"}, {"from_seq", 4}, {"model", "lab/xl"}});
  CHECK(run.state.run_id == "r2");
  CHECK(run.state.model == "lab/xl");
  CHECK(run.state.inherited_cost == 40);
  CHECK(run.state.incarnation == 2);
  CHECK(run.state.find_call(open_model)->reserved == 0);
}

TEST_CASE("a fork counts its own repeats and failures, whatever stopped its parent") {
  ToldRun run;
  for (int round = 0; round < 3; ++round) {
    const std::int64_t seq = run.replied({call("a.x", 1)});
    run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
    run.tool_returned(call_id_of(seq, 0), "the same");
  }
  run.add(EventKind::model_failed, run.model_called(), ToldRun::failed_fields("server"), 1);
  run.add(EventKind::run_forked, "", Json{{"from", "r1"}, {"from_seq", run.state.seq}});
  CHECK(run.state.repeats == 0);
  CHECK(run.state.failures_in_row == 0);
  CHECK(run.state.last_failure_class.empty());
}

TEST_CASE("the seconds of a fork count from its beginning, not from its parent's") {
  ToldRun run;
  run.asked("q1", "", "ask");
  run.now += 3'600'000'000;
  run.add(EventKind::run_forked, "", Json{{"from", "r1"}, {"from_seq", 2}});
  CHECK(run.state.started_at == run.now);
  run.now += 5'000'000;
  run.answered("q1", "yes");
  CHECK(run.state.waited == 5'000'000);
}

TEST_CASE("an end sets status, reason and text") {
  ToldRun run;
  run.add(EventKind::run_completed, "", Json{{"text", "42"}, {"output", Json{{"n", 42}}}});
  CHECK(run.state.status == RunStatus::completed);
  CHECK(run.state.text == "42");
  CHECK(run.state.output == Json{{"n", 42}});
  ToldRun other;
  Event failed = other.make(EventKind::run_failed, "", Json{{"message", "no money"}});
  failed.reason = "limit.usd";
  other.add(failed);
  CHECK(other.state.status == RunStatus::failed);
  CHECK(other.state.reason == "limit.usd");
  CHECK(other.state.text == "no money");
}

// One turn with one call of the tool, which returns the value.
void turn(ToldRun& run, const Json& value) {
  const std::int64_t seq = run.replied({call("a.x", Json{{"n", 1}})});
  run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
  run.tool_returned(call_id_of(seq, 0), value);
}

TEST_CASE("the same call with the same result, turn after turn, counts up") {
  ToldRun run;
  turn(run, 1);
  CHECK(run.state.repeats == 1);
  turn(run, 1);
  turn(run, 1);
  CHECK(run.state.repeats == 3);
}

TEST_CASE("another result begins the count of repeats anew") {
  ToldRun run;
  turn(run, 1);
  turn(run, 1);
  turn(run, 2);
  CHECK(run.state.repeats == 1);
}

TEST_CASE("a turn counts as a repeat once, when the last of its calls is back") {
  ToldRun run;
  for (int round = 1; round <= 2; ++round) {
    const std::int64_t seq = run.replied({call("a.x", 1), call("a.y", 2)});
    run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
    run.tool_called(call_id_of(seq, 1), "a.y", Effect::read);
    run.tool_returned(call_id_of(seq, 1), "late");
    CHECK(run.state.repeats == round - 1);
    run.tool_returned(call_id_of(seq, 0), "early");
    CHECK(run.state.repeats == round);
  }
}

TEST_CASE("equal failures are repeats, an equal value that is a failure's text is not") {
  ToldRun run;
  for (const bool fails : {true, true, false}) {
    const std::int64_t seq = run.replied({call("a.x", 1)});
    run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
    if (fails) run.tool_failed(call_id_of(seq, 0), Outcome::error, "gone");
    if (!fails) run.tool_returned(call_id_of(seq, 0), "gone");
    CHECK(run.state.repeats == (fails ? static_cast<int>(run.state.turns.size()) : 1));
  }
}

TEST_CASE("the limits come back from their JSON, and what is absent keeps its default") {
  RunLimits limits;
  limits.steps = 1;
  limits.tokens = 2;
  limits.usd = 3;
  limits.seconds = 4;
  limits.repeats = 5;
  const RunLimits back = limits_from_json(to_json(limits), RunLimits{});
  CHECK(to_json(back) == to_json(limits));
  const RunLimits some = limits_from_json(Json{{"usd", 9}, {"steps", "many"}}, limits);
  CHECK(some.usd == 9);
  CHECK(some.steps == 1);
  CHECK(some.repeats == 5);
  CHECK(to_json(limits_from_json(nullptr, limits)) == to_json(limits));
}

TEST_CASE("limits from a journal are held within what can be reckoned with") {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const Json wild{{"steps", -1}, {"tokens", most}, {"usd", most}, {"seconds", most}};
  const RunLimits limits = limits_from_json(wild, RunLimits{});
  CHECK(limits.steps == 0);
  CHECK(limits.tokens == kCountLimitMax);
  CHECK(limits.usd == kUsdLimitMax);
  CHECK(limits.seconds == kSecondsLimitMax);
}

TEST_CASE("the same events give the same state, folded live or from their records") {
  ToldRun run;
  turn(run, Json{{"rows", 3}});
  run.asked("q1", "", "ask");
  run.now += 10;
  run.answered("q1", "yes");
  run.replied({text("done")});
  RunState again;
  for (const Event& event : run.events) {
    Record record;
    static_cast<RecordIn&>(record) = to_record(event);
    record.run_id = event.run_id;
    record.seq = event.seq;
    const Result<Event> back = event_from_record(record);
    REQUIRE(back.has_value());
    again.apply(*back);
  }
  CHECK(again.seq == run.state.seq);
  CHECK(again.last_signature == run.state.last_signature);
  CHECK(again.waited == run.state.waited);
  CHECK(again.turns.size() == run.state.turns.size());
  CHECK(again.calls.at("c3.0").value == run.state.calls.at("c3.0").value);
  CHECK(again.label == run.state.label);
}

}  // namespace
}  // namespace yoke
