#include "models/tool_names.h"

#include <catch2/catch.hpp>

#include <set>

#include "tests/models/fixtures.h"

namespace yoke {
namespace {

ToolNames names_of(const std::vector<std::string>& names) {
  std::vector<ToolSpec> tools;
  for (const std::string& name : names) tools.push_back(tool_named(name));
  return ToolNames(tools);
}

TEST_CASE("a dotted tool name goes out with underscores and comes back with dots") {
  const ToolNames names = names_of({"weather.now", "csv.stats.mean"});
  CHECK(names.wire("weather.now") == "weather_now");
  CHECK(names.wire("csv.stats.mean") == "csv_stats_mean");
  CHECK(names.ours("weather_now") == "weather.now");
  CHECK(names.ours("csv_stats_mean") == "csv.stats.mean");
}

TEST_CASE("two names that would look alike stay apart, whatever their order") {
  for (const auto& order : {std::vector<std::string>{"a.b", "a_b", "a:b"},
                            std::vector<std::string>{"a:b", "a_b", "a.b"}}) {
    const ToolNames names = names_of(order);
    CHECK(names.wire("a_b") == "a_b");
    std::set<std::string> wires;
    for (const std::string& name : order) {
      wires.insert(names.wire(name));
      CHECK(names.ours(names.wire(name)) == name);
    }
    CHECK(wires.size() == 3);
    CHECK(names.wire("a.b").starts_with("a_b_"));
  }
}

TEST_CASE("a name of over 64 characters is cut and ends in its hash") {
  const std::string one = std::string(70, 'x') + "1";
  const std::string other = std::string(70, 'x') + "2";
  const ToolNames names = names_of({one, other});
  CHECK(names.wire(one).size() == kWireNameCharsMax);
  CHECK(names.wire(one) != names.wire(other));
  CHECK(names.ours(names.wire(other)) == other);
}

TEST_CASE("a tool that the request no longer has cannot take the name of one that it has") {
  const ToolNames names = names_of({"a_b"});
  CHECK(names.wire("c.d") == "c_d");
  CHECK(names.wire("a.b") != "a_b");
  CHECK(names.wire("").size() <= kWireNameCharsMax);
  CHECK_FALSE(names.wire("").empty());
}

TEST_CASE("a name that a model made up comes back as it is") {
  const ToolNames names = names_of({"weather.now"});
  CHECK(names.ours("no_such_tool") == "no_such_tool");
  CHECK(names.ours("weather.now") == "weather.now");
}

}  // namespace
}  // namespace yoke
