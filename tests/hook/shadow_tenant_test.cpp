#include <catch2/catch.hpp>

#include "hosts/app/shadows.h"
#include "hosts/hook/openai/openai.h"
#include "tests/hook/hook_world.h"

namespace yoke::testing {
namespace {

constexpr const char* kWatchedRoute = R"toml(
[backends.rival]
preset = "scripted"
script = "models/sample.lua"

[routes.watched]
strategy = "shadow"
targets = ["demo/sample", "rival/sample"]
)toml";

}  // namespace

TEST_CASE("a rival is asked on behalf of the tenant whose run it shadows") {
  HookWorld world(add_openai, kWatchedRoute);
  world.gate.who.tenant = "acme";
  Shadows shadows(world.app());
  const Json body{{"model", "route/watched"},
                  {"messages", Json::array({{{"role", "user"}, {"content", "say hi"}}})}};
  const HttpResponse reply = world.ask("POST", "/v1/chat/completions", body);
  INFO(reply.body);
  REQUIRE(reply.status == 200);
  Terminal terminal(ColorChoice::never);
  run(world.loop.io, shadows.finish(std::chrono::seconds(60), terminal));
  RunFilter all;
  all.agent = kShadowAgent;
  all.tenant = std::nullopt;
  const std::vector<RunRow> rows = run(world.loop.io, world.app().store().list(all));
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].tenant == "acme");
  CHECK(rows[0].status == RunStatus::completed);
}

}  // namespace yoke::testing
