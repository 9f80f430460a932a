#include "tools/lua_tools.h"

#include <catch2/catch.hpp>

#include "tests/tools/lua_fixture.h"
#include "tools/tool_bundle.h"
#include "tools/tool_registry.h"

using yoke::Effect;
using yoke::Errc;
using yoke::Json;
using yoke::LoadedTools;
using yoke::LuaFixture;
using yoke::LuaTool;
using yoke::Outcome;
using yoke::ScriptOrigin;
using yoke::TempFolder;
using yoke::tool_with;
using yoke::ToolOutcome;

namespace {

constexpr auto kWeather = R"(
return tool {
  name = "weather.now", description = "Current weather at a place.",
  input = { place = "string", units = { enum = { "metric", "imperial" }, default = "metric" },
            day = "string?" },
  output = { temperature = "number", units = "string" },
  effect = "read", timeout = "20s",
  permissions = { kv = "read" },
  run = function(input, ctx) return { temperature = #input.place, units = input.units } end,
})";

using Answer = yoke::ProbeOutcome::Answer;

}  // namespace

TEST_CASE("a Lua file becomes a tool with all that it declares") {
  LuaFixture lua;
  const auto tool = lua.one(kWeather);
  const yoke::ToolSpec& spec = tool->spec();
  CHECK(spec.name == "weather.now");
  CHECK(spec.description == "Current weather at a place.");
  CHECK(spec.effect == Effect::read);
  CHECK(spec.timeout == std::chrono::seconds(20));
  CHECK_FALSE(spec.has_probe);
  CHECK(spec.origin == "lua:tools/t.lua");
  CHECK(spec.source_hash.size() == 64);
  CHECK(spec.permissions == Json{{"kv", "read"}});
  CHECK(spec.input_schema.at("properties").contains("units"));
}

TEST_CASE("a call is given defaults and its result is handed back") {
  LuaFixture lua;
  const auto tool = lua.one(kWeather);
  const auto args = tool->check({{"place", "Oslo"}});
  REQUIRE(args);
  const ToolOutcome out = lua.call(*tool, *args);
  CHECK(out.outcome == Outcome::ok);
  CHECK(out.value == Json{{"temperature", 4}, {"units", "metric"}});
  CHECK(out.meter.at("instructions").get<std::int64_t>() > 0);
}

TEST_CASE("arguments that do not fit are refused in words a model can mend") {
  LuaFixture lua;
  const auto tool = lua.one(kWeather);
  const auto refused = tool->check({{"place", 7}, {"units", "kelvin"}});
  REQUIRE_FALSE(refused);
  const std::string text = refused.error().detail;
  CHECK(text.find("the arguments do not fit weather.now") == 0);
  CHECK(text.find("/place") != std::string::npos);
  CHECK(text.find("\"kelvin\"") != std::string::npos);
  CHECK_FALSE(tool->check({{"place", "Oslo"}, {"dya", "x"}}));
  CHECK_FALSE(tool->check(Json::array({1})));
  CHECK_FALSE(tool->check("Oslo"));
}

TEST_CASE("a tool without arguments takes nothing, however nothing is written") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("return 1"));
  CHECK(*tool->check(Json::object()) == Json::object());
  CHECK(*tool->check(nullptr) == Json::object());
  CHECK(*tool->check(Json::array()) == Json::object());
  CHECK_FALSE(tool->check({{"x", 1}}));
}

TEST_CASE("a result that its own schema forbids is an error of the tool") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("return { n = 'x' }", "output = { n = 'number' },"));
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.outcome == Outcome::error);
  CHECK(out.value.is_null());
  CHECK(out.message.find("the tool a.b returned what its own output schema forbids") == 0);
  CHECK(out.message.find("/n") != std::string::npos);
}

TEST_CASE("an effect that is not declared follows from the permissions") {
  LuaFixture lua;
  CHECK(lua.one(tool_with("return 1"))->spec().effect == Effect::read);
  CHECK(lua.one(tool_with("return 1", "permissions = { read = { '.' } },"))->spec().effect ==
        Effect::read);
  CHECK(lua.one(tool_with("return 1", "permissions = { write = { 'out' } },"))->spec().effect ==
        Effect::once);
  CHECK(lua.one(tool_with("return 1", "permissions = { net = { 'x.example' } },"))->spec().effect ==
        Effect::once);
}

