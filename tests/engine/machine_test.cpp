#include <catch2/catch.hpp>
#include <limits>

#include "tests/engine/machine_bench.h"

namespace yoke {
namespace {

TEST_CASE("a fresh run calls the model, once that is durable") {
  MachineBench bench;
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "model.called m1");
  CHECK(started<StartModel>(plan) == Ids{"m1"});
  CHECK(plan.commit_first);
  CHECK(field(plan.events[0], "target") == "lab/small");
  const auto& start = std::get<StartModel>(plan.starts[0]);
  CHECK(field(plan.events[0], "request") == hash_of(start.request));
}

TEST_CASE("a model call in flight is not made twice") {
  MachineBench bench;
  bench.step();
  const Plan plan = bench.plan();
  CHECK(plan.events.empty());
  CHECK(plan.starts.empty());
}

TEST_CASE("what an agent wants twice in one list is begun once") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once);
  bench.tools.add("a.ask", Effect::once);
  bench.policy.rules["a.ask"] = PolicyDecision{Verdict::ask, "ask a.ask"};
  const std::string x = bench.reply_wants({"a.x", "a.ask", "no.such"});
  bench.agent.decide = [](const RunState& state) {
    std::vector<Action> actions;
    for (int round = 0; round < 2; ++round) {
      for (const std::string& id : state.turns.back().calls) actions.emplace_back(CallTool{id});
      actions.emplace_back(CallModel{});
      actions.emplace_back(Ask{"q1", "Well?", nullptr});
      actions.emplace_back(SetTimer{"t1", 5});
    }
    return actions;
  };
  const Plan plan = bench.step();  // each event is checked as the engine checks it
  CHECK(shape_of(plan.events) ==
        "tool.called c3.0, policy.decided c3.1, question.asked c3.1, tool.called c3.2, "
        "tool.returned c3.2, model.called m2, question.asked, timer.set");
  CHECK(plan.starts.size() == 2);
  CHECK(bench.plan().events.empty());
}

TEST_CASE("an answer beside calls in flight waits until they are back") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once);
  const std::string id = bench.reply_wants({"a.x"});
  bench.agent.decide = [id](const RunState&) -> std::vector<Action> {
    return {CallTool{id}, Complete{"that is it"}};
  };
  CHECK(shape_of(bench.step().events) == "tool.called c3.0");
  CHECK(bench.plan().events.empty());
  bench.run.tool_returned(id, 1);
  CHECK(shape_of(bench.step().events) == "run.completed");
}

TEST_CASE("an agent that fails beside calls in flight has them closed first") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once);
  const std::string id = bench.reply_wants({"a.x"});
  bench.agent.decide = [id](const RunState&) -> std::vector<Action> {
    return {CallTool{id}, Fail{"enough", "no more of this"}};
  };
  CHECK(shape_of(bench.step().events) == "run.failed");
}

TEST_CASE("a run's own model goes before the agent's") {
  MachineBench bench;
  bench.run.state.model = "lab/large";
  CHECK(field(bench.plan().events[0], "target") == "lab/large");
}

TEST_CASE("the request carries the agent's words, its tools and the history") {
  MachineBench bench;
  bench.tools.add("b.y", Effect::read);
  bench.tools.add("a.x", Effect::read);
  bench.agent.described.instructions = "be brief";
  bench.agent.described.temperature = 0.5;
  const ModelRequest request = request_of(bench.run.state, bench.program);
  CHECK(request.instructions == "be brief");
  CHECK(request.temperature == 0.5);
  REQUIRE(request.tools.size() == 2);
  CHECK(request.tools[0].name == "a.x");
  CHECK(text_of(request.messages.at(0)) == "count the rows");
  CHECK(request.cache_key == "r1");
  CHECK(hash_of(request) == hash_of(request_of(bench.run.state, bench.program)));
}

TEST_CASE("a reply without calls completes the run with its text") {
  MachineBench bench;
  bench.run.replied({text("42 rows")});
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "run.completed");
  CHECK(bench.run.state.text == "42 rows");
  CHECK(bench.plan().events.empty());
}

TEST_CASE("the stop sequence that a reply ended at is on record") {
  RunState state;
  ModelReply reply;
  reply.stop_sequence = "END";
  const Event event = event_of(state, "m1", ModelOutcome(std::move(reply)));
  CHECK(event.fields["stop_sequence"] == "END");
  CHECK(check_event(event).has_value());
  CHECK_FALSE(event_of(state, "m1", ModelOutcome(ModelReply())).fields.contains("stop_sequence"));
}

TEST_CASE("a model that fails ends the run, with the class as the reason") {
  MachineBench bench;
  bench.step();
  bench.run.add(EventKind::model_failed, "m1", ToldRun::failed_fields("quota"), 1);
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "run.failed");
  CHECK(plan.events[0].reason == "model.quota");
  CHECK(bench.run.state.text == "it broke");
}

TEST_CASE("a target that nobody knows ends the run and calls nothing") {
  MachineBench bench;
  bench.estimate = Error{Errc::not_found, "no model 'lab/small'"};
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "run.failed");
  CHECK(plan.events[0].reason == "model.unknown");
  CHECK(plan.starts.empty());
}

