#include <catch2/catch.hpp>

#include "models/anthropic/schema.h"
#include "tests/models/vendor_fixtures.h"

namespace yoke {
namespace {

const anthropic::MessagesWire kRequestWire;
const std::string kClaude = "anthropic/lab";

// Thinking as backend 'lab' gave it; what is signed is kept beside its text.
Part thinking(std::string text, std::string signature, const std::string& origin = kClaude) {
  ReasoningPart part;
  part.text = std::move(text);
  part.key = "thinking";
  part.opaque =
      Opaque{origin, "thinking", {{"type", "thinking"}, {"signature", std::move(signature)}}};
  return part;
}

Part redacted(std::string data) {
  ReasoningPart part;
  part.key = "redacted_thinking";
  part.opaque = Opaque{
      kClaude, "redacted_thinking", {{"type", "redacted_thinking"}, {"data", std::move(data)}}};
  return part;
}

ModelRequest anthropic_question() {
  ModelRequest request;
  request.output_tokens_max = 2000;
  request.messages.push_back(user_message("Weather in Oslo?"));
  return request;
}

// A question, thoughts, two calls, their results.
ModelRequest tool_loop() {
  ModelRequest request = anthropic_question();
  request.instructions = "Be brief.";
  request.tools = {tool_named("weather.now"), tool_named("time.now")};
  request.messages.push_back(
      assistant({thinking("need tools", "sig1"), redacted("xyz"), TextPart{"Looking."},
                 call_part("toolu_1", "weather.now", {{"place", "Oslo"}}),
                 call_part("toolu_2", "time.now", Json::object())}));
  request.messages.push_back(tool_result("toolu_2", "time.now", "noon"));
  request.messages.push_back(tool_result("toolu_1", "weather.now", "rain"));
  return request;
}

Json anthropic_sent(const ModelRequest& request, Json extra = Json::object()) {
  return body_of(kRequestWire, request, form_of(kRequestWire, "claude-x", std::move(extra)));
}

TEST_CASE("a request on Anthropic's wire is written exactly so") {
  ModelRequest request = tool_loop();
  request.temperature = 0.5;
  CHECK(anthropic_sent(request) == json(R"({
    "model": "claude-x", "max_tokens": 2000, "temperature": 0.5, "system": "Be brief.",
    "tools": [
      {"name": "weather_now", "description": "Does it.",
       "input_schema": {"type": "object", "properties": {}}},
      {"name": "time_now", "description": "Does it.",
       "input_schema": {"type": "object", "properties": {}}}],
    "messages": [
      {"role": "user", "content": [{"type": "text", "text": "Weather in Oslo?"}]},
      {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "need tools", "signature": "sig1"},
        {"type": "redacted_thinking", "data": "xyz"},
        {"type": "text", "text": "Looking."},
        {"type": "tool_use", "id": "toolu_1", "name": "weather_now", "input": {"place": "Oslo"}},
        {"type": "tool_use", "id": "toolu_2", "name": "time_now", "input": {}}]},
      {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": "toolu_1", "content": "rain"},
        {"type": "tool_result", "tool_use_id": "toolu_2", "content": "noon"}]}]})"));
}

TEST_CASE("a request on Anthropic's wire names the version, the path and the stream") {
  const ModelRequest request = anthropic_question();
  WireForm form = form_of(kRequestWire);
  form.stream = true;
  const ToolNames names(request.tools);
  const auto written = kRequestWire.encode(request, names, form);
  CHECK(written->path == "/messages");
  CHECK(written->headers.get("anthropic-version") == "2023-06-01");
  CHECK(parse_json(written->body).value()["stream"] == true);
}

TEST_CASE("Anthropic is sent an amount of tokens even when none is asked for") {
  ModelRequest request = anthropic_question();
  request.output_tokens_max = 0;
  CHECK(anthropic_sent(request)["max_tokens"] == 4096);
}

TEST_CASE("messages of one side become one turn for Anthropic, results first") {
  ModelRequest request = tool_loop();
  request.messages.insert(request.messages.begin() + 3, user_message("Hurry."));
  request.messages.push_back(user_message("Please."));
  const Json messages = anthropic_sent(request)["messages"];
  REQUIRE(messages.size() == 3);
  const Json& last = messages[2]["content"];
  CHECK(last[0]["tool_use_id"] == "toolu_1");
  CHECK(last[1]["tool_use_id"] == "toolu_2");
  CHECK(last[2]["text"] == "Hurry.");
  CHECK(last[3]["text"] == "Please.");
}

