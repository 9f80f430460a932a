#include "tools/grants.h"

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"

using yoke::Errc;
using yoke::GrantDecision;
using yoke::Grants;
using yoke::Json;
using yoke::ScriptOrigin;
using yoke::TempFolder;
using yoke::ToolSpec;

namespace {

constexpr yoke::Micros kNow = 1'700'000'000'000'000;

ToolSpec spec(const Json& permissions, const std::string& hash = "aa") {
  ToolSpec spec;
  spec.name = "weather.now";
  spec.permissions = permissions;
  spec.source_hash = hash;
  return spec;
}

Grants opened_grants(const TempFolder& folder) {
  auto grants = Grants::open(folder.at("yoke.lock").string());
  REQUIRE(grants);
  return std::move(*grants);
}

const Json kNet = {{"net", {"api.example"}}};

}  // namespace

TEST_CASE("an own tool that only computes or reads needs no grant") {
  TempFolder folder;
  const Grants grants = opened_grants(folder);
  CHECK(grants.decide(spec(Json::object()), ScriptOrigin::own).granted);
  CHECK(grants.decide(spec({{"read", {"data"}}}), ScriptOrigin::own).granted);
  CHECK_FALSE(grants.decide(spec({{"write", {"data"}}}), ScriptOrigin::own).granted);
}

TEST_CASE("an own tool is asked about at first sight of an effect, in plain words") {
  TempFolder folder;
  const GrantDecision decision = opened_grants(folder).decide(spec(kNet), ScriptOrigin::own);
  CHECK_FALSE(decision.granted);
  CHECK(decision.powers == std::vector<std::string>{"connect to api.example"});
  CHECK(decision.why ==
        "the tool 'weather.now' was never granted (it wants to connect to api.example): run "
        "`yoke tools grant weather.now` to allow it");
}

TEST_CASE("a grant is remembered in yoke.lock and survives a change of own code") {
  TempFolder folder;
  Grants grants = opened_grants(folder);
  REQUIRE(grants.grant(spec(kNet), ScriptOrigin::own, kNow));
  const Grants later = opened_grants(folder);
  CHECK(later.decide(spec(kNet), ScriptOrigin::own).granted);
  CHECK(later.decide(spec(kNet, "bb"), ScriptOrigin::own).granted);
  CHECK(later.entries().at("weather.now").granted_at == kNow);
}

TEST_CASE("an own tool is asked about again when its permissions grow, not when they shrink") {
  TempFolder folder;
  Grants grants = opened_grants(folder);
  const Json wide = {{"net", {"api.example"}}, {"write", {"out"}}};
  REQUIRE(grants.grant(spec(wide), ScriptOrigin::own, kNow));
  CHECK(grants.decide(spec(kNet), ScriptOrigin::own).granted);
  const Json wider = {{"net", {"api.example", "evil.example"}}, {"write", {"out"}}};
  const GrantDecision decision = grants.decide(spec(wider), ScriptOrigin::own);
  CHECK_FALSE(decision.granted);
  CHECK(decision.powers == std::vector<std::string>{"connect to evil.example"});
}

TEST_CASE("a stranger's tool is asked about even when it only computes") {
  TempFolder folder;
  const GrantDecision decision =
      opened_grants(folder).decide(spec(Json::object()), ScriptOrigin::stranger);
  CHECK_FALSE(decision.granted);
  CHECK(decision.why.find("comes from elsewhere") != std::string::npos);
}

TEST_CASE("a stranger's grant ends when its file or its permissions change") {
  TempFolder folder;
  Grants grants = opened_grants(folder);
  REQUIRE(grants.grant(spec(kNet, "aa"), ScriptOrigin::stranger, kNow));
  CHECK(grants.decide(spec(kNet, "aa"), ScriptOrigin::stranger).granted);
  const GrantDecision changed = grants.decide(spec(kNet, "bb"), ScriptOrigin::stranger);
  CHECK_FALSE(changed.granted);
  CHECK(changed.why.find("has changed since it was granted") != std::string::npos);
  const Json more = {{"net", {"api.example"}}, {"kv", "write"}};
  CHECK_FALSE(grants.decide(spec(more, "aa"), ScriptOrigin::stranger).granted);
}

TEST_CASE("a grant of an own tool says nothing of a stranger's by the same name") {
  TempFolder folder;
  Grants grants = opened_grants(folder);
  REQUIRE(grants.grant(spec(kNet, "aa"), ScriptOrigin::own, kNow));
  CHECK_FALSE(grants.decide(spec(kNet, "aa"), ScriptOrigin::stranger).granted);
}

TEST_CASE("two processes that grant do not lose each other's entries") {
  TempFolder folder;
  Grants first = opened_grants(folder);
  Grants second = opened_grants(folder);
  ToolSpec other = spec(kNet);
  other.name = "other.tool";
  REQUIRE(first.grant(spec(kNet), ScriptOrigin::own, kNow));
  REQUIRE(second.grant(other, ScriptOrigin::own, kNow));
  CHECK(opened_grants(folder).entries().size() == 2);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a broken yoke.lock grants nothing and says where it is broken") {
  TempFolder folder;
  for (const std::string text :
       {"", "[]", "{\"version\":2}", "{\"version\":1,\"tools\":[]}",
        "{\"version\":1,\"tools\":{\"a\":{\"origin\":\"mine\"}}}",
        "{\"version\":1,\"tools\":{\"a\":{\"origin\":\"own\",\"permissions\":{\"nett\":[]},"
        "\"granted_at\":\"2026-11-21T10:00:00.000000Z\"}}}"}) {
    folder.write("yoke.lock", text);
    const auto grants = Grants::open(folder.at("yoke.lock").string());
    INFO(text);
    REQUIRE_FALSE(grants);
    CHECK(grants.error().message().find("yoke.lock: ") != std::string::npos);
  }
}

TEST_CASE("permissions are described one power a line") {
  CHECK(*yoke::describe_permissions(Json::object()) ==
        std::vector<std::string>{"compute, and nothing else"});
  CHECK_FALSE(yoke::describe_permissions({{"nett", 1}}));
}

TEST_CASE("what was pinned is remembered beside the grants until it is taken away") {
  TempFolder folder;
  Grants grants = opened_grants(folder);
  REQUIRE(grants.pin("plugins", "menu", "ab12", kNow));
  REQUIRE(grants.grant(spec(kNet), ScriptOrigin::own, kNow));
  const Grants later = opened_grants(folder);
  CHECK(later.pin_of("plugins", "menu") == "ab12");
  CHECK(later.pin_of("plugins", "other").empty());
  CHECK(later.decide(spec(kNet), ScriptOrigin::own).granted);
  REQUIRE(grants.pin("plugins", "menu", "", kNow));
  CHECK(opened_grants(folder).pin_of("plugins", "menu").empty());
}
