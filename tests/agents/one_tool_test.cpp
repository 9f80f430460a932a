#include "agents/one_tool.h"

#include <catch2/catch.hpp>

#include "agents/definition.h"

namespace yoke::testing {
namespace {

RunState with_call(Outcome outcome, Json value, const std::string& message) {
  RunState state;
  state.input = Json{{"n", 1}};
  CallState call;
  call.id = "call";
  call.outcome = outcome;
  call.value = std::move(value);
  call.message = message;
  state.calls["call"] = call;
  return state;
}

}  // namespace

TEST_CASE("an agent of one tool wants that call with its input, and again while it is open") {
  const auto agent = one_tool_agent("mcp", "csv.stats");
  RunState state;
  state.input = Json{{"file", "a.csv"}};
  const auto wanted = std::get<CallNamed>(agent->next(state).front());
  CHECK(wanted.tool == "csv.stats");
  CHECK(wanted.args == state.input);
  state.calls[wanted.call_id].open = true;
  CHECK(std::get<CallNamed>(agent->next(state).front()).call_id == wanted.call_id);
}

TEST_CASE("an agent of one tool ends as its call does") {
  const auto agent = one_tool_agent("mcp", "csv.stats");
  const RunState good = with_call(Outcome::ok, Json{{"rows", 3}}, "");
  const auto complete = std::get<Complete>(agent->next(good).front());
  CHECK(complete.output == Json{{"rows", 3}});
  CHECK(complete.text == "{\"rows\":3}");
  const RunState said = with_call(Outcome::ok, "three", "");
  CHECK(std::get<Complete>(agent->next(said).front()).text == "three");
  const RunState refused = with_call(Outcome::denied, nullptr, "ann said no");
  const auto fail = std::get<Fail>(agent->next(refused).front());
  CHECK(fail.reason == "tool.denied");
  CHECK(fail.message == "ann said no");
}

TEST_CASE("an agent of one tool is restored from its specification") {
  const Json spec = to_json(one_tool_agent("mcp", "csv.stats")->spec());
  REQUIRE(is_one_tool(spec));
  const auto agent = restore_one_tool(spec);
  CHECK(agent->spec().name == "mcp");
  CHECK(agent->spec().tools == std::vector<std::string>{"csv.stats"});
  CHECK_FALSE(is_one_tool(Json{{"strategy", "loop"}, {"tools", {"a"}}}));
  CHECK_FALSE(is_one_tool(Json{{"strategy", "one_tool"}, {"tools", Json::array()}}));
}

}  // namespace yoke::testing