TEST_CASE("a call without a result gets one for Anthropic that says so") {
  ModelRequest request = tool_loop();
  request.messages.pop_back();
  request.messages.pop_back();
  const Json results = anthropic_sent(request)["messages"][2]["content"];
  REQUIRE(results.size() == 2);
  CHECK(results[0]["is_error"] == true);
  CHECK(results[0]["content"] == "no result was recorded for this call");
}

TEST_CASE("a result without its call is told to Anthropic as text") {
  ModelRequest request = anthropic_question();
  request.messages.push_back(tool_result("toolu_9", "weather.now", "rain"));
  const Json content = anthropic_sent(request)["messages"][0]["content"];
  CHECK(content[1] == Json({{"type", "text"}, {"text", "The result of weather.now: rain"}}));
}

TEST_CASE("what Anthropic refuses to read is left out of a conversation") {
  ModelRequest request = anthropic_question();
  request.messages.push_back(assistant({TextPart{" \n"}, thinking("only a thought", "sig")}));
  request.messages.push_back(user_message("Well?"));
  request.messages.push_back(assistant({thinking("again", "sig")}));
  request.messages.push_back(user_message(""));
  request.messages.push_back(assistant({TextPart{"Rain."}, RefusalPart{""}}));
  request.messages.push_back(user_message("Thanks"));
  const Json messages = anthropic_sent(request)["messages"];
  REQUIRE(messages.size() == 5);
  CHECK(messages[1]["content"] == json(R"~([{"type": "text", "text": "(no message)"}])~"));
  REQUIRE(messages[3]["content"].size() == 2);
  CHECK(messages[3]["content"][1]["text"] == "Rain.");
}

TEST_CASE("a conversation that the model begins has a user's turn in front for Anthropic") {
  ModelRequest request;
  request.messages.push_back(assistant({TextPart{"Hello, I am a robot. "}}));
  const Json messages = anthropic_sent(request)["messages"];
  CHECK(messages[0]["role"] == "user");
  CHECK(messages[1]["content"][0]["text"] == "Hello, I am a robot.");
}

TEST_CASE("others' call ids become ids that Anthropic takes, once each") {
  ModelRequest request = anthropic_question();
  for (int round = 0; round < 2; ++round) {
    request.messages.push_back(assistant(
        {call_part("call.0", "a", Json::object()), call_part("call_1", "b", Json::object())}));
    request.messages.push_back(tool_result("call.0", "a", "1"));
    request.messages.push_back(tool_result("call_1", "b", "2"));
  }
  const Json messages = anthropic_sent(request)["messages"];
  std::vector<std::string> ids;
  for (const int at : {1, 3}) {
    for (std::size_t call = 0; call < 2; ++call) {
      ids.push_back(messages[at]["content"][call]["id"].get<std::string>());
      CHECK(messages[at + 1]["content"][call]["tool_use_id"] == ids.back());
    }
  }
  CHECK(ids[0].starts_with("toolu_"));
  CHECK(ids[1] == "call_1");
  CHECK(ids[3] == "call_1_2");
  CHECK(ids[2] != ids[0]);
}

TEST_CASE("thinking of another origin is not sent to Anthropic") {
  ModelRequest request = tool_loop();
  request.messages[1].parts[0] = thinking("mine", "sig", "anthropic/other");
  const Json content = anthropic_sent(request)["messages"][1]["content"];
  CHECK(content[0]["type"] == "redacted_thinking");
}

TEST_CASE("with thinking on Anthropic is sent no temperature") {
  ModelRequest request = tool_loop();
  request.temperature = 0.2;
  const Json body = anthropic_sent(request, {{"thinking", {{"type", "adaptive"}}}});
  CHECK_FALSE(body.contains("temperature"));
  CHECK(body["thinking"]["type"] == "adaptive");
  CHECK(anthropic_sent(request, {{"thinking", {{"type", "disabled"}}}})["temperature"] == 0.2);
  request.temperature = 1.7;
  CHECK(anthropic_sent(request)["temperature"] == 1.0);
}

TEST_CASE("a budget of thinking that leaves no tokens is refused before it is sent") {
  const Json extra = {{"thinking", {{"type", "enabled"}, {"budget_tokens", 2000}}}};
  CHECK(unsayable(kRequestWire, anthropic_question(), form_of(kRequestWire, "m", extra)) ==
        "its body.thinking.budget_tokens is 2000, but only 2000 output tokens are asked for, and "
        "thinking counts among them: lower it, or allow more output tokens");
}

