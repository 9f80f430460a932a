#include <catch2/catch.hpp>

#include "models/ollama/ollama_wire.h"
#include "models/openai_responses/responses_wire.h"
#include "tests/models/route_world.h"
#include "tests/models/vendor_fixtures.h"

// Images that tools gave, on each vendor's wire.
namespace yoke {
namespace {

const std::string kPng = "data:image/png;base64,iVBORw0KGgo=";

// Two calls of one turn: the first gave an image, the second text.
ModelRequest with_tool_image() {
  ModelRequest request;
  request.target = "r";
  request.messages.push_back(user_message("look"));
  request.messages.push_back(assistant(
      {call_part("c1", "cam.shot", {{"n", 1}}), call_part("c2", "cam.name", {{"n", 2}})}));
  Message results = tool_result("c1", "cam.shot", "[image/png, 6 bytes]");
  results.parts.emplace_back(ImagePart{"image/png", kPng});
  results.parts.emplace_back(tool_result("c2", "cam.name", "front").parts.front());
  request.messages.push_back(std::move(results));
  return request;
}

Json last_of(const Json& array, std::size_t from_end = 0) {
  return array[array.size() - 1 - from_end];
}

bool holds_image(const FakeSender& sender, std::size_t at) {
  return sender.sent[at].body.find("iVBORw0KGgo") != std::string::npos;
}

FakeSender::Answer refused(const std::string& why) {
  FakeSender::Answer answer;
  answer.status = 400;
  answer.body = R"({"error":{"message":")" + why + R"("}})";
  return answer;
}

}  // namespace

TEST_CASE("to Anthropic an image of a tool stands in its result") {
  const anthropic::MessagesWire wire;
  const Json body = body_of(wire, with_tool_image(), form_of(wire));
  const Json results = last_of(body["messages"])["content"];
  REQUIRE(results.size() == 2);
  REQUIRE(results[0]["type"] == "tool_result");
  REQUIRE(results[0]["content"].size() == 2);
  CHECK(results[0]["content"][0] == Json{{"type", "text"}, {"text", "[image/png, 6 bytes]"}});
  CHECK(results[0]["content"][1]["source"] ==
        Json{{"type", "base64"}, {"media_type", "image/png"}, {"data", "iVBORw0KGgo="}});
  CHECK(results[1]["content"] == "front");
}

TEST_CASE("to OpenAI's Responses an image of a tool stands in its output") {
  const openai_responses::ResponsesWire wire{openai_responses::Dialect{true, true}};
  const Json body = body_of(wire, with_tool_image(), form_of(wire));
  const Json output = last_of(body["input"], 1);
  REQUIRE(output["type"] == "function_call_output");
  CHECK(output["output"][0] == Json{{"type", "input_text"}, {"text", "[image/png, 6 bytes]"}});
  CHECK(output["output"][1]["type"] == "input_image");
  CHECK(output["output"][1]["image_url"] == kPng);
  CHECK(last_of(body["input"])["output"] == "front");
}

TEST_CASE("to a chat server the images of tools follow all results, as the user's") {
  const Json messages = encoded(with_tool_image(), "openai-compatible")["messages"];
  CHECK(last_of(messages, 2)["content"] == "[image/png, 6 bytes]");
  CHECK(last_of(messages, 1)["content"] == "front");
  const Json seen = last_of(messages);
  CHECK(seen["role"] == "user");
  CHECK(seen["content"][0]["text"].get<std::string>().find("cam.shot") != std::string::npos);
  CHECK(seen["content"][1]["image_url"]["url"] == kPng);
}

TEST_CASE("nothing comes between two results that are messages of their own") {
  ModelRequest request = with_tool_image();
  Message& both = request.messages.back();
  Message second;
  second.role = Role::tool;
  second.parts.push_back(both.parts.back());
  both.parts.pop_back();
  request.messages.push_back(std::move(second));
  const Json messages = encoded(request, "openai-compatible")["messages"];
  CHECK(last_of(messages, 2)["role"] == "tool");
  CHECK(last_of(messages, 1)["role"] == "tool");
  CHECK(last_of(messages)["role"] == "user");
}

TEST_CASE("to Gemini the images of tools stand beside all responses") {
  const gemini::GenerateWire wire;
  const Json body = body_of(wire, with_tool_image(), form_of(wire, "gemini-3-pro"));
  const Json parts = last_of(body["contents"])["parts"];
  REQUIRE(parts.size() == 4);
  CHECK(parts[0]["functionResponse"]["response"]["output"] == "[image/png, 6 bytes]");
  CHECK(parts[1].contains("functionResponse"));
  CHECK(parts[2]["text"].get<std::string>().find("cam.shot") != std::string::npos);
  CHECK(parts[3]["inlineData"] == Json{{"mimeType", "image/png"}, {"data", "iVBORw0KGgo="}});
}

TEST_CASE("to Ollama the images of tools follow all results, as the user's") {
  const ollama::OllamaWire wire;
  const Json messages = body_of(wire, with_tool_image(), form_of(wire))["messages"];
  CHECK(last_of(messages)["role"] == "user");
  CHECK(last_of(messages)["images"] == Json::array({"iVBORw0KGgo="}));
  CHECK(last_of(messages, 1)["content"] == "front");
}

TEST_CASE(
    "a model that is known to see none is asked without images of tools, and is not refused") {
  RouteWorld world("fallback", {"a"});
  world.config.backends["a"].facts["*"].images_in = Known::no;
  world.request.messages = with_tool_image().messages;
  world.sender.answers = {FakeSender::text("a cat")};
  CHECK(std::holds_alternative<ModelReply>(world.call()));
  CHECK_FALSE(holds_image(world.sender, 0));
}

TEST_CASE("a model of which nothing is known is asked again without them when it refuses") {
  RouteWorld world("fallback", {"a"});
  world.request.messages = with_tool_image().messages;
  world.sender.answers = {refused("this model takes no image_url"), FakeSender::text("a cat"),
                          FakeSender::text("a cat")};
  CHECK(std::holds_alternative<ModelReply>(world.call()));
  REQUIRE(world.sender.sent.size() == 2);
  CHECK(holds_image(world.sender, 0));
  CHECK_FALSE(holds_image(world.sender, 1));
  CHECK(std::holds_alternative<ModelReply>(world.call()));  // it is remembered
  REQUIRE(world.sender.sent.size() == 3);
  CHECK_FALSE(holds_image(world.sender, 2));
}

TEST_CASE("a refusal that had nothing to do with images is told as it was, and nothing is learnt") {
  RouteWorld world("fallback", {"a"});
  world.request.messages = with_tool_image().messages;
  world.sender.answers = {refused("no"), refused("no"), FakeSender::text("a cat")};
  CHECK(std::holds_alternative<ModelFailure>(world.call()));
  CHECK(std::holds_alternative<ModelReply>(world.call()));
  CHECK(holds_image(world.sender, 2));
}

}  // namespace yoke
