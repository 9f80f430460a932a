#include "models/openai_chat/request.h"

#include <catch2/catch.hpp>

#include "tests/models/fixtures.h"

namespace yoke {
namespace {

// A question, a call with reasoning, its result, and the answer to it; then another question.
ModelRequest two_turns(std::string reasoning_key) {
  ModelRequest request;
  request.instructions = "Be brief.";
  request.messages.push_back(user_message("Weather in Oslo?"));
  request.messages.push_back(assistant({reasoning_of_lab("need the tool", reasoning_key),
                                        call_part("call_1", "weather.now", {{"place", "Oslo"}})}));
  request.messages.push_back(tool_result("call_1", "weather.now", "3 degrees"));
  request.messages.push_back(
      assistant({reasoning_of_lab("that is cold", reasoning_key), TextPart{"Cold."}}));
  request.messages.push_back(user_message("And Rome?"));
  request.tools.push_back(tool_named("weather.now"));
  return request;
}

TEST_CASE("a request to OpenAI has exactly the fields it asks for") {
  ModelRequest request = two_turns("reasoning_content");
  request.cache_key = "conversation-1";
  request.temperature = 0.5;
  const Json expected = parse_json(R"({
    "model": "gpt-5-mini",
    "messages": [
      {"role": "system", "content": "Be brief."},
      {"role": "user", "content": "Weather in Oslo?"},
      {"role": "assistant", "content": null, "tool_calls": [{"id": "call_1", "type": "function",
        "function": {"name": "weather_now", "arguments": "{\"place\":\"Oslo\"}"}}]},
      {"role": "tool", "tool_call_id": "call_1", "content": "3 degrees"},
      {"role": "assistant", "content": "Cold."},
      {"role": "user", "content": "And Rome?"}],
    "tools": [{"type": "function", "function": {"name": "weather_now", "description": "Does it.",
      "parameters": {"type": "object", "properties": {}}}}],
    "max_completion_tokens": 4096, "temperature": 0.5, "prompt_cache_key": "conversation-1",
    "stream": true, "stream_options": {"include_usage": true}})")
                            .value();
  CHECK(encoded(request, "openai", "gpt-5-mini", true) == expected);
}

TEST_CASE("a request that is not to be streamed has no streaming fields") {
  const Json body = encoded(two_turns("reasoning_content"), "openai");
  CHECK_FALSE(body.contains("stream"));
  CHECK_FALSE(body.contains("stream_options"));
  CHECK_FALSE(body.contains("prompt_cache_key"));
}

TEST_CASE("DeepSeek V4 gets all reasoning of a turn with calls back, if only as an empty text") {
  ModelRequest request = two_turns("reasoning_content");
  request.messages.push_back(
      assistant({reasoning_of_lab("no tool", "reasoning_content"), TextPart{"Warm."}}));
  Json messages = encoded(request, "deepseek", "deepseek-v4")["messages"];
  CHECK(messages[2]["reasoning_content"] == "need the tool");
  CHECK(messages[4]["reasoning_content"] == "that is cold");
  CHECK_FALSE(messages[6].contains("reasoning_content"));  // no tool was called for Rome

  request.messages[1].parts.erase(request.messages[1].parts.begin());
  messages = encoded(request, "deepseek", "deepseek-v4")["messages"];
  CHECK(messages[2]["reasoning_content"] == "");
}

TEST_CASE("reasoning of another backend goes to nobody, and DeepSeek gets its empty text") {
  ModelRequest request = two_turns("reasoning_content");
  std::get<ReasoningPart>(request.messages[1].parts[0]).opaque->origin = "openai-chat/other";
  CHECK(encoded(request, "deepseek", "deepseek-v4")["messages"][2]["reasoning_content"] == "");
  CHECK_FALSE(encoded(request, "openai-compatible")["messages"][2].contains("reasoning_content"));
}

TEST_CASE("the older DeepSeek reasoner gets reasoning back only inside the current tool loop") {
  ModelRequest request = two_turns("reasoning_content");
  Json messages = encoded(request, "deepseek", "deepseek-reasoner")["messages"];
  CHECK_FALSE(messages[2].contains("reasoning_content"));
  request.messages.resize(3);
  messages = encoded(request, "deepseek", "deepseek-reasoner")["messages"];
  CHECK(messages[2]["reasoning_content"] == "need the tool");
}

TEST_CASE("reasoning goes back under the key it came in") {
  for (const std::string key : {"reasoning_content", "reasoning", "thinking"}) {
    const Json messages = encoded(two_turns(key), "openai-compatible")["messages"];
    CHECK(messages[2][key] == "need the tool");
    CHECK(messages[4][key] == "that is cold");
  }
}

TEST_CASE("vLLM, Groq and Cerebras get reasoning under their own key whatever it came in") {
  for (const std::string_view preset : {"vllm", "groq", "cerebras"}) {
    const Json messages = encoded(two_turns("reasoning_content"), preset)["messages"];
    CHECK(messages[2]["reasoning"] == "need the tool");
    CHECK_FALSE(messages[2].contains("reasoning_content"));
  }
}

TEST_CASE("Moonshot gets reasoning back within a tool loop") {
  ModelRequest request = two_turns("reasoning_content");
  request.messages.resize(3);
  CHECK(encoded(request, "moonshot")["messages"][2]["reasoning_content"] == "need the tool");
}

TEST_CASE("vendors that want no reasoning back get none") {
  for (const std::string_view preset : {"openai", "azure", "xai", "qwen", "ollama", "llamafile"}) {
    const Json messages = encoded(two_turns("reasoning_content"), preset)["messages"];
    CHECK_FALSE(messages[2].contains("reasoning_content"));
    CHECK_FALSE(messages[2].contains("reasoning"));
  }
}

TEST_CASE("reasoning out of think tags is stripped from the history") {
  const Json messages = encoded(two_turns("<think>"), "openai-compatible")["messages"];
  CHECK(messages[4] == Json({{"role", "assistant"}, {"content", "Cold."}}));
}

TEST_CASE("Mistral gets thinking items, nine-character call ids and the tool's name") {
  const Json messages = encoded(two_turns("content[].thinking"), "mistral")["messages"];
  const Json expected = parse_json(R"([
    {"type": "thinking", "thinking": [{"type": "text", "text": "that is cold"}], "closed": true},
    {"type": "text", "text": "Cold."}])")
                            .value();
  CHECK(messages[4]["content"] == expected);
  const std::string id = messages[2]["tool_calls"][0]["id"].get<std::string>();
  CHECK(id.size() == 9);
  CHECK(messages[3]["tool_call_id"] == id);
  CHECK(messages[3]["name"] == "weather_now");
}

