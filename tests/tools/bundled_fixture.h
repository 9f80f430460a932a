#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/http/client.h"
#include "runtime/memory/sqlite_memory.h"
#include "tests/tools/fixture.h"
#include "tools/broker/broker.h"
#include "tools/broker/fs_module.h"
#include "tools/broker/http_module.h"
#include "tools/broker/kv_module.h"
#include "tools/broker/mail_module.h"
#include "tools/broker/memory_module.h"
#include "tools/broker/sqlite_module.h"
#include "tools/bundled.h"
#include "tools/in_process.h"
#include "tools/lua_tools.h"
#include "tools/script_runner.h"

namespace yoke {

// The bundled tools over the real modules of the host, in a folder of the test's own.
struct BundledFixture {
  BundledFixture()
      : store(open()),
        client(loop.get_executor()),
        broker(modules()),
        runner({broker, policy, wall, place}),
        services{runner,
                 [](const ToolSpec&, ScriptOrigin origin) {
                   GrantDecision decision;
                   decision.granted = origin == ScriptOrigin::bundled;
                   return decision;
                 },
                 {"fs", "http", "kv", "mail", "memory", "sqlite"}} {}

  std::unique_ptr<Store> open() {
    StoreOptions options;
    options.node_id = "node";
    options.wall = &wall;
    auto opened = open_store("memory:", loop.get_executor(), options);
    REQUIRE(opened);
    return std::move(*opened);
  }
  std::vector<std::unique_ptr<HostModule>> modules() {
    std::vector<std::unique_ptr<HostModule>> all;
    auto folder = *ProjectFolder::open(project.path());
    all.push_back(std::make_unique<FsModule>(folder, pool));
    all.push_back(std::make_unique<HttpModule>(client, secrets));
    all.push_back(std::make_unique<KvModule>(*store));
    all.push_back(std::make_unique<SqliteModule>(folder));
    all.push_back(std::make_unique<MailModule>(secrets, wall));
    all.push_back(std::make_unique<MemoryModule>(memory, *store, wall));
    return all;
  }

  // Makes the tools of a group; what they were made with holds until the next use().
  void use(const std::string& group, const Json& settings = Json::object()) {
    Result<ScriptSource> source = bundled_source(group, settings);
    REQUIRE(source);
    auto shared = std::make_shared<const ScriptSource>(std::move(*source));
    LoadedTools loaded = load_lua_source(services, std::move(shared));
    for (const Error& error : loaded.errors) FAIL_CHECK(error.message());
    tools = std::move(loaded.tools);
  }
  LuaTool& tool(const std::string& name) const {
    for (const auto& each : tools) {
      if (each->spec().name == name) return *each;
    }
    FAIL("no tool " << name);
    return *tools.front();
  }
  ToolOutcome call(const std::string& name, const Json& args) {
    LuaTool& called = tool(name);
    const Result<Json> filled = called.check(args);
    ToolOutcome refused;
    refused.outcome = Outcome::error;
    if (!filled) refused.message = filled.error().message();
    if (!filled) return refused;
    ToolRequest request = request_of();
    request.tool = name;
    request.args = *filled;
    return run(loop, called.call(std::move(request), context));
  }
  Json value(const std::string& name, const Json& args) {
    const ToolOutcome out = call(name, args);
    INFO(name << ": " << out.message);
    REQUIRE(out.outcome == Outcome::ok);
    return out.value;
  }
  std::string error(const std::string& name, const Json& args) {
    const ToolOutcome out = call(name, args);
    INFO(to_text(out.value));
    CHECK(out.outcome != Outcome::ok);
    return out.message;
  }

  asio::io_context loop{1};
  TempFolder project;
  Pool pool{"files", 1};
  FixedWallClock wall;
  FixedPolicy policy;
  FixedSecrets secrets;
  RecordedContext context;
  std::unique_ptr<Store> store;
  SeededRandom random{1};
  SqliteMemory memory{{wall, random}, {}};
  HttpClient client;
  Broker broker;
  InProcess place;
  ScriptRunner runner;
  LuaToolServices services;
  std::vector<std::unique_ptr<LuaTool>> tools;
};

inline bool holds(const std::string& text, const std::string& part) {
  INFO("'" << part << "' in: " << text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}

}  // namespace yoke
