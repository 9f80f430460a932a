#include "models/routes/needs.h"

#include <catch2/catch.hpp>

#include "tests/models/route_world.h"

namespace yoke {
namespace {

ModelFacts blind() {
  ModelFacts facts;
  facts.images_in = Known::no;
  return facts;
}

void show_image(RouteWorld& world) {
  ImagePart image;
  image.media_type = "image/png";
  image.url = "data:image/png;base64,AAAA";
  world.request.messages.back().parts.emplace_back(std::move(image));
}

TEST_CASE("a request needs what it brings along, and only what is known to be missing is missed") {
  const ModelRequest plain = hello();
  ModelRequest tools = hello();
  tools.tools.push_back(tool_named("a"));
  ModelRequest image = hello();
  image.messages[0].parts.emplace_back(ImagePart{});
  ModelRequest schema = hello();
  schema.output_schema = {{"type", "object"}};
  ModelFacts facts;
  for (const ModelRequest& request : {plain, tools, image, schema}) {
    CHECK(lack_of(needs_of(request), facts).empty());
  }
  facts.tools = facts.images_in = facts.structured = Known::no;
  CHECK(lack_of(needs_of(plain), facts).empty());
  CHECK(lack_of(needs_of(tools), facts) == "calls no tools");
  CHECK(lack_of(needs_of(image), facts) == "takes no images");
  CHECK(lack_of(needs_of(schema), facts) == "does not keep to a schema");
}

TEST_CASE("cheapest asks the cheapest of those that can do what the request needs") {
  RouteWorld world("cheapest", {"a", "b"});
  world.price("b", 9'000'000);
  world.config.backends["a"].facts["*"].tools = Known::no;
  world.sender.answers = {FakeSender::text("Hi"), FakeSender::text("Hi")};
  world.call();
  world.request.tools.push_back(tool_named("a"));
  world.call();
  CHECK(world.asked() == "ab");
}

TEST_CASE("a target that is known to take no images is passed over for one that may") {
  RouteWorld world("fallback");
  world.config.backends["a"].facts["*"] = blind();
  show_image(world);
  world.sender.answers = {FakeSender::text("A cat.")};
  const ModelOutcome outcome = world.call();
  CHECK(world.asked() == "b");
  CHECK(reply_in(outcome).route.why == "a/m takes no images");
}

TEST_CASE("without an image nobody is passed over for taking none") {
  RouteWorld world("fallback");
  world.config.backends["a"].facts["*"] = blind();
  world.sender.answers = {FakeSender::text("Hi")};
  world.call();
  CHECK(world.asked() == "a");
}

TEST_CASE("images that no target takes are refused before anything is sent, with the mend") {
  RouteWorld world("fallback");
  world.config.backends["a"].facts["*"] = blind();
  world.config.backends["b"].facts["*"] = blind();
  show_image(world);
  const ModelOutcome outcome = world.call();
  const auto& failure = std::get<ModelFailure>(outcome);
  CHECK(world.asked().empty());
  CHECK(failure.failure_class == FailureClass::client);
  CHECK(failure.attempts == 0);
  CHECK(failure.message ==
        "'a/m', 'b/m' take no images, as far as is known; name a model that does, or write images "
        "= true under [backends.a.models.\"m\"] in yoke.toml");
}

TEST_CASE("a target that calls no tools, or has no room, is passed over where another may do") {
  RouteWorld world("fallback");
  world.config.backends["a"].facts["*"].context_tokens = 10;
  world.request.messages = {user_message(std::string(4000, 'x'))};
  world.sender.answers = {FakeSender::text("Hi")};
  const ModelOutcome outcome = world.call();
  CHECK(world.asked() == "b");
  CHECK(reply_in(outcome).route.why.starts_with("a/m has room for 10 tokens, not for about "));
}

TEST_CASE("where all lack something other than images, the vendor has the say") {
  RouteWorld world("fallback");
  world.config.backends["a"].facts["*"].context_tokens = 10;
  world.config.backends["b"].facts["*"].context_tokens = 10;
  world.request.messages = {user_message(std::string(4000, 'x'))};
  world.sender.answers = {FakeSender::text("Hi")};
  world.call();
  CHECK(world.asked() == "a");
}

TEST_CASE("a strategy's first target that is unable leaves no hedge and no shadow of itself") {
  RouteMemory memory(1);
  const RouteSettings settings;
  SeededRandom random{1};
  PlanInput input{settings, {}, "", memory, random, {}};
  for (const char* name : {"a/m", "b/m", "c/m"}) input.targets.emplace_back().name = name;
  input.targets[0].lacks = "takes no images";
  RoutePlan plan;
  plan.order = {0};
  plan.shadows = {1, 2};
  plan.hedge_after = std::chrono::milliseconds(5);
  pass_over_unable(plan, input);
  CHECK(plan.order == std::vector<std::size_t>{1});
  CHECK(plan.shadows == std::vector<std::size_t>{2});
  CHECK_FALSE(plan.hedge_after.has_value());
}

}  // namespace
}  // namespace yoke
