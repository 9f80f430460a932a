#include "models/structured.h"

#include <catch2/catch.hpp>

#include "tests/models/route_world.h"

namespace yoke {
namespace {

using Texts = std::vector<std::string>;

const Json kSum = {
    {"type", "object"}, {"properties", {{"sum", {{"type", "integer"}}}}}, {"required", {"sum"}}};

FakeSender::Answer said_json(const std::string& text) { return FakeSender::text(text); }

// One server, asked for an answer of a given shape.
struct World : RouteWorld {
  explicit World(std::vector<std::string> names = {"a"})
      : RouteWorld("fallback", std::move(names)) {
    request.output_schema = kSum;
  }
  StructuredNote note_of(const ModelOutcome& outcome) const {
    return reply_in(outcome).route.structured.value();
  }
};

TEST_CASE("an answer that fits at once takes one attempt, and says by which way it was got") {
  World world;
  world.sender.answers = {said_json(R"({\"sum\":4})")};
  const StructuredNote note = world.note_of(world.call());
  CHECK(note.mode == "native");
  CHECK(note.attempts == 1);
  CHECK_FALSE(note.degraded);
}

TEST_CASE("an answer that does not fit is mended by the same model, which is told what is wrong") {
  World world;
  world.sender.answers = {said_json(R"({\"sum\":\"four\"})"), said_json(R"({\"sum\":4})")};
  const ModelOutcome outcome = world.call();
  CHECK(text_of(reply_in(outcome).message) == R"({"sum":4})");
  CHECK(world.note_of(outcome).attempts == 2);
  REQUIRE(tries_of(outcome).size() == 2);
  CHECK(tries_of(outcome)[0].message.starts_with("it does not fit: "));
  CHECK(tries_of(outcome)[1].role == "repair");
  CHECK(reply_in(outcome).usage.input == 20);
  const Json messages = parse_json(world.sender.sent[1].body).value()["messages"];
  REQUIRE(messages.size() == 3);
  CHECK(messages[1]["content"] == R"({"sum":"four"})");
  CHECK(messages[2]["content"].get<std::string>().starts_with(
      "Your answer does not fit the schema it must have: "));
}

TEST_CASE("after as many answers as the route allows the last one stands, as degraded") {
  World world;
  world.route().structured_attempts = 2;
  world.sender.answers = {said_json("four"), said_json("still four")};
  const ModelOutcome outcome = world.call();
  CHECK(text_of(reply_in(outcome).message) == "still four");
  CHECK(world.note_of(outcome).attempts == 2);
  CHECK(world.note_of(outcome).degraded);
}

TEST_CASE("no answer is mended that the reservation does not cover") {
  World world;
  const ModelEstimate estimate = world.estimate();
  CHECK(estimate.cost_most == 3 * estimate.cost);
  world.request.reserved = estimate.cost;
  world.sender.answers = {said_json("four")};
  const ModelOutcome outcome = world.call();
  CHECK(world.note_of(outcome).degraded);
  CHECK(tries_of(outcome)[0].message.starts_with("not mended: that could come to more than the $"));
}

TEST_CASE("what was streamed of an answer that does not fit is void") {
  World world;
  world.sender.answers = {streamed("four"), streamed(R"({\"sum\":4})")};
  world.call(true);
  CHECK(world.deltas.seen == Texts{"text:four", "reset:", R"(text:{"sum":4})"});
}

TEST_CASE("where nothing may be voided, an answer is shown when it fits") {
  World world;
  world.route().after = AfterCommit::error;
  world.sender.answers = {streamed("four"), streamed(R"({\"sum\":4})")};
  world.call(true);
  CHECK(world.deltas.seen == Texts{R"(text:{"sum":4})"});
}

TEST_CASE("a target that fails over a repair is followed by the next one") {
  World world({"a", "b"});
  world.sender.answers = {said_json("four"), FakeSender::status(500), said_json(R"({\"sum\":4})")};
  const ModelOutcome outcome = world.call();
  CHECK(reply_in(outcome).target == "b/m");
  CHECK(world.note_of(outcome).attempts == 1);
  CHECK(world.asked() == "aab");
}

}  // namespace
}  // namespace yoke
