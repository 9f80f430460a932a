#include <catch2/catch.hpp>

#include "tests/engine/machine_bench.h"

namespace yoke {
namespace {

// A bench whose driver was stopped with one call of a.x in flight, and that has been taken over.
struct Orphaned {
  explicit Orphaned(Effect effect) : tool(bench.tools.add("a.x", effect)) {
    id = bench.reply_wants({"a.x"});
    bench.step();
    bench.run.taken_over();
  }
  // What a person is asked when nothing else can tell.
  std::string question(int attempt = 1) const { return "u." + id + "." + std::to_string(attempt); }

  MachineBench bench;
  FakeTool& tool;
  std::string id;
};

ProbeOutcome probed(ProbeOutcome::Answer answer) {
  ProbeOutcome outcome;
  outcome.answer = answer;
  outcome.value = "found";
  return outcome;
}

TEST_CASE("an orphaned read or idempotent call is made again with the same key") {
  for (const Effect effect : {Effect::read, Effect::idempotent}) {
    Orphaned orphan(effect);
    const std::string key = orphan.bench.call_state(orphan.id).key;
    const Plan plan = orphan.bench.step();
    REQUIRE(shape_of(plan.events) == "tool.called " + orphan.id);
    CHECK(plan.events[0].attempt == 2);
    CHECK(field(plan.events[0], "key") == key);
    CHECK(started<StartTool>(plan) == Ids{orphan.id});
    CHECK(plan.commit_first == (effect != Effect::read));
    CHECK(orphan.bench.plan().starts.empty());
  }
}

TEST_CASE("an orphaned once call is never made again silently: a person is asked") {
  Orphaned orphan(Effect::once);
  const Plan plan = orphan.bench.step();
  REQUIRE(shape_of(plan.events) == "tool.unknown " + orphan.id + ", question.asked " + orphan.id);
  CHECK(plan.starts.empty());
  CHECK(field(plan.events[1], "question") == orphan.question());
  CHECK(field(plan.events[1], "purpose") == "unknown");
  CHECK(plan.events[1].fields["choices"] == Json::array({"happened", "repeat", "skip"}));
  CHECK(orphan.bench.plan().events.empty());
}

TEST_CASE("a person who says that it happened closes the call as ok") {
  Orphaned orphan(Effect::once);
  orphan.bench.step();
  orphan.bench.run.answered(orphan.question(), "happened");
  const Plan plan = orphan.bench.step();
  REQUIRE(shape_of(plan.events) == "tool.returned " + orphan.id);
  CHECK(field(plan.events[0], "outcome") == "ok");
  CHECK(plan.events[0].fields["value"] == Json{{"confirmed_by", "ann"}});
  CHECK(plan.starts.empty());
}

TEST_CASE("a person who says repeat has the call made again, once") {
  Orphaned orphan(Effect::once);
  orphan.bench.step();
  orphan.bench.run.answered(orphan.question(), "repeat");
  const Plan plan = orphan.bench.step();
  CHECK(started<StartTool>(plan) == Ids{orphan.id});
  CHECK(plan.commit_first);
  CHECK(plan.events[0].attempt == 2);
  CHECK(field(plan.events[0], "rule") == "repeated by ann");
  CHECK(orphan.bench.plan().starts.empty());
}

TEST_CASE("a repeated call that is orphaned too is asked about anew") {
  Orphaned orphan(Effect::once);
  orphan.bench.step();
  orphan.bench.run.answered(orphan.question(), "repeat");
  orphan.bench.step();
  orphan.bench.run.taken_over();
  const Plan plan = orphan.bench.step();
  CHECK(plan.starts.empty());
  REQUIRE(plan.events.size() == 2);
  CHECK(field(plan.events[1], "question") == orphan.question(2));
}

TEST_CASE("skip, and whatever else a person says, closes the call as cancelled") {
  for (const Json& answer : {Json("skip"), Json("no idea"), Json(true), Json(nullptr)}) {
    Orphaned orphan(Effect::once);
    orphan.bench.step();
    orphan.bench.run.answered(orphan.question(), answer);
    const Plan plan = orphan.bench.step();
    REQUIRE(shape_of(plan.events) == "tool.returned " + orphan.id);
    CHECK(field(plan.events[0], "outcome") == "cancelled");
    CHECK(plan.starts.empty());
  }
}

TEST_CASE("when nobody says in time what became of a call, it is closed as cancelled") {
  Orphaned orphan(Effect::once);
  orphan.bench.step();
  orphan.bench.run.add(EventKind::question_expired, orphan.id,
                       Json{{"question", orphan.question()}});
  const Plan plan = orphan.bench.step();
  REQUIRE(shape_of(plan.events) == "tool.returned " + orphan.id);
  CHECK(field(plan.events[0], "outcome") == "cancelled");
}

TEST_CASE("a tool with a probe is asked before any person") {
  Orphaned orphan(Effect::once);
  orphan.tool.answer_probes({});
  const Plan plan = orphan.bench.step();
  CHECK(shape_of(plan.events) == "tool.unknown " + orphan.id);
  CHECK(started<StartProbe>(plan) == Ids{orphan.id});
  CHECK(orphan.bench.plan().starts.empty());
}

TEST_CASE("a probe that found the effect closes the call with what it found") {
  Orphaned orphan(Effect::once);
  orphan.tool.answer_probes({});
  orphan.bench.step();
  const std::vector<Event> events =
      events_of(orphan.bench.run.state, orphan.id, probed(ProbeOutcome::Answer::happened));
  REQUIRE(shape_of(events) == "tool.returned " + orphan.id);
  CHECK(events[0].fields["value"] == "found");
  orphan.bench.adopt(events);
  CHECK(shape_of(orphan.bench.step().events) == "model.called m2");
}

TEST_CASE("a probe that found no effect has the call made again") {
  Orphaned orphan(Effect::once);
  orphan.tool.answer_probes({});
  orphan.bench.step();
  orphan.bench.adopt(
      events_of(orphan.bench.run.state, orphan.id, probed(ProbeOutcome::Answer::did_not_happen)));
  const Plan plan = orphan.bench.step();
  CHECK(started<StartTool>(plan) == Ids{orphan.id});
  CHECK(plan.commit_first);
  CHECK(field(plan.events[0], "rule") == "its probe: did not happen");
}

TEST_CASE("a probe that cannot tell leaves it to a person") {
  Orphaned orphan(Effect::once);
  orphan.tool.answer_probes({});
  orphan.bench.step();
  orphan.bench.adopt(
      events_of(orphan.bench.run.state, orphan.id, probed(ProbeOutcome::Answer::unknown)));
  const Plan plan = orphan.bench.step();
  CHECK(shape_of(plan.events) == "question.asked " + orphan.id);
  CHECK(plan.starts.empty());
}

TEST_CASE("a probe that was itself interrupted is asked again after the next takeover") {
  Orphaned orphan(Effect::once);
  orphan.tool.answer_probes({});
  orphan.bench.step();
  orphan.bench.run.taken_over();
  CHECK(started<StartProbe>(orphan.bench.step()) == Ids{orphan.id});
}

TEST_CASE("what a probe said before a crash is not believed after it") {
  Orphaned orphan(Effect::once);
  orphan.tool.answer_probes({});
  orphan.bench.step();
  orphan.bench.adopt(
      events_of(orphan.bench.run.state, orphan.id, probed(ProbeOutcome::Answer::did_not_happen)));
  orphan.bench.run.taken_over();
  const Plan plan = orphan.bench.step();
  CHECK(started<StartTool>(plan).empty());
  CHECK(started<StartProbe>(plan) == Ids{orphan.id});
}

TEST_CASE("an open question about a lost outcome survives takeovers without being asked twice") {
  Orphaned orphan(Effect::once);
  orphan.bench.step();
  orphan.bench.run.taken_over();
  CHECK(orphan.bench.plan().events.empty());
  orphan.bench.run.answered(orphan.question(), "repeat");
  CHECK(started<StartTool>(orphan.bench.step()) == Ids{orphan.id});
}

TEST_CASE("a once tool that is gone is asked about, not probed") {
  Orphaned orphan(Effect::once);
  orphan.tool.answer_probes({});
  orphan.bench.tools.remove("a.x");
  const Plan plan = orphan.bench.step();
  CHECK(shape_of(plan.events) == "tool.unknown " + orphan.id + ", question.asked " + orphan.id);
}

TEST_CASE("each orphan of a batch is settled by its own effect") {
  MachineBench bench;
  bench.tools.add("a.read", Effect::read);
  bench.tools.add("a.same", Effect::idempotent);
  bench.tools.add("a.once", Effect::once);
  bench.reply_wants({"a.read", "a.same", "a.once"});
  bench.step();
  bench.run.taken_over();
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) ==
        "tool.called c3.0, tool.called c3.1, tool.unknown c3.2, question.asked c3.2");
  CHECK(started<StartTool>(plan) == Ids{"c3.0", "c3.1"});
}

