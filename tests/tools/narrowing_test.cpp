#include "tools/narrowing.h"

#include "tests/tools/lua_fixture.h"

namespace yoke {
namespace {

Narrowing narrowing_of(const std::string& glob, const Json& caps) {
  NarrowingText text{glob, caps, "yoke.toml:7", {}};
  for (const auto& [key, value] : caps.items()) text.places[key] = "yoke.toml:8";
  Result<Narrowing> narrowing = Narrowing::from_tables({text});
  REQUIRE(narrowing);
  return std::move(*narrowing);
}

std::string left_of(const Json& caps, const Json& declared) {
  return to_text(narrowing_of("a.*", caps).apply("a.b", declared).permissions);
}

std::string error_of(const Json& caps) {
  const auto narrowing = Narrowing::from_tables({{"a.*", caps, "yoke.toml:7", {}}});
  return narrowing ? "" : narrowing.error().message();
}

}  // namespace

TEST_CASE("a narrowed tool keeps of each listed permission what both allow") {
  CHECK(left_of({{"net", {"a.example", "*.b.example"}}},
                {{"net", {"a.example", "x.b.example", "c.example", "*.x.b.example"}}}) ==
        R"({"net":["a.example","x.b.example","*.x.b.example"]})");
  CHECK(left_of({{"net", {"a.example:8443"}}}, {{"net", {"*.example"}}}) ==
        R"({"net":["a.example:8443"]})");
  CHECK(left_of({{"net", {"a.example"}}}, {{"net", {"http://a.example:80"}}}) ==
        R"({"net":["a.example:80"]})");
  CHECK(left_of({{"net", {"wiki.corp"}}}, {{"net", {"private:wiki.corp"}}}) ==
        R"({"net":["wiki.corp"]})");
  CHECK(left_of({{"net", {"127.0.0.1"}}}, {{"net", {"127.0.0.1:9"}}}) ==
        R"({"net":["127.0.0.1:9"]})");
  CHECK(left_of({{"read", {"data/in"}}, {"write", Json::array()}},
                {{"read", {"data", "lib"}}, {"write", {"data"}}}) ==
        R"({"read":["data/in"],"write":[]})");
  CHECK(left_of({{"kv", "read"}, {"memory", "none"}}, {{"kv", "write"}, {"memory", "read"}}) ==
        R"({"kv":"read","memory":false})");
  CHECK(left_of({{"tools", {"csv.*"}}, {"model", {"cheap"}}},
                {{"tools", {"csv.stats", "mail.*"}}, {"model", {"*"}}}) ==
        R"({"model":["cheap"],"tools":["csv.stats"]})");
  CHECK(left_of({{"tools", {"a?c"}}}, {{"tools", {"a*c"}}}) == R"({"tools":["a?c"]})");
  CHECK(left_of({{"tools", {"a?c"}}}, {{"tools", {"a?c"}}}) == R"({"tools":["a?c"]})");
  CHECK(left_of({{"sqlite", {"data/a.db"}}}, {{"sqlite", {"data", "b.db"}}}) ==
        R"({"sqlite":["data/a.db"]})");
  const Json servers = {
      {"smtp", {"a.example:25", {{"server", "b.example:587"}, {"user", "U"}, {"password", "P"}}}}};
  CHECK(left_of({{"smtp", {"a.example:25"}}}, servers) == R"({"smtp":["a.example:25"]})");
  CHECK(left_of({{"secrets", {"U"}}}, servers) == R"({"smtp":["a.example:25"]})");
  CHECK(left_of({{"secrets", {"U", "P"}}}, servers) == to_text(servers));
}

TEST_CASE(
    "a permission that a narrowing does not list is left alone, and no other tool is touched") {
  const Json declared = {{"net", {"a.example"}}, {"kv", "write"}};
  CHECK(left_of({{"read", Json::array()}}, declared) == to_text(declared));
  CHECK(to_text(narrowing_of("b.*", {{"net", Json::array()}}).apply("a.b", declared).permissions) ==
        to_text(declared));
}

TEST_CASE("a secret goes with its host, or by its name, and the rest of the request stays") {
  const Json secrets = {{"K", {{"host", "a.example"}, {"header", "X-Key"}}},
                        {"L", {{"host", "b.example"}, {"header", "X-Key"}}}};
  const Json declared = {{"net", {"a.example", "b.example"}}, {"secrets", secrets}};
  const Narrowed by_host = narrowing_of("*", {{"net", {"a.example"}}}).apply("a.b", declared);
  CHECK(by_host.permissions["secrets"].size() == 1);
  CHECK(parse_permissions(by_host.permissions));
  const Narrowed by_name = narrowing_of("*", {{"secrets", {"L"}}}).apply("a.b", declared);
  CHECK(by_name.permissions["secrets"].contains("L"));
  REQUIRE(by_name.withheld.size() == 1);
  CHECK(by_name.withheld[0].host == "a.example");
  CHECK(by_name.withheld[0].words == "have the secret K sent");
}

TEST_CASE("tables that match a tool hold all together") {
  Result<Narrowing> narrowing =
      Narrowing::from_tables({{"a.*", {{"net", {"a.example", "b.example"}}}, "yoke.toml:7", {}},
                              {"*.b", {{"net", {"b.example", "c.example"}}}, "yoke.toml:9", {}}});
  REQUIRE(narrowing);
  const Narrowed left = narrowing->apply("a.b", {{"net", {"a.example", "b.example", "c.example"}}});
  CHECK(to_text(left.permissions) == R"({"net":["b.example"]})");
  REQUIRE(left.withheld.size() == 2);
  CHECK(left.withheld[0].place == "yoke.toml:7");
  CHECK(left.withheld[1].place == "yoke.toml:9");
}

TEST_CASE("a narrowing with an unknown key or a wrong value is an error with its place") {
  CHECK(error_of({{"nte", {"a"}}}).starts_with("yoke.toml:7: permissions.nte: there is no such"));
  CHECK(error_of({{"kv", "wirte"}}).starts_with("yoke.toml:7: permissions.kv: expected"));
  CHECK(error_of({{"secrets", "K"}})
            .starts_with("yoke.toml:7: permissions.secrets: expected a list"));
  CHECK(error_of({{"read", {"/etc"}}}).starts_with("yoke.toml:7: permissions.read: "));
}

TEST_CASE("a narrowing of a tool that there is none of is found, with the nearest name") {
  const std::vector<std::string> names = {"weather.now"};
  const std::vector<Error> errors = narrowing_of("wether.now", {{"kv", "read"}}).check(names);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].message() ==
        "yoke.toml:7: [permissions.\"wether.now\"] narrows a tool that there is none of (did you "
        "mean "
        "'weather.now'?)");
  CHECK(narrowing_of("weather.*", {{"kv", "read"}}).check(names).empty());
  CHECK(narrowing_of("*", {{"kv", "read"}}).check({}).empty());
}

