#include "tools/bundled.h"

#include <catch2/catch.hpp>

#include "tests/tools/bundled_fixture.h"
#include "tools/bundled_files.h"
#include "tools/tool_bundle.h"
#include "tools/tool_registry.h"

using yoke::bundled_source;
using yoke::BundledFixture;
using yoke::Json;
using yoke::Result;
using yoke::ScriptOrigin;
using yoke::ScriptSource;

namespace {

// Settings that switch on all that a group has.
const std::vector<std::pair<std::string, Json>> kGroups = {
    {"csv", Json{{"read", {"data"}}}},
    {"files", Json{{"read", {"data"}}, {"write", {"out"}}}},
    {"http", Json{{"net", {"*.example.org"}}}},
    {"json", Json::object()},
    {"mail", Json{{"webhook", "https://hooks.example/x"}, {"from", "bot@example.org"}}},
    {"math", Json::object()},
    {"memory", Json::object()},
    {"notes", Json::object()},
    {"sqlite", Json{{"read", {"data/a.db"}}}},
    {"text", Json::object()},
    {"time", Json::object()},
    {"web", Json{{"provider", "searxng"}, {"url", "https://search.example"}, {"net", {"*"}}}},
};

}  // namespace

TEST_CASE("the scripts in the program are those of the folder") {
  for (const yoke::BundledFile& file : yoke::bundled_files()) {
    std::stringstream text;
    text << std::ifstream("scripts/" + std::string(file.name)).rdbuf();
    CHECK(text.str() == file.text);
  }
  CHECK(yoke::bundled_groups().size() == kGroups.size());
}

TEST_CASE("every bundled tool loads, begins with its group's name and says when to use it") {
  BundledFixture fixture;
  for (const auto& [group, settings] : kGroups) {
    INFO(group);
    fixture.use(group, settings);
    CHECK_FALSE(fixture.tools.empty());
    for (const auto& tool : fixture.tools) {
      CHECK(tool->spec().name.starts_with(group + "."));
      CHECK(tool->spec().description.size() > 10);
      CHECK(tool->spec().description.size() < 700);
      CHECK(tool->grant().granted);
      CHECK(tool->origin() == ScriptOrigin::bundled);
    }
  }
}

TEST_CASE("pure groups touch nothing") {
  BundledFixture fixture;
  for (const std::string& group : yoke::bundled_groups()) {
    if (!yoke::is_pure_group(group)) continue;
    fixture.use(group);
    for (const auto& tool : fixture.tools) CHECK(tool->spec().permissions.empty());
  }
}

TEST_CASE("a source is the program's own to the byte, whatever data its settings hold") {
  const Json settings = {{"net", {"a.example", "]=]", "\"}])"}}};
  const ScriptSource source = *bundled_source("http", settings);
  CHECK(yoke::is_bundled(source));
  ScriptSource changed = source;
  changed.text += " ";
  CHECK_FALSE(yoke::is_bundled(changed));
  changed = source;
  changed.name = "tools/http.lua";
  CHECK_FALSE(yoke::is_bundled(changed));
  changed = source;
  changed.libs.emplace_back("lib.zzz", "return 1");
  CHECK_FALSE(yoke::is_bundled(changed));
  for (std::size_t i = 0; i < source.libs.size(); ++i) {
    changed = source;
    changed.libs[i].second += "\nlog.info('x')";
    CHECK_FALSE(yoke::is_bundled(changed));
  }
  changed = source;
  for (auto& [name, text] : changed.libs) {
    if (name == "lib.settings") text = "log.info('x') return json.decode([=[{}]=])\n";
  }
  CHECK_FALSE(yoke::is_bundled(changed));
  CHECK_FALSE(bundled_source("htpt", {}).has_value());
  CHECK_FALSE(bundled_source("lib/rows", {}).has_value());
}

TEST_CASE("a run keeps its bundled tools, and one that was changed counts as the project's") {
  BundledFixture fixture;
  fixture.use("time");
  yoke::ToolRegistry registry;
  for (auto& tool : fixture.tools) REQUIRE(registry.add(std::move(tool)));
  Json kept = yoke::bundle(registry);
  const auto origin_of = [&](const Json& from) {
    auto set = yoke::restore(from, fixture.services);
    REQUIRE(set);
    return dynamic_cast<const yoke::LuaTool&>(*(*set)->find("time.now")).origin();
  };
  CHECK(origin_of(kept) == ScriptOrigin::bundled);
  for (auto& [key, source] : kept["sources"].items()) {
    source["text"] = "-- of another version\n" + source["text"].get<std::string>();
  }
  CHECK(origin_of(kept) == ScriptOrigin::own);
}
