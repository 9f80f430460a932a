#include "models/needs.h"

#include <catch2/catch.hpp>

#include "tests/models/route_world.h"

namespace yoke {
namespace {

TEST_CASE("a request needs what it brings along, and only what is known to be missing is missed") {
  ModelRequest plain = hello();
  ModelRequest tools = hello();
  tools.tools.push_back(tool_named("a"));
  ModelRequest image = hello();
  image.messages[0].parts.emplace_back(ImagePart{});
  ModelRequest schema = hello();
  schema.output_schema = {{"type", "object"}};
  ModelFacts facts;
  for (const ModelRequest& request : {plain, tools, image, schema}) {
    CHECK(lacking(facts, request).empty());
  }
  facts.tools = facts.images_in = facts.structured = Known::no;
  CHECK(lacking(facts, plain).empty());
  CHECK(lacking(facts, tools) == "tools");
  CHECK(lacking(facts, image) == "eyes for images");
  CHECK(lacking(facts, schema) == "a way to keep to a schema");
  ModelFacts small;
  small.context_tokens = 100;
  plain.output_tokens_max = 99;
  CHECK_THAT(lacking(small, plain), Catch::StartsWith("room for 1"));
  small.context_tokens = 10'000;
  CHECK(lacking(small, plain).empty());
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

TEST_CASE("when no target can do what is needed cheapest asks all the same, and says so") {
  RouteWorld world("cheapest", {"a"});
  world.config.backends["a"].facts["*"].tools = Known::no;
  world.request.tools.push_back(tool_named("a"));
  world.sender.answers = {FakeSender::text("Hi")};
  CHECK_THAT(reply_in(world.call()).route.why,
             Catch::StartsWith("no target is known to have tools; at most $"));
}

}  // namespace
}  // namespace yoke
