#include <catch2/catch.hpp>

#include "tests/engine/machine_bench.h"

namespace yoke {
namespace {

void wants_named(MachineBench& bench, std::vector<CallNamed> calls) {
  bench.agent.decide = [calls](const RunState&) {
    std::vector<Action> actions;
    for (const CallNamed& call : calls) actions.emplace_back(call);
    return actions;
  };
}

TEST_CASE("a call that no reply wanted is made as any other, and says who wanted it") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once);
  wants_named(bench, {CallNamed{"p.1", "a.x", Json{{"n", 1}}, "step 1"}});
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "tool.called p.1");
  CHECK(field(plan.events[0], "called_by") == "step 1");
  CHECK(field(plan.events[0], "key") == "r1/p.1");
  CHECK_FALSE(plan.events[0].fields.contains("vendor_id"));
  CHECK(started<StartTool>(plan) == Ids{"p.1"});
  CHECK(plan.commit_first);
  CHECK(bench.plan().events.empty());
}

TEST_CASE("policy and people have the same say about it") {
  MachineBench bench;
  bench.tools.add("a.ask", Effect::once);
  bench.tools.add("a.deny", Effect::once);
  bench.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
  bench.policy.rules["a.deny"] = PolicyDecision{Verdict::deny, "deny a.deny"};
  wants_named(bench,
              {CallNamed{"p.1", "a.ask", Json{{"n", 1}}, ""},
               CallNamed{"p.2", "a.deny", Json{{"n", 2}}, ""},
               CallNamed{"p.3", "no.such", Json::object(), ""}, CallNamed{"p.4", "a.ask", 7, ""}});
  CHECK(shape_of(bench.step().events) ==
        "policy.decided p.1, question.asked p.1, policy.decided p.2, tool.called p.2, "
        "tool.returned p.2, tool.called p.3, tool.returned p.3, tool.called p.4, "
        "tool.returned p.4");
  CHECK(bench.call_state("p.2").outcome == Outcome::denied);
  CHECK(bench.call_state("p.3").message.find("no tool named 'no.such'") == 0);
  CHECK(bench.call_state("p.4").message == "the arguments are no JSON object");
  bench.run.answered("a.p.1", "yes");
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "tool.called p.1");
  CHECK(field(plan.events[0], "rule") == "approved by ann");
}

TEST_CASE("a named call that a crash cut off keeps its name of who wanted it when made again") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::idempotent);
  wants_named(bench, {CallNamed{"p.1", "a.x", Json{{"n", 1}}, "step 1"}});
  bench.step();
  bench.run.taken_over();
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "tool.called p.1");
  CHECK(plan.events[0].attempt == 2);
  CHECK(field(plan.events[0], "called_by") == "step 1");
}

TEST_CASE("a plan is journaled when it is new, once") {
  MachineBench bench;
  const Json first{{"steps", Json::array({"a"})}};
  const Json second{{"steps", Json::array({"a", "b"})}};
  bench.agent.decide = [&](const RunState&) -> std::vector<Action> {
    return {ProposePlan{first}, ProposePlan{first}};
  };
  CHECK(shape_of(bench.step().events) == "plan.proposed");
  CHECK(bench.plan().events.empty());
  bench.agent.decide = [&](const RunState&) -> std::vector<Action> {
    return {ChangePlan{second, "ann", "b was missing"}};
  };
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "plan.changed");
  CHECK(field(plan.events[0], "why") == "b was missing");
  CHECK(bench.plan().events.empty());
  CHECK(bench.run.state.plan->plan == second);
}

TEST_CASE("what children spent counts against the limits of their parent") {
  RunLimits limits;
  limits.steps = 5;
  MachineBench bench(limits);
  bench.run.add(EventKind::child_started, "p.1",
                Json{{"child", "r2"}, {"agent", "writer"}, {"limits", to_json(limits)}}, 1);
  bench.run.add(EventKind::child_finished, "p.1",
                Json{{"child", "r2"}, {"outcome", "ok"}, {"steps", 5}}, 1);
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "run.failed");
  CHECK(plan.events[0].reason == "limit.steps");
}

}  // namespace
}  // namespace yoke
