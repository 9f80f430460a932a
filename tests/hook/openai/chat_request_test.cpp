#include "hosts/hook/openai/chat_request.h"

#include <catch2/catch.hpp>

// What a client of Chat Completions asks, in neutral form.
namespace yoke::openai {
namespace {

Json asking(const Json& more = Json::object()) {
  Json body{{"model", "route/default"},
            {"messages", Json::array({{{"role", "user"}, {"content", "Hello"}}})}};
  body.update(more);
  return body;
}

Ask read(const Json& more) {
  Checked<Ask> ask = read_chat(asking(more));
  if (!ask) throw std::runtime_error(ask.error().param + ": " + ask.error().detail);
  return std::move(*ask);
}

Refusal refused(const Json& more) {
  const Checked<Ask> ask = read_chat(asking(more));
  if (ask) throw std::runtime_error("it was taken");
  CHECK(ask.error().status == 400);
  return ask.error();
}

Json said(const Ask& ask) {
  Json messages = Json::array();
  for (const Message& message : ask.request.messages) messages.push_back(to_json(message));
  return messages;
}

Json parsed(const char* text) { return parse_json(text).value(); }

const Json kChatWeather = parsed(R"({"type": "function", "function": {"name": "weather",
  "description": "The weather.", "parameters": {"type": "object"}, "strict": true}})");

}  // namespace

TEST_CASE("what the system and the developer say first are the instructions") {
  const Ask ask = read({{"messages", parsed(R"([
    {"role": "system", "content": "Be brief."},
    {"role": "developer", "content": [{"type": "text", "text": "Be kind."}]},
    {"role": "user", "content": "Hello"},
    {"role": "system", "content": "Be quick."}])")}});
  CHECK(ask.request.instructions == "Be brief.\n\nBe kind.");
  CHECK(said(ask) == parsed(R"([
    {"role": "user", "parts": [{"type": "text", "text": "Hello"}]},
    {"role": "system", "parts": [{"type": "text", "text": "Be quick."}]}])"));
}

TEST_CASE("texts and images of a user are taken in their order") {
  const Ask ask = read({{"messages", parsed(R"([{"role": "user", "content": [
    {"type": "text", "text": "What is this?"},
    {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "low"}},
    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}]}])")}});
  CHECK(said(ask)[0]["parts"] == parsed(R"([
    {"type": "text", "text": "What is this?"},
    {"type": "image", "media_type": "image/png", "url": "data:image/png;base64,AAAA"},
    {"type": "image", "media_type": "", "url": "https://example.com/a.png"}])"));
}