TEST_CASE("a tool may say which of its arguments are critical, or that none is") {
  LuaFixture lua;
  const auto critical = [&](const std::string& fields) {
    return lua.one(tool_with("return 1", "input = { to = 'string', n = 'integer' }," + fields))
        ->critical();
  };
  CHECK(critical("critical = { 'to' },") == std::vector<std::string>{"to"});
  CHECK(critical("critical = {},") == std::vector<std::string>{});
  CHECK_FALSE(critical("").has_value());
}

TEST_CASE("what is wrong with a definition is told with its place and the mend") {
  LuaFixture lua;
  const auto field = [&](const std::string& fields) {
    return lua.error_of(tool_with("return 1", fields));
  };
  CHECK(field("descripton = 'x',") ==
        "tools/t.lua:1: a tool has no field 'descripton' (did you mean 'description'?)");
  CHECK(field("input = { x = 'strin' },").find("tools/t.lua:1: tool 'a.b': input: ") == 0);
  CHECK(field("effect = 'reads',").find("effect: expected read, idempotent or once") !=
        std::string::npos);
  CHECK(field("timeout = '20 parsecs',").find("timeout: ") != std::string::npos);
  CHECK(field("timeout = '2h',").find("at most 1h") != std::string::npos);
  CHECK(field("input = { to = 'string' }, critical = { 'too' },")
            .find("critical: there is no argument 'too' (did you mean 'to'?)") !=
        std::string::npos);
  CHECK(field("critical = 'to',").find("critical: expected a list of arguments' names") !=
        std::string::npos);
  CHECK(field("permissions = { nett = {} },").find("did you mean 'net'") != std::string::npos);
  CHECK(field("permissions = { memory = 'read' },").find("module 'memory' is not available") !=
        std::string::npos);
  CHECK(field("probes = function() end,").find("no function 'probes'") != std::string::npos);
  CHECK(lua.error_of("return tool { name = 'a.b' }").find("run: the tool has no function") !=
        std::string::npos);
  CHECK(lua.error_of("return tool { run = function() end }").find("name: the tool has no name") !=
        std::string::npos);
  CHECK(lua.error_of("return tool { name = 'A B', run = function() end }")
            .find("'A B' is no tool name") != std::string::npos);
}

TEST_CASE("a syntax error is told with its line") {
  LuaFixture lua;
  CHECK(lua.error_of("return tool {\n  name = 'a.b',\n  run = = 1 }").find("tools/t.lua:3: ") == 0);
}

TEST_CASE("a file may return several tools, of which one may be bad") {
  LuaFixture lua;
  const LoadedTools loaded = lua.load(
      "return { tool { name = 'a', run = function() return 'one' end },\n"
      "tool { name = 'b', efect = 'x', run = function() end },\n"
      "tool { name = 'c', run = function() return 'three' end } }");
  REQUIRE(loaded.tools.size() == 2);
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].place == "tools/t.lua:2");
  CHECK(lua.call(*loaded.tools[1], Json::object()).value == "three");
}

TEST_CASE("tools are loaded from folders with their libraries") {
  LuaFixture lua;
  TempFolder project;
  project.write("lib/units.lua", "return { double = function(n) return 2 * n end }");
  project.write("tools/a.lua",
                "local u = require 'lib.units'\nreturn tool { name = 'a', run = "
                "function() return u.double(21) end }");
  project.write("tools/broken.lua", "return tool {");
  project.write("agents/x.lua", "return agent { name = 'x' }");
  const LoadedTools loaded =
      yoke::load_lua_tools(lua.services, project.path(), {"tools", "agents"}, ScriptOrigin::own);
  REQUIRE(loaded.tools.size() == 1);
  CHECK(loaded.tools[0]->spec().origin == "lua:tools/a.lua");
  REQUIRE(loaded.errors.size() == 1);
  CHECK(loaded.errors[0].message().find("tools/broken.lua:1: ") == 0);
  CHECK(lua.call(*loaded.tools[0], Json::object()).value == 42);
}

TEST_CASE("a tool that was not granted is denied before any of it runs") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("kv.set('a', 1)", "permissions = { kv = 'write' },"));
  lua.granted = false;
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.outcome == Outcome::denied);
  CHECK(out.message == "the tool 'a.b' was never granted");
  CHECK(lua.kv->asked.empty());
  lua.granted = true;
  CHECK(lua.call(*tool, Json::object()).outcome == Outcome::ok);
}

