#include <catch2/catch.hpp>

#include "agents/agent_tools.h"
#include "agents/code_agent.h"
#include "agents/definition.h"
#include "agents/plan_agent.h"
#include "agents/workflow_agent.h"
#include "runtime/ports/durable_source.h"

namespace yoke {
namespace {

AgentSpec spec_with(const std::string& strategy, Json output = nullptr) {
  AgentSpec spec;
  spec.name = "clerk";
  spec.strategy = strategy;
  spec.output_schema = std::move(output);
  return spec;
}

std::shared_ptr<const Agent> agent_with(const std::string& strategy, StrategyOptions options = {},
                                        Json output = nullptr) {
  options.tool_names = {"csv.stats"};
  options.agent_names = {"writer"};
  if (strategy == "workflow") options.script = Json{{"kind", "workflow"}};
  const auto agent = make_agent(spec_with(strategy, std::move(output)), std::move(options));
  REQUIRE(agent.has_value());
  return *agent;
}

// A turn of the model that wants these calls; returns the id of the last.
std::string add_turn(RunState& state, const std::string& tool, const std::vector<Json>& args,
                     const std::string& text = "") {
  Turn& turn = state.turns.emplace_back();
  turn.seq = static_cast<std::int64_t>(10 * state.turns.size());
  turn.reply.role = Role::assistant;
  if (!text.empty()) turn.reply.parts.emplace_back(TextPart{text});
  for (const Json& each : args) {
    ToolCallPart part;
    part.name = tool;
    part.args = each;
    turn.reply.parts.emplace_back(part);
    turn.calls.push_back(call_id_of(turn.seq, turn.calls.size()));
  }
  return turn.calls.empty() ? "" : turn.calls.back();
}

void end_script(RunState& state, const std::string& id, Outcome outcome, Json value,
                const std::string& message = "") {
  CallState& call = state.calls[id];
  call.id = id;
  call.kind = CallKind::script;
  call.outcome = outcome;
  call.value = std::move(value);
  call.message = message;
}

template <class T>
const T& only_action(const std::vector<Action>& actions) {
  REQUIRE(actions.size() == 1);
  REQUIRE(std::holds_alternative<T>(actions[0]));
  return std::get<T>(actions[0]);
}

Json step(const char* id) { return Json{{"id", id}, {"tool", "csv.stats"}, {"inputs", {}}}; }
Json plan_with(const std::vector<Json>& steps) { return Json{{"steps", Json(steps)}}; }

}  // namespace

TEST_CASE("a workflow runs its script once with the run's input, and ends with its value") {
  StrategyOptions options;
  options.input_schema = *expand_shorthand(Json{{"week", "string"}, {"to", {{"default", "all"}}}});
  const auto agent = agent_with("workflow", options);
  RunState state;
  state.input = Json{{"week", "12"}};
  const RunScript script = only_action<RunScript>(agent->next(state));
  CHECK(script.input == Json{{"week", "12"}, {"to", "all"}});
  CHECK(script.source == Json{{"kind", "workflow"}});
  end_script(state, script.call_id, Outcome::ok, Json{{"sent", true}});
  const Complete end = only_action<Complete>(agent->next(state));
  CHECK(end.output == Json{{"sent", true}});
  CHECK(end.text == R"({"sent":true})");
  end_script(state, script.call_id, Outcome::error, nullptr, "workflows/w.lua:3: no luck");
  CHECK(only_action<Fail>(agent->next(state)).message == "workflows/w.lua:3: no luck");
}

TEST_CASE("a workflow's input that does not fit ends the run before anything is done") {
  StrategyOptions options;
  options.input_schema = *expand_shorthand(Json{{"week", "string"}});
  const auto agent = agent_with("workflow", options);
  RunState state;
  CHECK(only_action<Fail>(agent->next(state)).reason == "input.invalid");
  state.task = "do it";
  CHECK(only_action<Fail>(agent->next(state)).message.find("it takes no task in words") !=
        std::string::npos);
}

TEST_CASE("a workflow's value must fit its output") {
  const auto agent = agent_with("workflow", {}, *expand_shorthand(Json{{"sent", "boolean"}}));
  RunState state;
  const std::string id = only_action<RunScript>(agent->next(state)).call_id;
  end_script(state, id, Outcome::ok, Json{{"sent", "yes"}});
  CHECK(only_action<Fail>(agent->next(state)).reason == "output.invalid");
}

TEST_CASE("in code mode the model's script is run, and its value goes to the model") {
  const auto agent = agent_with("code");
  RunState state;
  only_action<CallModel>(agent->next(state));
  const std::string id = add_turn(state, kCodeTool, {Json{{"script", "return 1"}}});
  const RunScript script = only_action<RunScript>(agent->next(state));
  CHECK(script.call_id == id);
  const Result<DurableSource> source = durable_source_from_json(script.source);
  REQUIRE(source.has_value());
  CHECK(source->script.text == "return 1");
  CHECK(source->tools == std::vector<std::string>{"csv.stats"});
  CHECK(source->script.origin == ScriptOrigin::stranger);
  end_script(state, id, Outcome::ok, 1);
  only_action<CallModel>(agent->next(state));
}

TEST_CASE("a script's value that fits the agent's output is the answer") {
  const auto agent = agent_with("code", {}, *expand_shorthand(Json{{"mean", "number"}}));
  RunState state;
  const std::string id = add_turn(state, kCodeTool, {Json{{"script", "return {mean = 2}"}}});
  end_script(state, id, Outcome::ok, Json{{"mean", 2}});
  CHECK(only_action<Complete>(agent->next(state)).output == Json{{"mean", 2}});
  end_script(state, id, Outcome::ok, Json{{"rows", 2}});
  only_action<CallModel>(agent->next(state));
}

TEST_CASE("a script that fails again and again ends the run") {
  const auto agent = agent_with("code");
  RunState state;
  for (int i = 0; i <= CodeAgent::kMendsMax; ++i) {
    if (i > 0) only_action<CallModel>(agent->next(state));
    const std::string id = add_turn(state, kCodeTool, {Json{{"script", "x"}}});
    end_script(state, id, Outcome::error, nullptr, "script.lua:1: no");
  }
  CHECK(only_action<Fail>(agent->next(state)).reason == "code.failed");
}

TEST_CASE("in code mode a model is shown its tools as Lua functions, and offered one call") {
  const auto agent = agent_with("code");
  ModelRequest request;
  request.instructions = "Be brief.";
  request.tools.push_back(tool_of_strategy(*agent)->spec());
  ToolSpec& stats = request.tools.emplace_back();
  stats.name = "csv.stats";
  stats.description = "Sums up a column.";
  stats.input_schema = *expand_shorthand(
      Json{{"file", "string"}, {"column", "string?"}, {"by", {{"enum", {"mean", "sum"}}}}});
  stats.output_schema = *expand_shorthand(Json{{"rows", {{"list", "number"}}}});
  CHECK(lua_signature(stats) ==
        "tools.csv.stats{ by: \"mean\" | \"sum\", column?: string, file: string } -> "
        "{ rows: number[] }  -- Sums up a column.");
  agent->shape(request);
  REQUIRE(request.tools.size() == 1);
  CHECK(request.tools[0].name == kCodeTool);
  CHECK(request.instructions.find("tools.csv.stats{") != std::string::npos);
}

TEST_CASE("a plan is put on record and carried out, and what it came to goes to the model") {
  const auto agent = agent_with("plan");
  RunState state;
  state.task = "the facts";
  only_action<CallModel>(agent->next(state));
  const std::string id = add_turn(state, kPlanTool, {plan_with({step("a")})});
  const std::vector<Action> actions = agent->next(state);
  REQUIRE(actions.size() == 2);
  const auto& proposal = std::get<ProposePlan>(actions[0]);
  const auto& script = std::get<RunScript>(actions[1]);
  CHECK(script.call_id == id);
  CHECK(script.input["plan"] == proposal.plan);
  CHECK(script.input["task"] == "the facts");
  end_script(state, id, Outcome::ok, Json{{"done", {{"a", 7}}}, {"failed", Json::object()}});
  only_action<CallModel>(agent->next(state));
  add_turn(state, kPlanTool, {}, "It is 7.");
  CHECK(only_action<Complete>(agent->next(state)).text == "It is 7.");
}

TEST_CASE("while a script or a plan is carried out nothing more is wanted, however long it is") {
  StrategyOptions saved;
  saved.plan = plan_with({step("a")});
  struct Case {
    const char* strategy;
    StrategyOptions options;
    const char* tool;
    Json args;
  };
  for (const Case& each :
       {Case{"plan", {}, kPlanTool, plan_with({step("a")})}, Case{"plan", saved, "", nullptr},
        Case{"code", {}, kCodeTool, Json{{"script", "return 1"}}},
        Case{"workflow", {}, "", nullptr}}) {
    INFO(each.strategy << " " << each.tool);
    const auto agent = agent_with(each.strategy, each.options);
    RunState state;
    if (*each.tool != '\0') add_turn(state, each.tool, {each.args});
    const std::vector<Action> actions = agent->next(state);
    REQUIRE(std::holds_alternative<RunScript>(actions.back()));
    const std::string id = std::get<RunScript>(actions.back()).call_id;
    end_script(state, id, Outcome::ok, nullptr);
    state.calls[id].open = true;
    CHECK(agent->next(state).empty());
  }
}

TEST_CASE("a plan after a failed step may use what was done before it") {
  const auto agent = agent_with("plan");
  RunState state;
  const std::string first = add_turn(state, kPlanTool, {plan_with({step("a"), step("b")})});
  end_script(state, first, Outcome::ok, Json{{"done", {{"a", 7}}}, {"failed", {{"b", "no"}}}});
  Json second = step("c");
  second["inputs"] = Json{{"x", "$a"}};
  add_turn(state, kPlanTool, {Json{{"steps", {second}}, {"why", "b failed"}}});
  const std::vector<Action> actions = agent->next(state);
  REQUIRE(actions.size() == 2);
  CHECK(std::get<ChangePlan>(actions[0]).why == "b failed");
  CHECK(std::get<RunScript>(actions[1]).input["known"] == Json{{"a", 7}});
  second["inputs"] = Json{{"x", "$b"}};
  add_turn(state, kPlanTool, {plan_with({second})});
  CHECK(only_action<RunScript>(agent->next(state)).input["problem"] ==
        "the plan: step 'c' refers to '$b', which is no step of it");
}

TEST_CASE("plans that cannot be carried out, or are too many, end in a refusal and then the run") {
  StrategyOptions few;
  few.plans_max = 1;
  const auto agent = agent_with("plan", few);
  RunState state;
  const std::string done = add_turn(state, kPlanTool, {plan_with({step("a")})});
  end_script(state, done, Outcome::ok, Json{{"done", {{"a", 7}}}});
  for (int i = 0; i <= PlanAgent::kMendsMax; ++i) {
    const std::string id = add_turn(state, kPlanTool, {plan_with({step("b")})});
    const std::string problem =
        string_at(only_action<RunScript>(agent->next(state)).input, "problem");
    CHECK(problem == "this run has carried out its 1 plans: answer with what you have");
    end_script(state, id, Outcome::error, nullptr, problem);
  }
  CHECK(only_action<Fail>(agent->next(state)).reason == "plan.invalid");
}

TEST_CASE("a person approves, edits or refuses a plan before it is carried out") {
  StrategyOptions asks;
  asks.approve_plan = true;
  const auto agent = agent_with("plan", asks);
  RunState state;
  const std::string id = add_turn(state, kPlanTool, {plan_with({step("a")})});
  std::vector<Action> actions = agent->next(state);
  REQUIRE(actions.size() == 2);
  const Ask ask = std::get<Ask>(actions[1]);
  CHECK(ask.body["steps"][0]["id"] == "a");
  QuestionState& question = state.questions[ask.id];
  question.id = ask.id;
  question.by = "kari";
  actions = agent->next(state);
  CHECK(std::holds_alternative<Ask>(actions.back()));  // until it is answered
  question.answer = Json("yes");
  CHECK(std::holds_alternative<RunScript>(agent->next(state).back()));
  question.answer = Json{{"approve", true}, {"plan", plan_with({step("b")})}};
  actions = agent->next(state);
  CHECK(std::get<ChangePlan>(actions[0]).by == "kari");
  CHECK(std::get<RunScript>(actions[1]).input["plan"]["steps"][0]["id"] == "b");
  question.answer = Json{{"approve", true}, {"plan", {{"steps", "none"}}}};
  actions = agent->next(state);
  CHECK(std::get<Ask>(actions[1]).title.find("The edited one cannot be") != std::string::npos);
  question.answer = Json("not today");
  CHECK(only_action<RunScript>(agent->next(state)).input["problem"] ==
        "kari said no to the plan: not today");
  CHECK(only_action<RunScript>(agent->next(state)).call_id == id);
}

TEST_CASE("a saved plan is carried out without asking a model to plan") {
  StrategyOptions saved;
  saved.plan = plan_with({step("a")});
  const auto agent = agent_with("plan", saved);
  RunState state;
  state.input = Json{{"week", "13"}};
  const std::vector<Action> actions = agent->next(state);
  REQUIRE(actions.size() == 2);
  const auto& script = std::get<RunScript>(actions[1]);
  CHECK(script.input["input"] == Json{{"week", "13"}});
  CHECK(script.input["final"]["prompt"] == R"({"week":"13"})");
  end_script(state, script.call_id, Outcome::ok, Json{{"done", {}}, {"text", "Well."}});
  CHECK(only_action<Complete>(agent->next(state)).text == "Well.");
}

TEST_CASE("a strategy's options are kept with the run") {
  StrategyOptions options;
  options.input_schema = *expand_shorthand(Json{{"week", "string"}});
  options.agents = {"*"};
  options.approve_plan = true;
  options.plans_max = 2;
  options.plan = plan_with({step("a")});
  const Json kept = to_json(options);
  CHECK(to_json(*strategy_options_from_json(kept)) == kept);
}

TEST_CASE("a subagent is a tool that takes its input, or a task in words") {
  StrategyOptions options;
  const auto plain = agent_with("loop");
  const auto tool = tool_for_agent("writer", *plain);
  REQUIRE(tool.has_value());
  CHECK((*tool)->spec().name == "agent:writer");
  CHECK((*tool)->spec().agent == "writer");
  CHECK((*tool)->check(Json{{"task", "x"}}).has_value());
  CHECK_FALSE((*tool)->check(Json::object()).has_value());
  options.input_schema = *expand_shorthand(Json{{"week", "integer"}});
  const auto typed = tool_for_agent("report", *agent_with("loop", options));
  CHECK((*typed)->check(Json{{"week", 3}}).has_value());
  CHECK_FALSE((*typed)->check(Json{{"task", "x"}}).has_value());
}

}  // namespace yoke