TEST_CASE("opaque parts go back word for word, and only to where they came from") {
  ModelRequest request = two_turns("reasoning");
  const Json details =
      parse_json(R"([{"type":"reasoning.encrypted","data":"x","index":0}])").value();
  auto& reasoning = std::get<ReasoningPart>(request.messages[1].parts[0]);
  reasoning.opaque = Opaque{"openai-chat/lab", "reasoning_details", details};
  auto& call = std::get<ToolCallPart>(request.messages[1].parts[1]);
  const Json signature = {{"google", {{"thought_signature", "s1"}}}};
  call.opaque = Opaque{"openai-chat/lab", "extra_content", signature};
  Json message = encoded(request, "openrouter")["messages"][2];
  CHECK(message["reasoning_details"] == details);
  CHECK(message["reasoning"] == "need the tool");
  CHECK(message["tool_calls"][0]["extra_content"] == signature);

  call.opaque->origin = "gemini";
  reasoning.opaque->origin = "openai-chat/other";
  message = encoded(request, "openrouter")["messages"][2];
  CHECK_FALSE(message["tool_calls"][0].contains("extra_content"));
  CHECK_FALSE(message.contains("reasoning_details"));
}

TEST_CASE("arguments that were no JSON go back as a JSON object that holds their text") {
  ModelRequest request = two_turns("reasoning");
  auto& call = std::get<ToolCallPart>(request.messages[1].parts[1]);
  call.args = nullptr;
  call.bad_args = "{\"place\": Oslo\xff";
  const Json message = encoded(request, "openai")["messages"][2];
  const std::string text = message["tool_calls"][0]["function"]["arguments"].get<std::string>();
  CHECK(parse_json(text).value() == Json({{"unparsed", "{\"place\": Oslo\uFFFD"}}));
}

TEST_CASE("an image goes out as an image_url item") {
  ModelRequest request;
  Message message = user_message("What is this?");
  message.parts.emplace_back(ImagePart{"image/png", "data:image/png;base64,AAAA"});
  request.messages.push_back(message);
  const Json expected = parse_json(R"([{"type":"text","text":"What is this?"},
    {"type":"image_url","image_url":{"url":"data:image/png;base64,AAAA"}}])")
                            .value();
  CHECK(encoded(request, "openai")["messages"][0]["content"] == expected);
}

TEST_CASE(
    "an output schema is sent as a schema, or said in words where only JSON can be asked for") {
  ModelRequest request;
  request.messages.push_back(user_message("Hi"));
  request.output_schema = {{"type", "object"}};
  const Json by_schema = encoded(request, "openai");
  CHECK(by_schema["response_format"]["type"] == "json_schema");
  CHECK(by_schema["response_format"]["json_schema"]["schema"] == request.output_schema);
  const Json by_words = encoded(request, "deepseek");
  CHECK(by_words["response_format"] == Json({{"type", "json_object"}}));
  const std::string said = by_words["messages"][0]["content"].get<std::string>();
  CHECK(said.find(R"({"type":"object"})") != std::string::npos);
}

TEST_CASE("call ids of other vendors that are too long are shortened alike for call and result") {
  ModelRequest request = two_turns("reasoning");
  const std::string id(80, 'x');
  std::get<ToolCallPart>(request.messages[1].parts[1]).id = id;
  std::get<ToolResultPart>(request.messages[2].parts[0]).id = id;
  const Json messages = encoded(request, "openai")["messages"];
  const std::string sent = messages[2]["tool_calls"][0]["id"].get<std::string>();
  CHECK(sent.size() == 40);
  CHECK(messages[3]["tool_call_id"] == sent);
}

TEST_CASE("text that is no UTF-8 and text with quotes and control characters make a valid body") {
  ModelRequest request;
  request.messages.push_back(user_message("a\xff\"b\\\n\x01\u00e9"));
  CHECK(encoded(request, "openai")["messages"][0]["content"] == "a\uFFFD\"b\\\n\x01\u00e9");
}

}  // namespace
}  // namespace yoke