TEST_CASE("a conversation with calls keeps them, their results and what was thought") {
  const Ask ask = read({{"messages", parsed(R"([
    {"role": "user", "content": "Weather in Oslo?"},
    {"role": "assistant", "content": null, "reasoning_content": "I look it up.", "tool_calls": [
      {"id": "call_a", "type": "function",
       "function": {"name": "weather", "arguments": "{\"place\":\"Oslo\"}"}},
      {"id": "call_b", "type": "function", "function": {"name": "news", "arguments": "{oops"}}]},
    {"role": "tool", "tool_call_id": "call_a", "content": "3 degrees"},
    {"role": "tool", "tool_call_id": "call_b", "content": [{"type": "text", "text": "none"}]}
  ])")}});
  CHECK(said(ask) == parsed(R"([
    {"role": "user", "parts": [{"type": "text", "text": "Weather in Oslo?"}]},
    {"role": "assistant", "parts": [
      {"type": "reasoning", "text": "I look it up.", "key": "reasoning_content"},
      {"type": "tool_call", "id": "call_a", "name": "weather", "args": {"place": "Oslo"}},
      {"type": "tool_call", "id": "call_b", "name": "news", "args": null, "bad_args": "{oops"}]},
    {"role": "tool", "parts": [{"type": "tool_result", "id": "call_a", "name": "weather",
      "content": "3 degrees", "is_error": false}]},
    {"role": "tool", "parts": [{"type": "tool_result", "id": "call_b", "name": "news",
      "content": "none", "is_error": false}]}])"));
}

TEST_CASE("tools, and that one must be called, go on to the model") {
  const Ask ask = read({{"tools", Json::array({kChatWeather})},
                        {"tool_choice", parsed(R"({"type": "function",
                           "function": {"name": "weather"}})")},
                        {"parallel_tool_calls", false}});
  REQUIRE(ask.request.tools.size() == 1);
  CHECK(ask.request.tools[0].name == "weather");
  CHECK(ask.request.tools[0].description == "The weather.");
  CHECK(ask.request.options.tool_choice == "tool");
  CHECK(ask.request.options.tool == "weather");
  CHECK(ask.request.options.parallel_tools == false);
  CHECK(ask.odd == std::vector<std::string>{"tool_choice"});
}

TEST_CASE("how the answer is to be made goes on to the model") {
  const Ask ask = read({{"temperature", 0.5},
                        {"top_p", 0.9},
                        {"top_k", 40},
                        {"seed", 7},
                        {"stop", "END"},
                        {"reasoning_effort", "low"},
                        {"max_completion_tokens", 100},
                        {"max_tokens", 50},
                        {"stream", true},
                        {"stream_options", {{"include_usage", true}}}});
  CHECK(ask.request.temperature == 0.5);
  CHECK(ask.request.output_tokens_max == 100);
  CHECK(to_json(ask.request.options) ==
        parsed(R"({"top_p": 0.9, "top_k": 40, "seed": 7, "stop": ["END"],
                   "reasoning_effort": "low"})"));
  CHECK(ask.stream);
  CHECK(ask.usage_chunk);
  CHECK(read({{"max_tokens", 50}}).request.output_tokens_max == 50);
  CHECK(read(Json::object()).request.output_tokens_max == 0);
}

TEST_CASE("an answer's form is its schema") {
  const Json schema = parsed(R"({"type": "object", "properties": {"n": {"type": "integer"}}})");
  const Json format{{"type", "json_schema"},
                    {"json_schema", {{"name", "answer"}, {"schema", schema}, {"strict", true}}}};
  CHECK(read({{"response_format", format}}).request.output_schema == schema);
  CHECK(read({{"response_format", {{"type", "json_object"}}}}).request.output_schema ==
        parsed(R"({"type": "object"})"));
  CHECK(read({{"response_format", {{"type", "text"}}}}).request.output_schema.is_null());
  CHECK(refused({{"response_format", {{"type", "json_schema"}}}}).param ==
        "response_format.json_schema.schema");
  CHECK(refused({{"response_format", {{"type", "grammar"}}}}).code == "unsupported_parameter");
}

TEST_CASE("what would change the answer and cannot be had is refused by its name") {
  const std::vector<std::pair<std::string, Json>> all = {
      {"n", 2},
      {"frequency_penalty", 0.5},
      {"presence_penalty", -1},
      {"logit_bias", {{"50256", -100}}},
      {"logprobs", true},
      {"top_logprobs", 3},
      {"modalities", Json::array({"text", "audio"})},
      {"audio", {{"voice", "ash"}}},
      {"web_search_options", Json::object()},
      {"functions", Json::array({Json::object()})},
      {"function_call", "auto"}};
  for (const auto& [param, value] : all) {
    const Refusal refusal = refused({{param, value}});
    CHECK(refusal.param == param);
    CHECK(refusal.code == "unsupported_parameter");
  }
}

TEST_CASE("what says nothing is taken: the values that are as good as none") {
  const Ask ask = read({{"n", 1},
                        {"frequency_penalty", 0},
                        {"presence_penalty", 0.0},
                        {"logit_bias", nullptr},
                        {"logprobs", false},
                        {"modalities", Json::array({"text"})},
                        {"functions", nullptr},
                        {"user", "ann"},
                        {"store", true},
                        {"service_tier", "auto"},
                        {"prompt_cache_key", "k"},
                        {"metadata", {{"session", "s"}}}});
  CHECK(ask.metadata == Json({{"session", "s"}}));
}

// As Open WebUI and LibreChat ask: an image, the usage, and options that are at rest.
TEST_CASE("what front ends for chats send is taken") {
  const Ask talk = read(parsed(R"({
    "stream": true, "stream_options": {"include_usage": true}, "user": "65f0",
    "temperature": 1, "top_p": 1, "presence_penalty": 0, "frequency_penalty": 0, "n": 1,
    "stop": ["||>"],
    "messages": [{"role": "system", "content": "Be brief."},
      {"role": "user", "content": [{"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA==",
                                            "detail": "auto"}}]}]})"));
  CHECK(talk.usage_chunk);
  CHECK(talk.request.options.stop == std::vector<std::string>{"||>"});
  const Ask title = read(parsed(R"({
    "stream": false, "max_completion_tokens": 1000,
    "messages": [{"role": "user", "content": "Name this conversation."}]})"));
  CHECK(title.request.output_tokens_max == 1000);
}

// As opencode, Continue and Qwen Code ask: the results of tools with the thought before them.
TEST_CASE("what coding agents send is taken") {
  const Ask ask = read(parsed(R"({
    "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 32000,
    "tool_choice": "auto",
    "tools": [{"type": "function", "function": {"name": "bash", "description": "Runs a command.",
      "parameters": {"type": "object", "properties": {"command": {"type": "string"}}}}}],
    "messages": [{"role": "system", "content": "You write programs."},
      {"role": "user", "content": "Make a file."},
      {"role": "assistant", "content": "One moment.", "reasoning_content": "A command.",
       "tool_calls": [{"id": "call_1", "type": "function",
                       "function": {"name": "bash", "arguments": "{\"command\": \"true\"}"}}]},
      {"role": "tool", "tool_call_id": "call_1", "content": "done\n"}]})"));
  CHECK(ask.request.messages.size() == 3);
  CHECK(ask.request.tools.size() == 1);
}

TEST_CASE("a parameter that is not known is refused, not passed over") {
  const Refusal refusal = refused({{"temprature", 0.5}});
  CHECK(refusal.param == "temprature");
  CHECK(refusal.code == "unknown_parameter");
}

TEST_CASE("what has the wrong type or value is refused with its place") {
  CHECK(refused({{"temperature", "hot"}}).param == "temperature");
  CHECK(refused({{"temperature", 2.5}}).detail == "'temperature' must be a number from 0.0 to 2.0");
  CHECK(refused({{"max_tokens", 0}}).param == "max_tokens");
  CHECK(refused({{"stream", "yes"}}).code == "invalid_type");
  CHECK(refused({{"messages", Json::array()}}).code == "missing_required_parameter");
  CHECK(refused({{"model", nullptr}}).param == "model");
  CHECK(refused({{"stream_options", Json::object()}}).param == "stream_options");
  CHECK(refused({{"metadata", {{"n", 1}}}}).param == "metadata");
  CHECK(refused({{"stop", Json::array({1})}}).param == "stop");
  CHECK(refused({{"tools", Json::array({{{"type", "web_search"}}})}}).param == "tools[0]");
  CHECK(refused({{"tool_choice", parsed(R"({"type": "function", "function": {"name": "x"}})")}})
            .param == "tool_choice");
}

TEST_CASE("a message that cannot be read is refused with its place") {
  const auto place = [](const char* messages) {
    return refused({{"messages", parsed(messages)}}).param;
  };
  CHECK(place(R"([{"role": "wizard", "content": "x"}])") == "messages[0].role");
  CHECK(place(R"([{"role": "user", "content": 7}])") == "messages[0].content");
  CHECK(place(R"([{"role": "user", "content": [{"type": "input_audio"}]}])") ==
        "messages[0].content[0]");
  CHECK(place(R"([{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}])") ==
        "messages[0].content[0]");
  CHECK(place(R"([{"role": "tool", "content": "x"}])") == "messages[0].tool_call_id");
  CHECK(place(R"([{"role": "assistant", "tool_calls": [{"id": "a"}]}])") ==
        "messages[0].tool_calls[0]");
  CHECK(
      refused({{"messages", parsed(R"([{"role": "tool", "tool_call_id": "x", "content": "y"}])")}})
          .detail == "a tool's result answers the call 'x', which nothing before it makes");
  CHECK(read_chat(Json::array()).error().detail == "the body must be an object");
}

}  // namespace yoke::openai