TEST_CASE("a probe says whether an interrupted call took place") {
  LuaFixture lua;
  const auto with = [&](const std::string& body) {
    const auto tool = lua.one(tool_with("return 1",
                                        "output = { id = 'integer' }, probe = "
                                        "function(input, ctx) " +
                                            body + " end,"));
    REQUIRE(tool->spec().has_probe);
    return lua.probe(*tool);
  };
  const yoke::ProbeOutcome yes = with("return { happened = true, result = { id = 7 } }");
  CHECK(yes.answer == Answer::happened);
  CHECK(yes.value == Json{{"id", 7}});
  CHECK(with("return { happened = false }").answer == Answer::did_not_happen);
  CHECK(with("return nil").answer == Answer::unknown);
  CHECK(with("return 'yes'").answer == Answer::unknown);
  CHECK(with("error('offline')").message.find("offline") != std::string::npos);
  CHECK(with("return { happened = true, result = { id = 'x' } }").answer == Answer::unknown);
}

TEST_CASE("a probe is given the arguments and the key of the call it asks about") {
  LuaFixture lua;
  const auto tool = lua.one(
      tool_with("return 1",
                "input = { x = 'integer' }, probe = function(input, ctx) return { happened = "
                "true, result = { input.x, ctx.idempotency_key } } end,"));
  CHECK(lua.probe(*tool, {{"x", 5}}).value == Json::array({5, "r1/c1"}));
}

TEST_CASE("a stranger's result is untrusted even from trusted arguments") {
  LuaFixture lua;
  const std::string text = tool_with("return 'pay now'");
  const auto own = lua.one(text);
  CHECK(lua.call(*own, Json::object()).label == yoke::kTrustedPublic);
  const auto stranger = lua.one(text, ScriptOrigin::stranger);
  CHECK(lua.call(*stranger, Json::object()).label.integrity == yoke::Label::Integrity::untrusted);
}

TEST_CASE("a run keeps the code of its tools in a bundle") {
  LuaFixture lua;
  yoke::ToolRegistry registry;
  REQUIRE(registry.add(lua.one(kWeather)));
  const Json kept = *yoke::parse_json(yoke::to_text(yoke::bundle(registry)));
  lua.granted = false;  // the person changed her mind about new runs
  const auto restored = yoke::restore(kept, lua.services);
  REQUIRE(restored);
  yoke::Tool* tool = (*restored)->find("weather.now");
  REQUIRE(tool != nullptr);
  CHECK(yoke::to_json(tool->spec()) == yoke::to_json(registry.find("weather.now")->spec()));
  CHECK(lua.call(*tool, {{"place", "Rome"}, {"units", "metric"}}).outcome == Outcome::ok);
}

TEST_CASE("a tool that was not granted when the run began is asked about later") {
  LuaFixture lua;
  yoke::ToolRegistry registry;
  REQUIRE(registry.add(lua.one(kWeather)));
  lua.granted = false;
  const auto restored = yoke::restore(yoke::bundle(registry), lua.services);
  REQUIRE(restored);
  yoke::Tool* tool = (*restored)->find("weather.now");
  CHECK(lua.call(*tool, {{"place", "Rome"}}).outcome == Outcome::denied);
  lua.granted = true;
  CHECK(lua.call(*tool, {{"place", "Rome"}, {"units", "metric"}}).outcome == Outcome::ok);
}

TEST_CASE("a bundle that is broken restores nothing") {
  LuaFixture lua;
  yoke::ToolRegistry registry;
  REQUIRE(registry.add(lua.one(kWeather)));
  const Json good = yoke::bundle(registry);
  CHECK(yoke::restore(Json::object(), lua.services).error().code == Errc::invalid);
  Json lost = good;
  lost["sources"] = Json::object();
  CHECK(yoke::restore(lost, lua.services).error().detail.find("is missing") != std::string::npos);
  Json other = good;
  other["tools"].push_back({{"name", "plugin:x.y"}, {"kind", "plugin:x"}});
  CHECK(yoke::restore(other, lua.services).error().code == Errc::not_found);
}

TEST_CASE("an approved call of a stranger's tool approves none of what the tool then asks for") {
  LuaFixture lua;
  const std::string text =
      tool_with("return kv.get('a')", "permissions = { kv = 'read' }, effect = 'once',");
  lua.policy.verdicts = {{"a.b", yoke::Verdict::ask}, {"kv.get", yoke::Verdict::ask}};
  lua.policy.rule = "one rule for both";
  lua.kv->asks_policy = true;
  const auto own = lua.one(text);
  CHECK(lua.call(*own, Json::object()).outcome == Outcome::ok);
  const auto stranger = lua.one(text, ScriptOrigin::stranger);
  const ToolOutcome refused = lua.call(*stranger, Json::object());
  CHECK(refused.outcome == Outcome::error);
  CHECK(refused.message.find("nobody can be asked") != std::string::npos);
}