TEST_CASE(
    "what is withheld is refused when it is asked for, naming the rule, and the rest goes on") {
  LuaFixture lua;
  lua.services.narrowing = narrowing_of("a.*", {{"kv", "read"}});
  auto tool = lua.one(tool_with("local ok, why = pcall(kv.set, 'k', 1) kv.get('k') return why",
                                "permissions = { kv = 'write' },"));
  lua.kv->answer = [](const std::string&, const Json&) { return json_result(nullptr); };
  const ToolOutcome read = lua.call(*tool, Json::object());
  CHECK(read.outcome == Outcome::ok);
  lua.services.narrowing = narrowing_of("a.*", {{"kv", "none"}});
  auto none = lua.one(tool_with("return kv.get('k')", "permissions = { kv = 'read' },"));
  const Narrowed left = none->narrowed();
  REQUIRE(left.withheld.size() == 1);
  ScopeFixture scoped(left.permissions);
  Permissions permissions = permissions_of(left.permissions);
  permissions.withheld = left.withheld;
  CHECK(permissions.modules() == std::vector<std::string>{"kv"});
  CallScope scope(scoped.policy, permissions, request_of(), "lua:t", scoped.context);
  const Error refused =
      scope.refuse({"kv.get", Json::object(), Effect::read}, "kv.get is not granted");
  CHECK(refused.detail == "kv.get is not granted; yoke.toml:8 withholds: kv = \"read\"");
}

}  // namespace yoke