TEST_CASE("a finished call of a batch is not made again after a takeover") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  bench.reply_wants({"a.x", "a.x"});
  bench.step();
  bench.run.tool_returned("c3.0", 1);
  bench.run.taken_over();
  CHECK(started<StartTool>(bench.step()) == Ids{"c3.1"});
}

TEST_CASE("cancelling closes every open call, then the run") {
  MachineBench bench;
  bench.tools.add("a.read", Effect::read);
  bench.tools.add("a.once", Effect::once);
  bench.reply_wants({"a.read", "a.once"});
  bench.step();
  const Plan plan = plan_cancel(bench.run.state, "ann");
  REQUIRE(shape_of(plan.events) == "tool.returned c3.0, tool.returned c3.1, run.cancelled");
  CHECK(field(plan.events[0], "outcome") == "cancelled");
  CHECK(field(plan.events[0], "message") == "cancelled by ann");
  CHECK(field(plan.events[1], "message") == "cancelled by ann; it may have taken place");
  CHECK(plan.events[2].reason == "cancelled");
  bench.adopt(plan.events);
  CHECK(bench.run.state.status == RunStatus::cancelled);
}

TEST_CASE("a failure closes an open model call with the money reserved for it") {
  MachineBench bench;
  bench.estimate->cost = 33;
  bench.step();
  const Plan plan = plan_failure(bench.run.state, "limit.budget", "no money");
  REQUIRE(shape_of(plan.events) == "model.failed m1, run.failed");
  CHECK(integer_at(plan.events[0].fields, "cost") == 33);
  CHECK(plan.events[1].reason == "limit.budget");
  bench.adopt(plan.events);
  CHECK(bench.run.state.text == "no money");
}

