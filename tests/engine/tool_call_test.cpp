#include <catch2/catch.hpp>

#include "runtime/base/hash.h"
#include "runtime/engine/approvals.h"
#include "runtime/engine/settle.h"
#include "tests/engine/machine_bench.h"

namespace yoke {
namespace {

TEST_CASE("a call's intent names the tool, its arguments, effect, key and the vendor's id") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::idempotent).defaults = Json{{"unit", "mm"}};
  const std::string id = bench.reply_wants({"a.x"});
  const Plan plan = bench.step();
  REQUIRE(shape_of(plan.events) == "tool.called " + id);
  const Json& fields = plan.events[0].fields;
  CHECK(plan.events[0].attempt == 1);
  CHECK(fields["args"] == Json{{"n", 0}, {"unit", "mm"}});
  CHECK(fields["effect"] == "idempotent");
  CHECK(fields["key"] == "r1/" + id);
  CHECK(fields["vendor_id"] == "v0");
  CHECK(fields["follows"] == 3);
  CHECK_FALSE(fields.contains("rule"));
  CHECK(started<StartTool>(plan) == Ids{id});
}

TEST_CASE("only a read may start before its intent is durable") {
  for (const Effect effect : {Effect::read, Effect::idempotent, Effect::once}) {
    MachineBench bench;
    bench.tools.add("a.x", effect);
    bench.reply_wants({"a.x"});
    CHECK(bench.plan().commit_first == (effect != Effect::read));
  }
}

TEST_CASE("one call with an effect makes its whole batch wait for the intents") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  bench.tools.add("a.y", Effect::once);
  bench.reply_wants({"a.x", "a.y"});
  const Plan plan = bench.plan();
  CHECK(plan.starts.size() == 2);
  CHECK(plan.commit_first);
}

// The single outcome that a refused call is closed with.
Event refusal(const Plan& plan, const std::string& id) {
  CHECK(started<StartTool>(plan).empty());
  REQUIRE(shape_of(plan.events) == "tool.called " + id + ", tool.returned " + id);
  return plan.events[1];
}

TEST_CASE("a call of no tool is opened and closed, with the name it was near to") {
  MachineBench bench;
  bench.tools.add("csv.stats", Effect::read);
  const std::string id = bench.reply_wants({"csv.stat"});
  const Event event = refusal(bench.step(), id);
  CHECK(field(event, "outcome") == "not_started");
  CHECK(field(event, "message") == "no tool named 'csv.stat' (did you mean 'csv.stats'?)");
  CHECK(shape_of(bench.step().events) == "model.called m2");
}

TEST_CASE("arguments that are no JSON object are kept as they came and refused") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once);
  ToolCallPart broken;
  broken.id = "v1";
  broken.name = "a.x";
  broken.bad_args = "{\"n\":";
  const std::string id = call_id_of(bench.run.replied({broken}), 0);
  const Plan plan = bench.step();
  const Event event = refusal(plan, id);
  CHECK(field(event, "outcome") == "not_started");
  CHECK(field(plan.events[0], "args") == "{\"n\":");
}

TEST_CASE("arguments that a tool's schema refuses come back with the tool's own words") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once).refuses = "at /n: expected a string; found 0";
  const std::string id = bench.reply_wants({"a.x"});
  const Event event = refusal(bench.step(), id);
  CHECK(field(event, "outcome") == "not_started");
  CHECK(field(event, "message") == "at /n: expected a string; found 0");
  CHECK(bench.policy.queries.empty());
}

TEST_CASE("one refused call does not take its siblings with it") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  const std::string first = bench.reply_wants({"a.x", "no.such", "a.x"});
  const Plan plan = bench.step();
  CHECK(started<StartTool>(plan) == Ids{first, "c3.2"});
  CHECK(shape_of(plan.events) ==
        "tool.called c3.0, tool.called c3.1, tool.returned c3.1, tool.called c3.2");
}

TEST_CASE("policy is asked with what is about to happen") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once);
  bench.agent.described.approve = {"mail.*"};
  bench.reply_wants({"a.x"});
  bench.plan();
  REQUIRE(bench.policy.queries.size() == 1);
  const PolicyQuery& query = bench.policy.queries[0];
  CHECK(query.tool == "a.x");
  CHECK(query.agent == "clerk");
  CHECK(query.effect == Effect::once);
  CHECK(query.args == Json{{"n", 0}});
  CHECK_FALSE(query.agent_asks);
}

TEST_CASE("a rule that allows is named in the intent") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  bench.policy.rules["a.x"] = PolicyDecision{Verdict::allow, "a.*"};
  bench.reply_wants({"a.x"});
  CHECK(field(bench.plan().events[0], "rule") == "a.*");
}

TEST_CASE("a rule that denies closes the call as denied, and says which rule") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once);
  bench.policy.rules["a.x"] = PolicyDecision{Verdict::deny, "*.x"};
  const std::string id = bench.reply_wants({"a.x"});
  const Plan plan = bench.step();
  REQUIRE(shape_of(plan.events) ==
          "policy.decided " + id + ", tool.called " + id + ", tool.returned " + id);
  CHECK(field(plan.events[0], "verdict") == "deny");
  CHECK(field(plan.events[2], "outcome") == "denied");
  CHECK(field(plan.events[2], "message") == "the rule '*.x' forbids it");
  CHECK(plan.starts.empty());
}

