#include <array>

#include "tests/support/mock_openai.h"

namespace yoke::testing {
namespace {

std::string last_user_text(const Json& request) {
  std::string text;
  for (const Json& message : member_at(request, "messages")) {
    if (string_at(message, "role") == "user") text = string_at(message, "content");
  }
  return text;
}

// Tool results since the last message of a person.
int results_so_far(const Json& request) {
  int count = 0;
  for (const Json& message : member_at(request, "messages")) {
    const std::string role = string_at(message, "role");
    if (role == "user") count = 0;
    count += role == "tool";
  }
  return count;
}

std::string first_tool(const Json& request) {
  const Json& tools = member_at(request, "tools");
  if (!tools.is_array() || tools.empty()) return {};
  return string_at(member_at(tools.front(), "function"), "name");
}

MockTurn echo(const Json& request, int) {
  MockTurn turn;
  turn.text = "You said: " + last_user_text(request);
  return turn;
}

// One call of the first tool, then an answer from its result.
MockTurn one_call(const Json& request, int number) {
  MockTurn turn;
  turn.reasoning = "A tool knows that.";
  if (results_so_far(request) == 0 && !first_tool(request).empty()) {
    turn.calls.push_back({"call_" + std::to_string(number), first_tool(request), "{}"});
    return turn;
  }
  turn.text = "The tool said: " + string_at(member_at(request, "messages").back(), "content");
  return turn;
}

MockTurn fifty_calls(const Json& request, int number) {
  if (results_so_far(request) > 0) return echo(request, number);
  MockTurn turn;
  for (int at = 0; at < 50; ++at) {
    const std::string args = "{\"n\":" + std::to_string(at) + "}";
    turn.calls.push_back({"call_" + std::to_string(at), first_tool(request), args});
  }
  return turn;
}

MockTurn bad_args(const Json& request, int number) {
  if (results_so_far(request) > 0) return echo(request, number);
  MockTurn turn;
  turn.calls.push_back({"call_bad", first_tool(request), "{\"place\": Oslo"});
  return turn;
}

MockTurn unknown_tool(const Json& request, int number) {
  if (results_so_far(request) > 0) return echo(request, number);
  MockTurn turn;
  turn.calls.push_back({"call_unknown", "no_such_tool", "{}"});
  return turn;
}

MockTurn quota_once(const Json& request, int number) {
  if (number > 1) return echo(request, number);
  MockTurn turn;
  turn.fault = MockFault::status;
  turn.status = 429;
  turn.headers = {{"Retry-After", "1"}};
  return turn;
}

struct Scenario {
  std::string_view name;
  MockTurn (*turn)(const Json& request, int number);
};
constexpr std::array kScenarios{
    Scenario{"echo", echo},
    Scenario{"one-call", one_call},
    Scenario{"fifty-calls", fifty_calls},
    Scenario{"bad-args", bad_args},
    Scenario{"unknown-tool", unknown_tool},
    Scenario{"quota-once", quota_once},
};

struct NamedFault {
  std::string_view name;
  MockFault fault;
};
constexpr std::array kFaults{
    NamedFault{"status", MockFault::status},
    NamedFault{"nothing", MockFault::nothing},
    NamedFault{"silence", MockFault::silence},
    NamedFault{"empty-body", MockFault::empty_body},
    NamedFault{"not-json", MockFault::not_json},
    NamedFault{"html", MockFault::html},
    NamedFault{"error-in-200", MockFault::error_in_200},
    NamedFault{"no-choices", MockFault::no_choices},
    NamedFault{"empty-reply", MockFault::empty_reply},
    NamedFault{"cut", MockFault::cut},
    NamedFault{"clean-end", MockFault::clean_end},
    NamedFault{"stall", MockFault::stall},
    NamedFault{"malformed-event", MockFault::malformed_event},
    NamedFault{"no-done", MockFault::no_done},
    NamedFault{"done-only", MockFault::done_only},
    NamedFault{"big-event", MockFault::big_event},
    NamedFault{"endless", MockFault::endless},
    NamedFault{"dribble", MockFault::dribble},
};

}  // namespace

std::vector<std::string> scenario_names() {
  std::vector<std::string> names;
  for (const Scenario& scenario : kScenarios) names.emplace_back(scenario.name);
  for (const NamedFault& fault : kFaults) names.emplace_back(fault.name);
  return names;
}

MockTurn scenario_turn(const std::string& name, const Json& request, int number) {
  for (const Scenario& scenario : kScenarios) {
    if (scenario.name == name) return scenario.turn(request, number);
  }
  for (const NamedFault& fault : kFaults) {
    if (fault.name != name) continue;
    MockTurn turn;
    turn.fault = fault.fault;
    if (fault.fault != MockFault::empty_reply) turn.text = "Once upon a time there was a server.";
    return turn;
  }
  MockTurn turn;
  turn.fault = MockFault::status;
  turn.status = 404;
  turn.body =
      "{\"error\":{\"message\":\"The model '" + name +
      "' does not exist\",\"type\":\"invalid_request_error\",\"code\":\"model_not_found\"}}";
  return turn;
}

}  // namespace yoke::testing
