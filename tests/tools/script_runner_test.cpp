#include "tools/script_runner.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <catch2/catch.hpp>
#include <future>

#include "tests/tools/lua_fixture.h"

using yoke::Json;
using yoke::LuaFixture;
using yoke::Outcome;
using yoke::Result;
using yoke::tool_with;
using yoke::ToolOutcome;

namespace {

constexpr auto kKv = "permissions = { kv = 'write' },";

}  // namespace

TEST_CASE("a host call looks synchronous to the script and is answered by the broker") {
  LuaFixture lua;
  lua.kv->answer = [](const std::string&, const Json& args) {
    return Result<Json>(Json(args.at(0).get<std::string>() + "!"));
  };
  const auto tool = lua.one(tool_with("return kv.get('a') .. kv.get('b')", kKv));
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.value == "a!b!");
  CHECK(lua.kv->asked == std::vector<std::string>{"get[\"a\"]", "get[\"b\"]"});
  CHECK(out.meter.at("host_calls") == 2);
}

TEST_CASE("a refused host call is an ordinary error that a script may catch") {
  LuaFixture lua;
  lua.kv->answer = [](const std::string&, const Json&) {
    return Result<Json>(yoke::Error{yoke::Errc::denied, "not yours"});
  };
  const auto catches =
      lua.one(tool_with("local ok, why = pcall(kv.get, 'a') return { ok, why }", kKv));
  const ToolOutcome caught = lua.call(*catches, Json::object());
  CHECK(caught.value.at(0) == false);
  CHECK(caught.value.at(1).get<std::string>().find("not yours") != std::string::npos);
  const auto raises = lua.one(tool_with("kv.get('a')", kKv));
  const ToolOutcome raised = lua.call(*raises, Json::object());
  CHECK(raised.outcome == Outcome::error);
  CHECK(raised.message.find("tools/t.lua:1: ") == 0);
  CHECK(raised.message.find("not yours") != std::string::npos);
}

TEST_CASE("a module that was not granted is not there") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("return { kv == nil, http == nil, fs == nil, io == nil }"));
  CHECK(lua.call(*tool, Json::object()).value == Json::array({true, true, true, true}));
}

TEST_CASE("a script's error is told with its place and where it came from") {
  LuaFixture lua;
  const auto tool = lua.one(
      "local function inner() error('no such month') end\n"
      "return tool { name = 'a.b',\n run = function() inner() return 1 end }");
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.outcome == Outcome::error);
  CHECK(out.message.find("tools/t.lua:1: no such month") == 0);
  CHECK(out.message.find("traceback:\n") != std::string::npos);
  CHECK(out.message.find("tools/t.lua:3") != std::string::npos);
}

TEST_CASE("a script that never ends is ended by its quota, which is named") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("while true do end"));
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.outcome == Outcome::error);
  CHECK(out.message.find("10000000 instructions") != std::string::npos);
}

TEST_CASE("a result that is no plain data is an error") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("return { f = print }"));
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.outcome == Outcome::error);
  CHECK(out.message.find("no plain data") != std::string::npos);
}

TEST_CASE("the same call computes the same in every attempt, another call does not") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("return { math.random(1 << 40), crypto.uuid(), os.time() }"));
  yoke::ToolRequest again = yoke::request_of();
  again.attempt = 2;
  const Json first = lua.call(*tool, Json::object()).value;
  CHECK(lua.call(*tool, Json::object(), again).value == first);
  CHECK(first.at(2) == 1'700'000'000);
  const Json other = lua.call(*tool, Json::object(), yoke::request_of("c2")).value;
  CHECK(other.at(0) != first.at(0));
  CHECK(other.at(1) != first.at(1));
}

TEST_CASE("a label is joined from the arguments and from what the script read") {
  LuaFixture lua;
  const auto pure = lua.one(tool_with("return 1", kKv));
  CHECK(lua.call(*pure, Json::object()).label == yoke::kTrustedPublic);
  yoke::ToolRequest tainted = yoke::request_of();
  tainted.label = yoke::Label{};
  CHECK(lua.call(*pure, Json::object(), tainted).label == yoke::Label{});
  const auto reads = lua.one(tool_with("kv.get('a') return 1", kKv));
  CHECK(lua.call(*reads, Json::object()).label == yoke::Label{});
  const auto fails = lua.one(tool_with("error(kv.get('a'))", kKv));
  CHECK(lua.call(*fails, Json::object()).label == yoke::Label{});
}

TEST_CASE("what a script logs and how far it is goes to the live feed") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("ctx.progress(1, 3, 'first') log.warn('careful') return 1"));
  REQUIRE(lua.call(*tool, Json::object()).outcome == Outcome::ok);
  CHECK(lua.context.lines == std::vector<std::string>{"progress 1/3 first", "warn careful"});
}

TEST_CASE("the script learns who calls it") {
  LuaFixture lua;
  const auto tool = lua.one(
      tool_with("return { ctx.run_id, ctx.call_id, ctx.idempotency_key, ctx.agent, ctx.attempt, "
                "ctx.deadline > 1700000000 }"));
  CHECK(lua.call(*tool, Json::object()).value ==
        Json::array({"r1", "c1", "r1/c1", "tester", 1, true}));
}

TEST_CASE("a script that waits past its deadline ends as timed out") {
  LuaFixture lua;
  lua.kv->waits_for_ever = true;
  const auto tool = lua.one(tool_with("kv.get('a')", std::string(kKv) + " timeout = '2s',"));
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.outcome == Outcome::timeout);
  CHECK(out.message.find("the tool's timeout is 2") != std::string::npos);
  CHECK(out.meter.at("host_calls") == 1);
  CHECK(out.label == yoke::Label{});
}

