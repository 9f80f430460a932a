#include "agents/definition.h"

#include <catch2/catch.hpp>
#include <limits>

namespace yoke {
namespace {

// The specification of an agent that says this besides its name.
Result<AgentSpec> spec_of(Json fields) {
  fields["name"] = "clerk";
  ScriptDefinition definition;
  definition.kind = "agent";
  definition.fields = std::move(fields);
  definition.line = 3;
  ScriptSource source;
  source.name = "agents/clerk.lua";
  return agent_spec_from(definition, source);
}

std::string complaint(Json fields) {
  const Result<AgentSpec> spec = spec_of(std::move(fields));
  return spec ? std::string() : spec.error().message();
}

std::string complaint_of_limits(const std::string& text) {
  const Result<RunLimits> limits = parse_limits(text, RunLimits{});
  return limits ? std::string() : limits.error().message();
}

TEST_CASE("an answer's bound must be one, because money is reserved by it") {
  CHECK(spec_of({{"output_tokens_max", 1}})->output_tokens_max == 1);
  CHECK(spec_of({{"output_tokens_max", 8000.0}})->output_tokens_max == 8000);
  const std::string refusal =
      "agents/clerk.lua:3: agent: 'output_tokens_max' must be a whole number from 1 to 1000000";
  for (const Json& bad : {Json(0), Json(-1), Json(0.5), Json(1e300), Json("many"), Json(1'000'001),
                          Json(std::numeric_limits<std::uint64_t>::max())}) {
    INFO(to_text(bad));
    CHECK(complaint({{"output_tokens_max", bad}}) == refusal);
  }
}

TEST_CASE("a temperature is a number from 0 to 2") {
  CHECK(spec_of({{"temperature", 0}})->temperature == 0.0);
  CHECK(spec_of({{"temperature", 0.7}})->temperature == 0.7);
  for (const Json& bad : {Json("hot"), Json(-0.1), Json(2.1), Json(true),
                          Json(std::numeric_limits<double>::quiet_NaN())}) {
    INFO(to_text(bad));
    CHECK(complaint({{"temperature", bad}}) ==
          "agents/clerk.lua:3: agent: 'temperature' must be a number from 0 to 2");
  }
}

TEST_CASE("a limit that would be cut down to none is refused") {
  CHECK(
      complaint({{"limits", {{"steps", 0.5}}}}) ==
      "agents/clerk.lua:3: agent: limits.steps must be a whole number from 1 to 1000000000000, or "
      "0 for no limit");
  CHECK(complaint_of_limits("seconds=0.5") ==
        "agent: limits.seconds must be a whole number from 1 to 1000000000, or 0 for no limit");
  CHECK(complaint_of_limits("tokens=1.5").find("limits.tokens must be") != std::string::npos);
  CHECK(complaint_of_limits("usd=0.0000000001") ==
        "agent: limits.usd must be dollars from 0.000000001 to 1000000, or 0 for no limit");
}

TEST_CASE("a limit that no reckoning could hold is refused") {
  for (const char* text : {"steps=1e300", "steps=inf", "steps=nan", "steps=-1", "seconds=1e13",
                           "seconds=-inf", "usd=1e7", "usd=inf", "usd=nan", "usd=-0.01"}) {
    INFO(text);
    CHECK(complaint_of_limits(text).find("must be") != std::string::npos);
  }
}

TEST_CASE("limits are read as they are written, over the defaults") {
  RunLimits defaults;
  defaults.repeats = 7;
  const Result<RunLimits> limits =
      parse_limits("steps=20,tokens=1e5,usd=0.5,seconds=120", defaults);
  REQUIRE(limits.has_value());
  CHECK(limits->steps == 20);
  CHECK(limits->tokens == 100'000);
  CHECK(limits->usd == 500'000'000);
  CHECK(limits->seconds == 120);
  CHECK(limits->repeats == 7);
  CHECK(parse_limits("steps=0", defaults)->steps == 0);
  CHECK(complaint_of_limits("stepz=3").find("did you mean 'steps'?") != std::string::npos);
}

TEST_CASE("a specification that was kept comes back, and one that makes no sense does not") {
  const Result<AgentSpec> spec = spec_of({{"temperature", 0.5}, {"output_tokens_max", 100}});
  REQUIRE(spec.has_value());
  Json kept = to_json(*spec);
  const Result<AgentSpec> back = agent_spec_from_json(kept);
  REQUIRE(back.has_value());
  CHECK(to_json(*back) == kept);
  kept["output_tokens_max"] = 0;
  CHECK_FALSE(agent_spec_from_json(kept).has_value());
}

Result<StrategyOptions> options_with(const Json& fields, bool is_workflow = false) {
  return strategy_options_from(fields, is_workflow);
}

TEST_CASE("a workflow has every tool and agent of its project unless it names some") {
  ScriptDefinition definition;
  definition.kind = "workflow";
  definition.fields = Json{{"name", "w"}, {"limits", {{"children", 3}, {"depth", 2}}}};
  definition.functions = {"run"};
  ScriptSource source;
  source.name = "workflows/w.lua";
  const Result<AgentSpec> spec = agent_spec_from(definition, source);
  REQUIRE(spec.has_value());
  CHECK(spec->tools == std::vector<std::string>{"*"});
  CHECK(spec->strategy == "workflow");
  CHECK(spec->children_at_once == 3);
  CHECK(spec->depth_max == 2);
  CHECK(options_with(definition.fields, true)->agents == std::vector<std::string>{"*"});
  definition.functions = {};
  CHECK(agent_spec_from(definition, source).error().detail ==
        "a workflow has one function: run = function(w, input) … end");
  definition.functions = {"run"};
  definition.fields["instructions"] = "x";
  CHECK(agent_spec_from(definition, source).error().detail ==
        "agent: 'instructions' is no field of a workflow");
}

TEST_CASE("how an agent plans is read from its field plan") {
  CHECK(options_with(Json{{"strategy", "plan"}, {"plan", {{"approve", true}, {"most", 3}}}})
            ->approve_plan);
  CHECK(options_with(Json{{"plan", {{"approve", true}}}}).error().detail ==
        "'plan' is for agents with strategy = \"plan\"");
  CHECK(options_with(Json{{"strategy", "plan"}, {"plan", {{"aprove", true}}}})
            .error()
            .detail.starts_with("plan.aprove: there are plan.approve"));
  CHECK(options_with(Json{{"input", {{"week", "strin"}}}}).error().detail.starts_with("input: "));
}

}  // namespace
}  // namespace yoke
