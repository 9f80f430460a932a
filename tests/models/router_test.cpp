#include "models/router.h"

#include <catch2/catch.hpp>

#include "tests/models/fake_scripts.h"
#include "tests/models/fake_sender.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

using Texts = std::vector<std::string>;

const std::string kHi = R"({"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]})";

// Two servers, a scripted model and a route over them; all share one fake network.
struct RouterWorld {
  FakeSender sender;
  FixedRandom random;
  FixedWall wall;
  FakeScripts scripts;
  ModelsConfig config;
  Deltas deltas;

  RouterWorld() {
    BackendSettings server;
    server.preset = "openai-compatible";
    server.base_url = "http://one.example/v1";
    server.retry.attempts_max = 1;
    config.backends["one"] = server;
    server.base_url = "http://two.example/v1";
    config.backends["two"] = server;
    BackendSettings demo;
    demo.preset = "scripted";
    demo.script = demo_source();
    config.backends["demo"] = demo;
    config.routes["default"].targets = {"one/big", "two/org/small", "demo/weather-demo"};
  }

  Result<std::unique_ptr<Router>> make() {
    const ModelServices services{sender, random, wall, &scripts};
    return make_router(config, services);
  }
  std::string refusal() { return make().error().message(); }

  ModelOutcome call(const std::string& target, bool streams = false) {
    auto router = make().value();
    TestLoop loop;
    DeltaSink sink;
    if (streams) sink = deltas.sink();
    return run(loop.io, router->call(hello(target), kNoDeadline, sink));
  }
};

TEST_CASE("a target is a backend and whatever follows the first slash") {
  RouterWorld world;
  world.sender.answers = {FakeSender::text("Hi")};
  const ModelOutcome outcome = world.call("two/org/small");
  CHECK(reply_in(outcome).target == "two/org/small");
  CHECK(world.sender.sent[0].url == "http://two.example/v1/chat/completions");
  CHECK(parse_json(world.sender.sent[0].body).value()["model"] == "org/small");
}

TEST_CASE("a route goes on to its next target when one fails, and counts every attempt") {
  for (const int status : {401, 402, 403, 429, 500, 503}) {
    RouterWorld world;
    world.sender.answers = {FakeSender::status(status), FakeSender::text("Hi")};
    const ModelOutcome outcome = world.call("default");
    CHECK(reply_in(outcome).target == "two/org/small");
    CHECK(reply_in(outcome).attempts == 2);
  }
  RouterWorld world;
  world.sender.answers = {FakeSender::broken(HttpFailure::Kind::connect),
                          FakeSender::broken(HttpFailure::Kind::cut)};
  const ModelOutcome outcome = world.call("default");
  CHECK(reply_in(outcome).target == "demo/weather-demo");
  CHECK(reply_in(outcome).attempts == 3);
}

TEST_CASE("a request that is wrong is wrong everywhere: the route ends there") {
  RouterWorld world;
  world.sender.answers = {FakeSender::status(400)};
  const ModelOutcome outcome = world.call("default");
  CHECK(failure_in(outcome).failure_class == FailureClass::client);
  CHECK(failure_in(outcome).target == "one/big");
  CHECK(world.sender.sent.size() == 1);
}

TEST_CASE("a route that may void nothing does not go on over text that was streamed") {
  RouterWorld world;
  world.config.routes["default"].after = AfterCommit::error;
  world.sender.answers = {FakeSender::stream({R"({"choices":[{"delta":{"content":"Hel"}}]})"})};
  const ModelOutcome outcome = world.call("default", true);
  CHECK(failure_in(outcome).target == "one/big");
  CHECK(world.deltas.seen == Texts{"text:Hel"});
}

TEST_CASE("a route goes on when a stream fails before its first word") {
  RouterWorld world;
  world.sender.answers = {FakeSender::status(503), FakeSender::stream({kHi, "[DONE]"})};
  const ModelOutcome outcome = world.call("default", true);
  CHECK(reply_in(outcome).target == "two/org/small");
  CHECK(world.deltas.seen == Texts{"text:Hi"});
}

TEST_CASE("when every target fails the failure tells of each") {
  RouterWorld world;
  world.config.routes["default"].targets = {"one/big", "two/small"};
  world.sender.answers = {FakeSender::status(429), FakeSender::status(500)};
  const ModelOutcome outcome = world.call("default");
  const ModelFailure& failure = failure_in(outcome);
  CHECK(failure.message ==
        "backend 'one' answered 429: not now; too many requests; then "
        "backend 'two' answered 500: not now");
  CHECK(failure.target == "two/small");
  CHECK(failure.attempts == 2);
}

TEST_CASE("the next target is not asked when that could cost more than was reserved") {
  FakeSender::Answer billed = FakeSender::text("");  // 10 tokens in, 1 out: none, and billed
  const auto call = [&billed](NanoUsd reserved) {
    RouterWorld world;
    world.config.backends["one"].prices = {{"*", Price{0, 0, 0, 50'000'000}}};
    world.config.backends["two"].prices = {{"*", Price{0, 0, 0, 1'000'000}}};
    world.config.routes["default"].targets = {"one/big", "two/small"};
    world.sender.answers = {billed, FakeSender::text("Hi")};
    const auto router = world.make().value();
    ModelRequest request = hello("default");
    request.output_tokens_max = 100;
    request.reserved = reserved;
    TestLoop loop;
    return run(loop.io, router->call(request, kNoDeadline, {}));
  };
  const ModelOutcome refused = call(149);
  CHECK(failure_in(refused).target == "one/big");
  CHECK(failure_in(refused).cost == 50);
  CHECK_THAT(failure_in(refused).message,
             Catch::EndsWith("; 'two/small' is not asked: it could come to more than the "
                             "$0.000000149 reserved for the call"));
  const ModelOutcome covered = call(150);
  CHECK(reply_in(covered).target == "two/small");
  CHECK(reply_in(covered).cost == 51);
}

