#include "hosts/hook/openai/responses_request.h"

#include <catch2/catch.hpp>

#include "hosts/hook/openai/call_ids.h"

// What a client of Responses asks, in neutral form.
namespace yoke::openai {
namespace {

const std::string kRun = "01JD0000000000000000000000";

Json parsed(const std::string& text) { return parse_json(text).value(); }

Json asking(const Json& more) {
  Json body{{"model", "route/default"}, {"input", "Hello"}};
  body.update(more);
  return body;
}

ResponseAsk read(const Json& more) {
  Checked<ResponseAsk> asked = read_response(asking(more));
  if (!asked) throw std::runtime_error(asked.error().param + ": " + asked.error().detail);
  return std::move(*asked);
}

Refusal refused(const Json& more) {
  const Checked<ResponseAsk> asked = read_response(asking(more));
  if (asked) throw std::runtime_error("it was taken");
  return asked.error();
}

Json said(const ResponseAsk& asked) {
  Json messages = Json::array();
  for (const Message& message : asked.ask.request.messages) messages.push_back(to_json(message));
  return messages;
}

}  // namespace

TEST_CASE("an input of one text is what the user says") {
  CHECK(said(read(Json::object())) ==
        parsed(R"([{"role": "user", "parts": [{"type": "text", "text": "Hello"}]}])"));
}

TEST_CASE("the items of one turn of the model are one message, its thought marked") {
  const ResponseAsk asked = read({{"input", parsed(R"([
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "input_text", "text": "Weather?"},
      {"type": "input_image", "image_url": "https://example.com/a.png"}]},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}],
     "encrypted_content": "yoke-reasoning:)" + kRun +
                                                   R"("},
    {"type": "message", "role": "assistant", "content": [
      {"type": "output_text", "text": "One moment."}]},
    {"type": "function_call", "call_id": "call_a", "name": "weather", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_a", "output": "3 degrees"}])")}});
  const auto& messages = asked.ask.request.messages;
  REQUIRE(messages.size() == 4);
  CHECK(messages[0].role == Role::system);
  CHECK(messages[1].parts.size() == 2);
  REQUIRE(messages[2].parts.size() == 3);
  const auto& thought = std::get<ReasoningPart>(messages[2].parts[0]);
  CHECK(thought.text == "Hm.");
  CHECK(thought.opaque->origin == kMarkOrigin);
  CHECK(thought.opaque->value == kRun);
  CHECK(std::get<ToolCallPart>(messages[2].parts[2]).id == "call_a");
  CHECK(std::get<ToolResultPart>(messages[3].parts[0]).content == "3 degrees");
}

TEST_CASE("thoughts that others enciphered are not taken for ours") {
  const ResponseAsk asked = read({{"input", parsed(R"([{"type": "reasoning", "id": "rs_1",
    "summary": [], "encrypted_content": "gAAAA"}, {"role": "user", "content": "x"}])")}});
  const auto& thought = std::get<ReasoningPart>(asked.ask.request.messages[0].parts[0]);
  CHECK_FALSE(thought.opaque.has_value());
}

TEST_CASE("where it goes on from and what becomes of it is read") {
  const ResponseAsk asked = read({{"previous_response_id", "resp_1"},
                                  {"instructions", "Be kind."},
                                  {"store", false},
                                  {"include", Json::array({"reasoning.encrypted_content"})},
                                  {"reasoning", {{"effort", "low"}, {"summary", "auto"}}},
                                  {"max_output_tokens", 50},
                                  {"truncation", "auto"}});
  CHECK(asked.previous == "resp_1");
  CHECK(asked.instructions == "Be kind.");
  CHECK_FALSE(asked.store);
  CHECK(asked.encrypted_reasoning);
  CHECK(asked.ask.request.options.reasoning_effort == "low");
  CHECK(asked.ask.request.output_tokens_max == 50);
  CHECK(asked.echo["instructions"] == "Be kind.");
  CHECK(read({{"conversation", {{"id", "conv_1"}}}}).conversation == "conv_1");
  CHECK(read({{"background", true}}).background);
}

TEST_CASE("functions and the form of the answer are flat here") {
  const ResponseAsk asked =
      read({{"tools", parsed(R"([{"type": "function", "name": "weather", "strict": true,
          "parameters": {"type": "object"}}])")},
            {"tool_choice", {{"type", "function"}, {"name", "weather"}}},
            {"text", parsed(R"({"verbosity": "low", "format": {"type": "json_schema", "name": "n",
          "schema": {"type": "object"}}})")}});
  CHECK(asked.ask.request.tools.at(0).name == "weather");
  CHECK(asked.ask.request.options.tool == "weather");
  CHECK(asked.ask.request.output_schema == Json({{"type", "object"}}));
}

TEST_CASE("what a response cannot have is refused by its name") {
  CHECK(refused({{"tools", Json::array({{{"type", "web_search"}}})}}).param == "tools[0]");
  CHECK(refused({{"prompt", {{"id", "p"}}}}).param == "prompt");
  CHECK(refused({{"top_logprobs", 2}}).param == "top_logprobs");
  CHECK(refused({{"background", true}, {"store", false}}).param == "background");
  CHECK(refused({{"conversation", "c"}, {"previous_response_id", "r"}}).param ==
        "previous_response_id");
  CHECK(refused({{"input", Json::array({{{"type", "item_reference"}, {"id", "x"}}})}}).param ==
        "input[0]");
  CHECK(refused({{"input", nullptr}}).param == "input");
  CHECK(refused({{"messages", Json::array()}}).code == "unknown_parameter");
}

}  // namespace yoke::openai