TEST_CASE("a cancelled call throws and leaves nothing running") {
  LuaFixture lua;
  lua.kv->waits_for_ever = true;
  const auto tool = lua.one(tool_with("kv.get('a')", kKv));
  yoke::ToolRequest request = yoke::request_of();
  request.args = Json::object();
  boost::asio::cancellation_signal signal;
  std::exception_ptr failure;
  auto done = [&](std::exception_ptr error, ToolOutcome) { failure = error; };
  boost::asio::co_spawn(lua.loop, tool->call(std::move(request), lua.context),
                        boost::asio::bind_cancellation_slot(signal.slot(), done));
  lua.loop.poll();
  REQUIRE(lua.kv->asked.size() == 1);
  signal.emit(boost::asio::cancellation_type::terminal);
  lua.loop.restart();
  lua.loop.run();
  REQUIRE(failure);
  CHECK(yoke::is_cancellation(failure));
}

TEST_CASE("with threads of its own, a computing script leaves the loop free") {
  yoke::Pool pool("scripts", 1);
  LuaFixture lua(&pool);
  const auto tool = lua.one(tool_with(
      "local n = 0 for i = 1, 300000 do n = n + 1 end log.info('done') return n + kv.get('a')",
      kKv));
  lua.kv->answer = [](const std::string&, const Json&) { return Result<Json>(Json(1)); };
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.value == 300001);
  CHECK(lua.context.lines == std::vector<std::string>{"info done"});
}

TEST_CASE("a script that still computes at its deadline is abandoned as timed out") {
  yoke::Pool pool("scripts", 1);
  LuaFixture lua(&pool);
  const auto tool = lua.one(tool_with("while true do end", "timeout = '5ms',"));
  const ToolOutcome out = lua.call(*tool, Json::object());
  CHECK(out.outcome == Outcome::timeout);
}

TEST_CASE("a call that is given up before a thread takes its step has no meter to read") {
  yoke::Pool pool("scripts", 1);
  LuaFixture lua(&pool);
  std::promise<void> begun;
  std::promise<void> ended;
  auto hold = [&] {
    begun.set_value();
    ended.get_future().wait();
  };
  boost::asio::co_spawn(lua.loop, yoke::offload(pool, hold), [](std::exception_ptr) {});
  lua.loop.poll();
  begun.get_future().wait();
  const auto tool = lua.one(tool_with("return 1", "timeout = '5ms',"));
  yoke::ToolRequest request = yoke::request_of();
  request.tool = "a.b";
  request.args = Json::object();
  ToolOutcome out;
  auto done = [&](std::exception_ptr, ToolOutcome outcome) {
    out = std::move(outcome);
    ended.set_value();
  };
  boost::asio::co_spawn(lua.loop, tool->call(std::move(request), lua.context), done);
  lua.loop.restart();
  lua.loop.run();
  CHECK(out.outcome == Outcome::timeout);
  CHECK(out.meter.is_null());
}

TEST_CASE("a script gets its profile of quotas, and no other exists") {
  CHECK(yoke::quota_of("tool")->instructions_max == 10'000'000);
  CHECK(yoke::quota_of("model")->instructions_max == 20'000'000);
  CHECK(yoke::quota_of("model")->memory_bytes_max == 64 << 20);
  CHECK(yoke::quota_of("define")->instructions_max == 1'000'000);
  CHECK_FALSE(yoke::quota_of("free"));
}

TEST_CASE("an operator's quotas hold for a call, and nothing makes a quota no bound") {
  yoke::ScriptQuotas quotas;
  REQUIRE(yoke::set_quota(quotas, "memory_mb", 64));
  REQUIRE(yoke::set_quota(quotas, "cpu_ms", 20));
  REQUIRE(yoke::set_quota(quotas, "run.host_calls", 7));
  CHECK(yoke::quota_of("tool", quotas)->memory_bytes_max == 64 << 20);
  CHECK(yoke::quota_of("tool", quotas)->cpu_max == std::chrono::milliseconds(20));
  CHECK(yoke::quota_of("define", quotas)->memory_bytes_max == 16 << 20);
  CHECK(quotas.run_host_calls_max == 7);
  CHECK(yoke::set_quota(quotas, "memory_mb", 257).error().detail ==
        "sandbox.memory_mb is 257; it must be from 1 to 256");
  CHECK_FALSE(yoke::set_quota(quotas, "instructions", 0));
  CHECK(yoke::set_quota(quotas, "host_call", 5).error().detail.find("'host_calls'") !=
        std::string::npos);
}

TEST_CASE("a run whose scripts have used up their share computes no more") {
  LuaFixture lua;
  const auto tool = lua.one(tool_with("local n = 0 for i = 1, 1000000 do n = n + 1 end return n"));
  yoke::ToolRequest request = yoke::request_of();
  request.run_use.instructions = yoke::ScriptQuotas{}.run_instructions_max - 1'000'000;
  const ToolOutcome cut = lua.call(*tool, Json::object(), request);
  CHECK(cut.message.find("used more than it may: 1000000 instructions") != std::string::npos);
  request.run_use.instructions += 1'000'000;
  const ToolOutcome none = lua.call(*tool, Json::object(), request);
  CHECK(none.outcome == Outcome::error);
  CHECK(none.message ==
        "the scripts of this run have used up their 2000000000 instructions together "
        "([sandbox.run] instructions in yoke.toml)");
  request.run_use = {0, yoke::ScriptQuotas{}.run_host_calls_max};
  CHECK(lua.call(*tool, Json::object(), request).message.find("host calls together") !=
        std::string::npos);
}

TEST_CASE("a file that computes too long while it is read is refused") {
  LuaFixture lua;
  CHECK(lua.error_of("while true do end").find("1000000 instructions") != std::string::npos);
}
