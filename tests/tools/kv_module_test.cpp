#include "tools/broker/kv_module.h"

#include <catch2/catch.hpp>

#include "tests/tools/fixture.h"
#include "tools/broker/broker.h"

using yoke::Errc;
using yoke::Json;
using yoke::Result;
using yoke::ScopeFixture;

namespace {

struct KvFixture {
  KvFixture() {
    yoke::StoreOptions options;
    options.node_id = "node";
    options.wall = &wall;
    auto opened = yoke::open_store("memory:", loop.get_executor(), options);
    REQUIRE(opened);
    store = std::move(*opened);
    module = std::make_unique<yoke::KvModule>(*store);
  }
  Result<Json> call(ScopeFixture& script, const std::string& function, const Json& args) {
    return yoke::run(loop, module->call(function, args, script.scope));
  }

  yoke::FixedWallClock wall;
  boost::asio::io_context loop{1};
  std::unique_ptr<yoke::Store> store;
  std::unique_ptr<yoke::KvModule> module;
};

const Json kWrite = {{"kv", "write"}};

}  // namespace

TEST_CASE("a value is kept, listed and forgotten") {
  KvFixture kv;
  ScopeFixture script(kWrite);
  CHECK(kv.call(script, "get", {"a"})->is_null());
  REQUIRE(kv.call(script, "set", {"a", {{"n", 1}}}));
  REQUIRE(kv.call(script, "set", {"b", 2}));
  CHECK(*kv.call(script, "get", {"a"}) == Json{{"n", 1}});
  CHECK(*kv.call(script, "list", Json::array()) == Json::array({"a", "b"}));
  CHECK(*kv.call(script, "list", {"b"}) == Json::array({"b"}));
  CHECK(*kv.call(script, "delete", {"a"}) == true);
  CHECK(*kv.call(script, "delete", {"a"}) == false);
  CHECK(kv.call(script, "get", {"a"})->is_null());
}

TEST_CASE("a space holds so many keys, and takes more once some are deleted") {
  KvFixture kv;
  ScopeFixture script(kWrite);
  for (std::size_t i = 0; i < yoke::KvModule::kKeysMax; ++i) {
    REQUIRE(kv.call(script, "set", {"k" + std::to_string(i), 1}));
  }
  const Result<Json> refused = kv.call(script, "set", {"more", 1});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::too_large);
  CHECK(refused.error().detail ==
        "kv.set: the tools of a file keep at most 1000 keys; delete some with kv.delete(key)");
  CHECK(kv.call(script, "set", {"k1", 2}));
  REQUIRE(kv.call(script, "delete", {"k2"}));
  CHECK(kv.call(script, "set", {"more", 1}));
}

TEST_CASE("a space holds so many bytes, those of earlier processes included") {
  KvFixture kv;
  ScopeFixture script(kWrite);
  const std::string value(yoke::KvModule::kValueBytesMax - 16, 'x');
  std::size_t kept = 0;
  while (kv.call(script, "set", {"k" + std::to_string(kept), value})) ++kept;
  CHECK(kept == yoke::KvModule::kSpaceBytesMax / yoke::KvModule::kValueBytesMax);
  kv.module = std::make_unique<yoke::KvModule>(*kv.store);
  const Result<Json> refused = kv.call(script, "set", {"late", value});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().detail.find("at most 4194304 bytes") != std::string::npos);
  CHECK(kv.call(script, "set", {"k1", 2}));
  CHECK(kv.call(script, "set", {"late", value}));
}

TEST_CASE("tenants and files of tools do not see each other's values") {
  KvFixture kv;
  ScopeFixture script(kWrite);
  REQUIRE(kv.call(script, "set", {"a", 1}));
  yoke::ToolRequest elsewhere = yoke::request_of();
  elsewhere.tenant = "acme";
  yoke::CallScope tenant(script.policy, yoke::permissions_of(kWrite), elsewhere, "lua:tools/x.lua",
                         script.context);
  CHECK(yoke::run(kv.loop, kv.module->call("get", {"a"}, tenant))->is_null());
  yoke::CallScope file(script.policy, yoke::permissions_of(kWrite), yoke::request_of(),
                       "lua:tools/y.lua", script.context);
  CHECK(yoke::run(kv.loop, kv.module->call("get", {"a"}, file))->is_null());
}

TEST_CASE("a grant to read values does not grant writing them") {
  KvFixture kv;
  ScopeFixture script(Json({{"kv", "read"}}));
  CHECK(kv.call(script, "get", {"a"}));
  CHECK(kv.call(script, "set", {"a", 1}).error().code == Errc::denied);
  CHECK(kv.call(script, "delete", {"a"}).error().code == Errc::denied);
  ScopeFixture none(Json::object());
  CHECK(kv.call(none, "get", {"a"}).error().code == Errc::denied);
}

TEST_CASE("keys and values have bounds that the refusal names") {
  KvFixture kv;
  ScopeFixture script(kWrite);
  CHECK_FALSE(kv.call(script, "set", {"", 1}));
  CHECK_FALSE(kv.call(script, "set", {std::string(257, 'k'), 1}));
  const Result<Json> big = kv.call(script, "set", {"k", std::string(70'000, 'x')});
  REQUIRE_FALSE(big);
  CHECK(big.error().detail == "kv.set: the value has 70002 bytes as JSON, at most 65536");
  CHECK_FALSE(kv.call(script, "gett", {"k"}));
}

TEST_CASE("the broker turns away a module that was not granted, and notes it") {
  KvFixture kv;
  std::vector<std::unique_ptr<yoke::HostModule>> modules;
  modules.push_back(std::move(kv.module));
  yoke::Broker broker(std::move(modules));
  ScopeFixture script(Json::object());
  for (const char* module : {"kv", "http", "os"}) {
    yoke::sandbox::HostCall call{module, "get", Json::array({"a"})};
    const auto reply = yoke::run(kv.loop, broker.handle(call, script.scope));
    CHECK_FALSE(reply.ok);
    CHECK(reply.message == "the module '" + std::string(module) + "' is not granted");
  }
  CHECK(script.scope.audit().size() == 3);
  CHECK(script.scope.audit().at(0).at("rule") == "permissions");
}

TEST_CASE("permissions that need a module the host lacks are refused up front") {
  const yoke::Broker broker({});
  CHECK(broker.check(yoke::permissions_of(Json::object())));
  const auto refused = broker.check(yoke::permissions_of({{"model", {"default"}}}));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unsupported);
}