TEST_CASE("interrupted model calls are made again, but not for ever") {
  MachineBench bench;
  int calls = 0;
  while (!is_final(bench.run.state.status) && calls < 100) {
    const Plan plan = bench.step();
    if (plan.starts.empty()) break;
    ++calls;
    bench.run.taken_over();
    CHECK(shape_of(bench.step().events) == "model.failed m" + std::to_string(calls));
  }
  CHECK(calls == 20);
  CHECK(bench.run.state.reason == "model.interrupted");
}

TEST_CASE("an interrupted model call is settled with the money reserved for it") {
  MachineBench bench;
  bench.estimate->cost = 70;
  bench.step();
  bench.run.taken_over();
  const Plan plan = bench.step();
  CHECK(field(plan.events[0], "class") == "interrupted");
  CHECK(integer_at(plan.events[0].fields, "cost") == 70);
  CHECK(bool_at(member_at(plan.events[0].fields, "usage"), "estimated"));
  CHECK(bench.run.state.cost == 70);
}

std::string reason_after(MachineBench& bench) {
  const Plan plan = bench.step();
  CHECK(plan.starts.empty());
  REQUIRE(shape_of(plan.events) == "run.failed");
  return plan.events[0].reason;
}

TEST_CASE("the limit of steps ends the run before one more model call") {
  RunLimits limits;
  limits.steps = 1;
  MachineBench bench(limits);
  CHECK(shape_of(bench.plan().events) == "model.called m1");
  bench.tools.add("a.x", Effect::read);
  bench.reply_wants({"a.x"});
  bench.step();
  bench.run.tool_returned("c3.0", 1);
  CHECK(reason_after(bench) == "limit.steps");
}

TEST_CASE("the limit of tokens counts input and output together") {
  RunLimits limits;
  limits.tokens = 15;
  Usage usage;
  usage.input = 10;
  usage.output = 4;
  for (const int more : {0, 1}) {
    MachineBench bench(limits);
    bench.agent.decide = [](const RunState&) { return std::vector<Action>{CallModel{}}; };
    usage.output += more;
    bench.run.replied({text("and?")}, usage);
    if (more == 0) CHECK(shape_of(bench.plan().events) == "model.called m2");
    if (more == 1) CHECK(reason_after(bench) == "limit.tokens");
  }
}

TEST_CASE("money is reserved before a model call: one that may cost too much is not made") {
  RunLimits limits;
  limits.usd = 100;
  MachineBench bench(limits);
  bench.agent.decide = [](const RunState&) { return std::vector<Action>{CallModel{}}; };
  bench.estimate->cost = 60;
  const Plan first = bench.step();
  CHECK(std::get<StartModel>(first.starts[0]).reserved == 60);
  bench.run.add(EventKind::model_replied, "m1", ToldRun::replied_fields({text("x")}, {}, 40), 1);
  CHECK(shape_of(bench.plan().events) == "model.called m2");
  bench.estimate->cost = 61;
  CHECK(reason_after(bench) == "limit.usd");
}

TEST_CASE("no model of unknown price is called where money is limited") {
  RunLimits limits;
  limits.usd = 500'000'000;
  MachineBench bench(limits);
  bench.estimate->priced = false;
  bench.estimate->unpriced = "no price is known for 'lab/small'";
  const Plan plan = bench.plan();
  CHECK(plan.starts.empty());
  REQUIRE(shape_of(plan.events) == "run.failed");
  CHECK(plan.events[0].reason == "limit.usd");
  CHECK(field(plan.events[0], "message") ==
        "the limit of $0.50 cannot be kept: no price is known for 'lab/small'");
  MachineBench budgeted;
  budgeted.estimate = bench.estimate;
  budgeted.around.has_budget = true;
  CHECK(reason_after(budgeted) == "limit.usd");
  MachineBench free;
  free.estimate = bench.estimate;
  CHECK(shape_of(free.step().events) == "model.called m1");
  CHECK(free.run.state.unpriced);
}

TEST_CASE("a model call carries what was reserved for it where money is limited") {
  const auto reserved = [](NanoUsd usd, bool has_budget) {
    RunLimits limits;
    limits.usd = usd;
    MachineBench bench(limits);
    bench.estimate->cost = 60;
    bench.around.has_budget = has_budget;
    return std::get<StartModel>(bench.plan().starts.at(0)).request.reserved;
  };
  CHECK(reserved(100, false) == 60);
  CHECK(reserved(0, true) == 60);
  CHECK_FALSE(reserved(0, false).has_value());
}