TEST_CASE("a loop of calls that another vendor began goes on without Anthropic's thinking") {
  const Json extra = {{"thinking", {{"type", "enabled"}, {"budget_tokens", 1024}}}};
  ModelRequest request = tool_loop();
  CHECK(anthropic_sent(request, extra).contains("thinking"));
  request.messages[1].parts.erase(request.messages[1].parts.begin(),
                                  request.messages[1].parts.begin() + 2);
  CHECK_FALSE(anthropic_sent(request, extra).contains("thinking"));
  request.messages.push_back(assistant({TextPart{"Rain at noon."}}));
  request.messages.push_back(user_message("And tomorrow?"));
  CHECK(anthropic_sent(request, extra).contains("thinking"));
}

TEST_CASE("an answer of a given shape is asked of Anthropic beside the operator's effort") {
  ModelRequest request = anthropic_question();
  request.output_schema = json(R"({"type": "object", "required": ["n"],
    "properties": {"n": {"type": "integer", "minimum": 1, "description": "How many"},
                   "at": {"type": "array", "items": {"type": "object", "properties": {}},
                          "minItems": 2}}})");
  const Json body = anthropic_sent(request, {{"output_config", {{"effort", "low"}}}});
  CHECK(body["output_config"] == json(R"~({"effort": "low", "format": {"type": "json_schema",
    "schema": {"type": "object", "additionalProperties": false, "required": ["n"],
      "properties": {
        "n": {"type": "integer", "description": "How many (minimum: 1)"},
        "at": {"type": "array", "description": "minItems: 2", "items":
          {"type": "object", "properties": {}, "additionalProperties": false}}}}}})~"));
}

TEST_CASE("a schema without end in its nesting is closed as far as JSON can nest") {
  Json deep = {{"type", "object"}};
  for (int i = 0; i < 200; ++i) deep = {{"type", "array"}, {"items", deep}};
  CHECK(anthropic::enforced_schema(deep)["type"] == "array");
}

TEST_CASE("with a cache key Anthropic is told at four places what stays the same") {
  ModelRequest request = tool_loop();
  request.cache_key = "run-1";
  const Json body = anthropic_sent(request);
  const Json mark = {{"type", "ephemeral"}};
  CHECK_FALSE(body["tools"][0].contains("cache_control"));
  CHECK(body["tools"][1]["cache_control"] == mark);
  CHECK(body["system"][0]["cache_control"] == mark);
  CHECK(body["messages"][1]["content"][4]["cache_control"] == mark);
  CHECK(body["messages"][2]["content"][1]["cache_control"] == mark);
  CHECK(to_text(body["messages"][0]).find("cache_control") == std::string::npos);
  const Json own = anthropic_sent(request, {{"cache_control", mark}});
  CHECK(to_text(own["messages"]).find("cache_control") == std::string::npos);
}

TEST_CASE("the operator's own tools come after ours for Anthropic") {
  const Json search = {{"type", "web_search_20250305"}, {"name", "web_search"}};
  const Json tools = anthropic_sent(tool_loop(), {{"tools", Json::array({search})}})["tools"];
  REQUIRE(tools.size() == 3);
  CHECK(tools[2] == search);
}

TEST_CASE("images go to Anthropic by their address or as they are") {
  ModelRequest request = anthropic_question();
  request.messages[0].parts.emplace_back(ImagePart{"image/png", "data:image/png;base64,QUJD"});
  request.messages[0].parts.emplace_back(ImagePart{"", "https://example.com/a.jpg"});
  const Json content = anthropic_sent(request)["messages"][0]["content"];
  CHECK(content[1]["source"] ==
        Json({{"type", "base64"}, {"media_type", "image/png"}, {"data", "QUJD"}}));
  CHECK(content[2]["source"] == Json({{"type", "url"}, {"url", "https://example.com/a.jpg"}}));
  request.messages[0].parts[1] = ImagePart{"image/tiff", "data:image/tiff;base64,QUJD"};
  CHECK(unsayable(kRequestWire, request, form_of(kRequestWire)) ==
        "it takes no image of type 'image/tiff': image/png, jpeg, gif and webp are those it takes");
  request.messages[0].parts[1] = ImagePart{"image/png", "/etc/passwd"};
  CHECK(unsayable(kRequestWire, request, form_of(kRequestWire)) ==
        "an image has an address that it cannot take: use http://, https:// or data: with base64");
}

TEST_CASE("arguments that were no JSON go back to Anthropic as an object") {
  ModelRequest request = anthropic_question();
  ToolCallPart call = call_part("c1", "a", nullptr);
  call.bad_args = "{\"place\": Oslo";
  request.messages.push_back(assistant({call}));
  request.messages.push_back(tool_result("c1", "a", "no JSON"));
  CHECK(anthropic_sent(request)["messages"][1]["content"][0]["input"] ==
        Json({{"unparsed", "{\"place\": Oslo"}}));
}

}  // namespace
}  // namespace yoke