// A bench that has asked for approval of its one call.
struct Asking {
  Asking() {
    bench.tools.add("a.x", Effect::once);
    bench.policy.rules["a.x"] = PolicyDecision{Verdict::ask, "ask a.x"};
    id = bench.reply_wants({"a.x"});
    asked = bench.step();
  }
  MachineBench bench;
  std::string id;
  Plan asked;
};

TEST_CASE("a rule that asks puts the call to a person, and starts nothing") {
  Asking asking;
  REQUIRE(shape_of(asking.asked.events) ==
          "policy.decided " + asking.id + ", question.asked " + asking.id);
  CHECK(asking.asked.starts.empty());
  const Json& fields = asking.asked.events[1].fields;
  CHECK(fields["question"] == "a." + asking.id);
  CHECK(fields["purpose"] == "approve");
  CHECK(fields["body"]["args"] == Json{{"n", 0}});
  CHECK(fields["args_hash"] == to_hex(sha256("{\"n\":0}")));
  CHECK(asking.bench.plan().events.empty());
}

TEST_CASE("an agent's own approval list is put to the policy") {
  MachineBench bench;
  bench.tools.add("mail.send", Effect::once);
  bench.agent.described.approve = {"mail.*"};
  const std::string id = bench.reply_wants({"mail.send"});
  CHECK(shape_of(bench.plan().events) == "policy.decided " + id + ", question.asked " + id);
}

TEST_CASE("yes makes the call, and the intent says by whose leave") {
  Asking asking;
  asking.bench.run.answered("a." + asking.id, "yes");
  const Plan plan = asking.bench.step();
  CHECK(started<StartTool>(plan) == Ids{asking.id});
  CHECK(field(plan.events[0], "rule") == "approved by ann");
}

TEST_CASE("a yes serves one call: the same call wanted again is asked about again") {
  Asking asking;
  asking.bench.run.answered("a." + asking.id, "yes");
  asking.bench.step();
  asking.bench.run.tool_returned(asking.id, Json("done"));
  const std::string again = asking.bench.reply_wants({"a.x"});
  REQUIRE(again != asking.id);
  const Plan plan = asking.bench.step();
  CHECK(shape_of(plan.events) == "policy.decided " + again + ", question.asked " + again);
  CHECK(plan.starts.empty());
}

TEST_CASE("no closes the call as denied, with the person's words where there are some") {
  for (const Json& answer : {Json("no"), Json(false), Json("not on a Friday"),
                             Json{{"approve", false}, {"message", "not on a Friday"}}}) {
    Asking asking;
    asking.bench.run.answered("a." + asking.id, answer);
    const Event event = refusal(asking.bench.step(), asking.id);
    CHECK(field(event, "outcome") == "denied");
    const bool words = answer != "no" && answer != false;
    CHECK(field(event, "message") ==
          std::string("ann said no") + (words ? ": not on a Friday" : ""));
  }
}

TEST_CASE("a yes to other arguments than those now wanted is no yes") {
  Asking asking;
  asking.bench.run.answered("a." + asking.id, "yes");
  asking.bench.tools.at("a.x").defaults = Json{{"to", "everybody"}};
  const Event event = refusal(asking.bench.step(), asking.id);
  CHECK(field(event, "outcome") == "denied");
  CHECK(field(event, "message").find("arguments") != std::string::npos);
}

TEST_CASE("a question that nobody answered in time denies the call") {
  Asking asking;
  asking.bench.run.add(EventKind::question_expired, asking.id,
                       Json{{"question", "a." + asking.id}});
  const Event event = refusal(asking.bench.step(), asking.id);
  CHECK(field(event, "outcome") == "denied");
  CHECK(field(event, "message") == "nobody answered in time");
}

TEST_CASE("what a person says is understood in its usual forms") {
  for (const Json& yes : {Json(true), Json("yes"), Json("y"), Json("approve"), Json("allow"),
                          Json{{"approve", true}}}) {
    CHECK(approval_from(yes).yes);
  }
  for (const Json& no : {Json(false), Json("no"), Json("n"), Json("deny"), Json("maybe"), Json(1),
                         Json(nullptr), Json::object(), Json{{"approve", "yes"}}}) {
    CHECK_FALSE(approval_from(no).yes);
  }
}

TEST_CASE("no more calls are in flight than the host allows, the next follows when one ends") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  bench.around.calls_at_once = 2;
  bench.reply_wants({"a.x", "a.x", "a.x", "a.x"});
  CHECK(started<StartTool>(bench.step()) == Ids{"c3.0", "c3.1"});
  CHECK(bench.plan().starts.empty());
  bench.run.tool_returned("c3.1", 1);
  CHECK(started<StartTool>(bench.step()) == Ids{"c3.2"});
}

TEST_CASE("refused calls take no place from those that run") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  bench.around.calls_at_once = 2;
  bench.reply_wants({"no.such", "no.such", "no.such", "a.x", "a.x", "a.x"});
  CHECK(started<StartTool>(bench.step()) == Ids{"c3.3", "c3.4"});
}

TEST_CASE("a call that no reply wanted is not made") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  bench.agent.decide = [](const RunState&) -> std::vector<Action> { return {CallTool{"c99.0"}}; };
  const Plan plan = bench.plan();
  CHECK(plan.events.empty());
  CHECK(plan.starts.empty());
}

}  // namespace
}  // namespace yoke