TEST_CASE("counts and costs beyond all reason reach the limits, and nothing overflows") {
  RunLimits limits;
  limits.tokens = 1000;
  MachineBench bench(limits);
  bench.agent.decide = [](const RunState&) { return std::vector<Action>{CallModel{}}; };
  Usage usage;
  usage.input = usage.output = std::numeric_limits<std::int64_t>::max();
  const NanoUsd most = std::numeric_limits<NanoUsd>::max();
  bench.run.replied({text("x")}, usage, most);
  bench.run.replied({text("x")}, usage, most);
  CHECK(bench.run.state.cost == most);
  CHECK(bench.run.state.own_tokens() == std::numeric_limits<std::int64_t>::max());
  CHECK(reason_after(bench) == "limit.tokens");
}

TEST_CASE("what a fork's parent spent is not the fork's") {
  RunLimits limits;
  limits.usd = 100;
  MachineBench bench(limits);
  bench.agent.decide = [](const RunState&) { return std::vector<Action>{CallModel{}}; };
  bench.estimate->cost = 60;
  bench.run.replied({text("x")}, {}, 90);
  bench.run.run_id = "r2";
  bench.run.add(EventKind::run_forked, "", Json{{"from", "r1"}, {"from_seq", 3}});
  CHECK(shape_of(bench.plan().events) == "model.called m2");
}

TEST_CASE("the limit of seconds leaves out the time a person took") {
  RunLimits limits;
  limits.seconds = 10;
  MachineBench bench(limits);
  bench.run.asked("q", "", "ask");
  bench.run.now += 100'000'000;
  bench.run.answered("q", 1);
  bench.run.now += 9'999'999;
  CHECK(shape_of(bench.plan().events) == "model.called m1");
  bench.run.now += 1;
  CHECK(reason_after(bench) == "limit.seconds");
}

TEST_CASE("the same calls with the same results, again and again, end as no progress") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  for (int turn = 1; turn <= 3; ++turn) {
    const std::string id = bench.reply_wants({"a.x"});
    bench.step();
    bench.run.tool_returned(id, "same");
    if (turn < 3) CHECK(started<StartModel>(bench.plan()).size() == 1);
  }
  CHECK(reason_after(bench) == "no_progress");
}

TEST_CASE("limits of zero are none") {
  RunLimits limits;
  limits.steps = limits.repeats = 0;
  MachineBench bench(limits);
  bench.tools.add("a.x", Effect::read);
  for (int turn = 0; turn < 60; ++turn) {
    const std::string id = bench.reply_wants({"a.x"});
    bench.step();
    bench.run.tool_returned(id, "same");
  }
  bench.run.now += 1'000'000'000'000;
  CHECK(started<StartModel>(bench.plan()).size() == 1);
}

TEST_CASE("a question of the agent's is asked once and the run goes on with its answer") {
  MachineBench bench;
  bench.agent.decide = [](const RunState& state) -> std::vector<Action> {
    const auto asked = state.questions.find("city");
    if (asked == state.questions.end() || !asked->second.answer) {
      return {Ask{"city", "Which city?", nullptr, Json::array({"Oslo", "Rome"})}};
    }
    return {Complete{asked->second.answer->get<std::string>()}};
  };
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "question.asked");
  CHECK(field(plan.events[0], "purpose") == "ask");
  CHECK(bench.plan().events.empty());
  bench.run.answered("city", "Rome");
  bench.step();
  CHECK(bench.run.state.text == "Rome");
}

TEST_CASE("a timer is set once") {
  MachineBench bench;
  bench.agent.decide = [](const RunState&) -> std::vector<Action> { return {SetTimer{"nap", 77}}; };
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "timer.set");
  CHECK(integer_at(plan.events[0].fields, "due") == 77);
  CHECK(bench.plan().events.empty());
  bench.run.add(EventKind::timer_fired, "", Json{{"timer", "nap"}});
  CHECK(bench.plan().events.empty());
}

TEST_CASE(
    "an agent's failure ends the run with its reason, and what it wanted besides is dropped") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::read);
  const std::string id = bench.reply_wants({"a.x"});
  bench.agent.decide = [id](const RunState&) -> std::vector<Action> {
    return {CallTool{id}, Fail{"refused", "I will not"}, CallModel{}};
  };
  const Plan plan = bench.step();
  CHECK(shape_of(plan.events) == "run.failed");
  CHECK(plan.events[0].reason == "refused");
  CHECK(plan.starts.empty());
}

TEST_CASE("nothing is planned for a run that has ended") {
  MachineBench bench;
  bench.adopt(plan_cancel(bench.run.state, "ann").events);
  const Plan plan = bench.plan();
  CHECK(plan.events.empty());
  CHECK(plan.starts.empty());
}

TEST_CASE("the same state always gives the same plan") {
  MachineBench bench;
  bench.tools.add("a.x", Effect::once);
  bench.tools.add("a.y", Effect::read);
  bench.policy.rules["a.x"] = PolicyDecision{Verdict::ask, "ask a.x"};
  bench.reply_wants({"a.x", "a.y", "nobody.knows"});
  const Plan one = bench.plan();
  const Plan two = bench.plan();
  REQUIRE(one.events.size() == two.events.size());
  for (std::size_t i = 0; i < one.events.size(); ++i) {
    CHECK(to_record(one.events[i]).body == to_record(two.events[i]).body);
  }
}

}  // namespace
}  // namespace yoke
