#include "tools/tool_registry.h"

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"

#include "runtime/base/text.h"

using yoke::Errc;
using yoke::Json;
using yoke::Result;
using yoke::Tool;
using yoke::ToolRegistry;
using yoke::ToolSpec;

namespace {

// A tool that is listed and never called.
class NamedTool final : public Tool {
 public:
  NamedTool(std::string name, std::string origin) {
    spec_.name = std::move(name);
    spec_.origin = std::move(origin);
  }
  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override { return args; }
  yoke::awaitable<yoke::ToolOutcome> call(yoke::ToolRequest, yoke::CallContext&) override {
    co_return yoke::ToolOutcome{};
  }
  yoke::awaitable<yoke::ProbeOutcome> probe(yoke::ToolRequest, yoke::CallContext&) override {
    co_return yoke::ProbeOutcome{};
  }

 private:
  ToolSpec spec_;
};

Result<void> add(ToolRegistry& registry, const std::string& name, const std::string& origin) {
  return registry.add(std::make_unique<NamedTool>(name, origin));
}

std::string names_in(const yoke::ToolSet& set) {
  std::vector<std::string> names;
  for (const ToolSpec* spec : set.list()) names.push_back(spec->name);
  return yoke::join(names, " ");
}

}  // namespace

TEST_CASE("tools are found by name and listed in order") {
  ToolRegistry registry;
  REQUIRE(add(registry, "csv.stats", "lua:tools/csv.lua"));
  REQUIRE(add(registry, "agent:writer", "agents/writer.lua"));
  CHECK(names_in(registry) == "agent:writer csv.stats");
  CHECK(registry.find("csv.stats") != nullptr);
  CHECK(registry.find("csv") == nullptr);
}

TEST_CASE("two tools of one name are an error that names both places") {
  ToolRegistry registry;
  REQUIRE(add(registry, "csv.stats", "lua:tools/a.lua"));
  const auto twice = add(registry, "csv.stats", "lua:tools/b.lua");
  REQUIRE_FALSE(twice);
  CHECK(twice.error().code == Errc::conflict);
  CHECK(twice.error().detail ==
        "the tool 'csv.stats' is there twice: in lua:tools/a.lua and in lua:tools/b.lua");
}

TEST_CASE("two names that look the same to a model are an error") {
  ToolRegistry registry;
  REQUIRE(add(registry, "csv.stats", "one"));
  const auto alike = add(registry, "csv_stats", "two");
  REQUIRE_FALSE(alike);
  CHECK(alike.error().detail.find("look the same to models") != std::string::npos);
  CHECK(registry.find("csv_stats") == nullptr);
}

TEST_CASE("a tool name is lower-case parts joined by dots, of at most 64 characters") {
  for (const std::string good : {"a", "csv.stats", "a-b.c_d.e1", "plugin:contacts.findPerson"}) {
    CHECK(yoke::check_tool_name(good));
  }
  for (const std::string bad :
       {"", ".", "a.", "a..b", "Csv.stats", "a b", "a/b", ":a", "a:b:c", "Plugin:a", "a\xc3\xa9"}) {
    INFO(bad);
    CHECK_FALSE(yoke::check_tool_name(bad));
  }
  CHECK(yoke::check_tool_name(std::string(64, 'a')));
  CHECK_FALSE(yoke::check_tool_name(std::string(65, 'a')));
}

TEST_CASE("an agent gets the tools that its globs name, each once") {
  ToolRegistry registry;
  for (const char* name : {"csv.stats", "csv.filter", "mail.send"}) {
    REQUIRE(add(registry, name, name));
  }
  const auto some = registry.select({"csv.*", "csv.stats"});
  REQUIRE(some);
  CHECK(names_in(**some) == "csv.filter csv.stats");
  CHECK((*some)->find("mail.send") == nullptr);
  CHECK((*some)->find("csv.stats") == registry.find("csv.stats"));
}

TEST_CASE("a pattern that names nothing is an error with the nearest name") {
  ToolRegistry registry;
  REQUIRE(add(registry, "csv.stats", "x"));
  const auto none = registry.select({"csv.stat"});
  REQUIRE_FALSE(none);
  CHECK(none.error().message() == "there is no tool 'csv.stat' (did you mean 'csv.stats'?)");
  CHECK_FALSE(registry.select({"plugin:*"}));
}

TEST_CASE(
    "a tool that ships with the program and is switched off is an error that says how to add it") {
  ToolRegistry registry;
  REQUIRE(add(registry, "text.search", "x"));
  const auto none = registry.select({"web.search"});
  REQUIRE_FALSE(none);
  CHECK(none.error().message() ==
        "there is no tool 'web.search'; tools 'web.*' ship with Yoke: a section [bundled.web] in "
        "yoke.toml adds them");
}