TEST_CASE("a result brings its label into the run, a refusal in our own words brings none") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  const std::string id = bench.reply_wants({"a.x"});
  bench.step();
  ToolOutcome outcome;
  outcome.label = Label{Label::Integrity::untrusted, Label::Secrecy::open};
  CHECK(event_of(bench.run.state, id, outcome).label.integrity == Label::Integrity::untrusted);
  outcome.outcome = GENERATE(Outcome::not_started, Outcome::denied);
  CHECK(event_of(bench.run.state, id, outcome).label.integrity == Label::Integrity::untrusted);
  outcome.label = kTrustedPrivate;
  CHECK(event_of(bench.run.state, id, outcome).label == bench.run.state.label);
  bench.run.state.label.integrity = Label::Integrity::untrusted;
  CHECK(event_of(bench.run.state, id, outcome).label.integrity == Label::Integrity::trusted);
}

TEST_CASE("a result that no journal could give back is turned into an error") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  const std::string id = bench.reply_wants({"a.x"});
  bench.step();
  ToolOutcome deep;
  deep.value = 1;
  for (int i = 0; i < 100; ++i) deep.value = Json::array({std::move(deep.value)});
  ToolOutcome large;
  large.value = std::string(JsonLimits().text_bytes_max + 1, 'x');
  for (const ToolOutcome& outcome : {deep, large}) {
    const Event event = event_of(bench.run.state, id, outcome);
    CHECK(field(event, "outcome") == "error");
    CHECK_FALSE(event.fields.contains("value"));
    Record record;
    static_cast<RecordIn&>(record) = to_record(event);
    CHECK(event_from_record(record).has_value());
  }
}

TEST_CASE("text is measured as it is written: what cannot be seen takes six bytes") {
  MachineBench bench;
  bench.step();
  const std::string unseen(12u << 20, '\x01');
  const std::string quotes(9u << 20, '"');
  for (const std::string& words : {unseen, quotes}) {
    const Event event = event_of(bench.run.state, "m1", says(words).outcome);
    CHECK(event.kind == EventKind::model_failed);
    CHECK(field(event, "class") == "malformed");
  }
}

TEST_CASE("what a tool says went wrong is kept, however long, and can be read back") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  const std::string id = bench.reply_wants({"a.x"});
  bench.step();
  ToolOutcome outcome;
  outcome.outcome = Outcome::error;
  outcome.message = std::string(20u << 20, '\x01');
  Record record;
  static_cast<RecordIn&>(record) = to_record(event_of(bench.run.state, id, outcome));
  const Result<Event> event = event_from_record(record);
  REQUIRE(event.has_value());
  CHECK(field(*event, "message").starts_with("\x01\x01\x01"));
}

TEST_CASE("arguments that are JSON but no object are kept as bad arguments") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  bench.step();
  FakeReply reply = wants({call("a.x", Json::array({1, 2}))});
  const Event event = event_of(bench.run.state, "m1", std::move(reply.outcome));
  bench.run.add(event);
  const Plan plan = bench.step();
  REQUIRE(plan.events.size() == 2);
  CHECK(field(plan.events[0], "args") == "[1,2]");
  CHECK(field(plan.events[1], "outcome") == "not_started");
}

}  // namespace
}  // namespace yoke