TEST_CASE("a name that is nothing gets the nearest one that is something") {
  RouterWorld world;
  const auto said = [&world](const std::string& target) {
    const ModelOutcome outcome = world.call(target);
    CHECK(failure_in(outcome).failure_class == FailureClass::client);
    return failure_in(outcome).message;
  };
  CHECK(said("defualt") ==
        "no route named 'defualt' (did you mean 'default'?); a model is a route or backend/model");
  CHECK(said("tow/x") == "no backend named 'tow' (did you mean 'two'?)");
  CHECK(said("one/") == "'one/' names no model after the '/'");
  CHECK(said("demo/wether-demo").starts_with("backend 'demo' has no model named 'wether-demo'"));
}

TEST_CASE("an estimate is the dearest target's, and priced only when all are") {
  RouterWorld world;
  world.config.backends["one"].prices = {{"*", Price{1'000'000, 0, 0, 2'000'000}}};
  const auto router = world.make().value();
  ModelRequest request = hello("one/big");
  request.output_tokens_max = 10;
  const ModelEstimate one = router->estimate(request).value();
  CHECK(one.priced);
  CHECK(one.cost == one.input_tokens + 2 * 10);
  request.target = "default";
  const ModelEstimate route = router->estimate(request).value();
  CHECK_FALSE(route.priced);
  CHECK(route.cost == one.cost);
  CHECK(route.unpriced ==
        "no price is known for 'two/org/small'; write it in yoke.toml, as [backends.two.prices] "
        "with input and output in dollars for a million tokens");
  request.target = "demo/weather-demo";
  CHECK(router->estimate(request).value().priced);
  CHECK(router->estimate(request).value().cost == 0);
  request.target = "nothing";
  CHECK(router->estimate(request).error().code == Errc::not_found);
}

TEST_CASE("a wrong configuration names its key and the mend") {
  const auto refusal = [](const std::function<void(ModelsConfig&)>& spoil) {
    RouterWorld world;
    spoil(world.config);
    return world.refusal();
  };
  CHECK(refusal([](auto& c) { c.backends["one"].preset = "opnai"; }) ==
        "backends.one.preset: unknown preset 'opnai' (did you mean 'openai'?)");
  CHECK(refusal([](auto& c) { c.backends["one"].base_url = ""; }) ==
        "backends.one.base_url: preset 'openai-compatible' has no address of its own: name the "
        "server's, for example http://127.0.0.1:9000/v1");
  CHECK(refusal([](auto& c) {
          c.backends["one"].base_url = "lab:9000";
        }).starts_with("backends.one.base_url: "));
  CHECK(refusal([](auto& c) { c.backends["one"].script = demo_source(); }) ==
        "backends.one.script: only the presets 'scripted' and 'lua' take a script");
  CHECK(refusal([](auto& c) { c.backends["demo"].script = nullptr; }) ==
        "backends.demo.script: preset 'scripted' needs a Lua file");
  CHECK(refusal([](auto& c) {
          c.backends["one"].extra_body = {{"stream", true}};
        }) == "backends.one.body.stream: this field is set for each request by Yoke");
  CHECK(refusal([](auto& c) {
          c.backends["one"].headers = {{"X-A", "a\r\nb"}};
        }).starts_with("backends.one.headers: 'X-A' "));
  CHECK(refusal([](auto& c) { c.backends["one"].api_key = Secret("sk-12345\n"); }) ==
        "backends.one.api_key: it holds characters that cannot stand in a header, such as a line "
        "break");
  CHECK(refusal([](auto& c) { c.routes["default"].strategy = "falback"; }) ==
        "routes.default.strategy: unknown strategy 'falback' (did you mean 'fallback'?); there are "
        "fallback, weighted, cascade, fastest, cheapest, hedged, shadow");
  CHECK(refusal([](auto& c) { c.routes["default"].targets = {}; }) ==
        "routes.default.targets: it names no model");
  CHECK(refusal([](auto& c) {
          c.routes["default"].targets = {"one/x", "tow/x"};
        }) == "routes.default.targets[1]: no backend named 'tow' (did you mean 'two'?)");
}

TEST_CASE("each preset makes a backend, and none claims to have been tried against its vendor") {
  for (const Preset& preset : presets()) {
    if (preset.wire == Preset::Wire::script_wire) continue;  // its script has to define one
    RouterWorld world;
    world.config.backends.clear();
    world.config.routes.clear();
    BackendSettings& settings = world.config.backends["x"];
    settings.preset = preset.name;
    if (preset.base_url.empty()) settings.base_url = "http://127.0.0.1:9/v1";
    if (preset.wire == Preset::Wire::script) settings.script = demo_source();
    INFO(preset.name);
    CHECK(world.make().has_value());
    CHECK(preset.checked == "documented");
    CHECK(preset.key_needed != preset.key_env.empty());
  }
}

}  // namespace
}  // namespace yoke
