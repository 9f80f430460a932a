#include <catch2/catch.hpp>

#include "models/openai_responses/responses_wire.h"
#include "tests/models/vendor_fixtures.h"

namespace yoke {
namespace {

using openai_responses::Dialect;
using openai_responses::ResponsesWire;

const ResponsesWire kOpenAi{Dialect{true, true}};

Json sent(const ModelRequest& request, const std::string& model = "gpt-5-mini",
          Json extra = Json::object()) {
  return body_of(kOpenAi, request, form_of(kOpenAi, model, std::move(extra)));
}

ReasoningPart reasoning_item(Json item, std::string origin = "openai-responses/lab") {
  ReasoningPart part;
  part.key = "summary";
  part.opaque = Opaque{std::move(origin), "reasoning", std::move(item)};
  return part;
}

Json rs(const std::string& id) {
  return {{"type", "reasoning"},
          {"id", id},
          {"summary", Json::array()},
          {"encrypted_content", "gAAA" + id}};
}

ModelRequest tool_turn() {
  ModelRequest request;
  request.instructions = "Be brief.";
  request.messages.push_back(user_message("Weather in Oslo?"));
  request.messages.push_back(assistant(
      {reasoning_item(rs("rs_1")), call_part("call_1", "weather.now", {{"place", "Oslo"}})}));
  request.messages.push_back(tool_result("call_1", "weather.now", "3 degrees"));
  request.tools.push_back(tool_named("weather.now"));
  return request;
}

TEST_CASE("a request for a response has exactly the fields it asks for") {
  ModelRequest request = tool_turn();
  request.cache_key = "conversation-1";
  request.temperature = 0.5;
  request.output_schema = {{"type", "object"}};
  const Json expected = json(R"({
    "model": "gpt-5-mini", "instructions": "Be brief.",
    "input": [
      {"type": "message", "role": "user",
       "content": [{"type": "input_text", "text": "Weather in Oslo?"}]},
      {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAArs_1"},
      {"type": "function_call", "call_id": "call_1", "name": "weather_now",
       "arguments": "{\"place\":\"Oslo\"}"},
      {"type": "function_call_output", "call_id": "call_1", "output": "3 degrees"}],
    "tools": [{"type": "function", "name": "weather_now", "description": "Does it.",
      "parameters": {"type": "object", "properties": {}}, "strict": false}],
    "text": {"format": {"type": "json_schema", "name": "answer", "schema": {"type": "object"}}},
    "include": ["reasoning.encrypted_content"], "max_output_tokens": 4096, "temperature": 0.5,
    "prompt_cache_key": "conversation-1", "store": false})");
  CHECK(sent(request) == expected);
}

TEST_CASE("reasoning goes back to its maker, before the item that it led to") {
  ModelRequest request = tool_turn();
  Message& turn = request.messages[1];
  turn.parts.insert(turn.parts.begin() + 1, TextPart{"Let me look."});
  turn.parts.insert(turn.parts.begin() + 2, reasoning_item(rs("rs_2")));
  const Json input = sent(request)["input"];
  CHECK(input[1]["id"] == "rs_1");
  CHECK(input[2]["content"][0] == Json({{"type", "output_text"}, {"text", "Let me look."}}));
  CHECK(input[3]["id"] == "rs_2");
  CHECK(input[4]["type"] == "function_call");
}

TEST_CASE("reasoning of another backend, or that nothing followed, is left out") {
  ModelRequest request = tool_turn();
  std::get<ReasoningPart>(request.messages[1].parts[0]).opaque->origin = "openai-responses/other";
  CHECK(sent(request)["input"][1]["type"] == "function_call");
  request = tool_turn();
  request.messages[1].parts.push_back(reasoning_item(rs("rs_2")));
  const Json input = sent(request)["input"];
  CHECK(input[1]["id"] == "rs_1");
  CHECK(input[3]["type"] == "function_call_output");
}

TEST_CASE("a reasoning item goes back encrypted without its text, or with its text alone") {
  ModelRequest request = tool_turn();
  Json item = rs("rs_1");
  item["content"] = json(R"([{"type": "reasoning_text", "text": "hm"}])");
  item["status"] = "completed";
  Json& kept = std::get<ReasoningPart>(request.messages[1].parts[0]).opaque->value;
  kept = item;
  CHECK(sent(request)["input"][1] == rs("rs_1"));
  kept.erase("encrypted_content");
  CHECK(sent(request)["input"][1]["content"] == item["content"]);
  kept.erase("content");  // nothing in it that the vendor could read
  CHECK(sent(request)["input"][1]["type"] == "function_call");
}

TEST_CASE("models that do not reason are not asked to encrypt their reasoning") {
  CHECK_FALSE(sent(tool_turn(), "gpt-4o-mini").contains("include"));
  CHECK(sent(tool_turn(), "o4-mini").contains("include"));
}

TEST_CASE("an operator can say of a deployment's model that it does not reason") {
  const Json nothing = {{"include", Json::array()}};
  const WireForm form = form_of(kOpenAi, "my-deployment", nothing);
  CHECK_FALSE(body_of(kOpenAi, tool_turn(), form).contains("include"));
}

TEST_CASE("the operator's text, include and tools are joined with ours, and may keep it stored") {
  ModelRequest request = tool_turn();
  request.output_schema = {{"type", "object"}};
  const Json extra =
      json(R"({"text": {"verbosity": "low"}, "include": ["message.output_text.logprobs"],
    "tools": [{"type": "image_generation"}], "store": true, "reasoning": {"effort": "low"}})");
  const Json body = sent(request, "gpt-5", extra);
  CHECK(body["text"]["verbosity"] == "low");
  CHECK(body["text"]["format"]["type"] == "json_schema");
  CHECK(body["include"] == Json({"message.output_text.logprobs", "reasoning.encrypted_content"}));
  CHECK(body["tools"][0]["name"] == "weather_now");
  CHECK(body["tools"][1] == Json({{"type", "image_generation"}}));
  CHECK(body["store"] == true);
  CHECK(body["reasoning"] == Json({{"effort", "low"}}));
}

TEST_CASE("a message keeps its phase where it came from, and a refusal goes back as one") {
  ModelRequest request;
  request.messages.push_back(user_message("Hi"));
  TextPart said{"On it."};
  said.opaque = Opaque{"openai-responses/lab", "phase", "commentary"};
  request.messages.push_back(assistant({said, RefusalPart{"No."}}));
  request.messages.push_back(user_message("Then?"));
  Json input = sent(request)["input"];
  CHECK(input[1]["phase"] == "commentary");
  CHECK(input[2]["content"][0] == Json({{"type", "refusal"}, {"refusal", "No."}}));
  std::get<TextPart>(request.messages[1].parts[0]).opaque->origin = "anthropic";
  CHECK_FALSE(sent(request)["input"][1].contains("phase"));
}

TEST_CASE("images go along as input, the model's own too") {
  ModelRequest request;
  Message asked = user_message("Bluer, please.");
  asked.parts.emplace_back(ImagePart{"image/png", "https://x.example/a.png"});
  request.messages.push_back(
      assistant({TextPart{"Here."}, ImagePart{"image/png", "data:image/png;base64,AAAA"}}));
  request.messages.push_back(asked);
  const Json input = sent(request)["input"];
  CHECK(input[1] == json(R"({"type": "message", "role": "user", "content": [{"type": "input_image",
    "image_url": "data:image/png;base64,AAAA", "detail": "auto"}]})"));
  CHECK(input[2]["content"][1]["image_url"] == "https://x.example/a.png");
}

}  // namespace
}  // namespace yoke
