#include "hosts/hook/openai/responses_request.h"

#include <catch2/catch.hpp>

#include "hosts/hook/openai/call_ids.h"

// What a client of Responses asks, in neutral form.
namespace yoke::openai {
namespace {

const std::string kRequestRun = "01JD0000000000000000000000";

Json parsed_request(const std::string& text) { return parse_json(text).value(); }

Json asking_responses(const Json& more) {
  Json body{{"model", "route/default"}, {"input", "Hello"}};
  body.update(more);
  return body;
}

ResponseAsk read_responses(const Json& more) {
  Checked<ResponseAsk> asked = read_response(asking_responses(more));
  if (!asked) throw std::runtime_error(asked.error().param + ": " + asked.error().detail);
  return std::move(*asked);
}

Refusal responses_refused(const Json& more) {
  const Checked<ResponseAsk> asked = read_response(asking_responses(more));
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
  CHECK(said(read_responses(Json::object())) ==
        parsed_request(R"([{"role": "user", "parts": [{"type": "text", "text": "Hello"}]}])"));
}

TEST_CASE("the items of one turn of the model are one message, its thought marked") {
  const ResponseAsk asked = read_responses({{"input", parsed_request(R"([
    {"role": "developer", "content": "Be brief."},
    {"role": "user", "content": [{"type": "input_text", "text": "Weather?"},
      {"type": "input_image", "image_url": "https://example.com/a.png"}]},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}],
     "encrypted_content": "yoke-reasoning:)" + kRequestRun +
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
  CHECK(thought.opaque->value == kRequestRun);
  CHECK(std::get<ToolCallPart>(messages[2].parts[2]).id == "call_a");
  CHECK(std::get<ToolResultPart>(messages[3].parts[0]).content == "3 degrees");
}

TEST_CASE("images in results follow them, behind all that stand together") {
  const ResponseAsk asked = read_responses({{"input", parsed_request(R"([
    {"role": "user", "content": "look"},
    {"type": "function_call", "call_id": "call_a", "name": "look", "arguments": "{}"},
    {"type": "function_call", "call_id": "call_b", "name": "look", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_a", "output": [
      {"type": "input_text", "text": "a.png: "},
      {"type": "input_image", "image_url": "data:image/png;base64,aGk="}]},
    {"type": "function_call_output", "call_id": "call_b", "output": "none"},
    {"role": "user", "content": "and?"}])")}});
  const std::vector<Message>& messages = asked.ask.request.messages;
  REQUIRE(messages.size() == 6);
  CHECK(std::get<ToolResultPart>(messages[2].parts[0]).content ==
        "a.png: (an image, which follows)");
  CHECK(messages[3].role == Role::tool);
  CHECK(messages[4].role == Role::user);
  CHECK(std::get<ImagePart>(messages[4].parts[0]).url == "data:image/png;base64,aGk=");
  CHECK(text_of(messages[5]) == "and?");
}

TEST_CASE("thoughts that others enciphered are not taken for ours") {
  const ResponseAsk asked =
      read_responses({{"input", parsed_request(R"([{"type": "reasoning", "id": "rs_1",
    "summary": [], "encrypted_content": "gAAAA"}, {"role": "user", "content": "x"}])")}});
  const auto& thought = std::get<ReasoningPart>(asked.ask.request.messages[0].parts[0]);
  CHECK_FALSE(thought.opaque.has_value());
}

TEST_CASE("where it goes on from and what becomes of it is read") {
  const ResponseAsk asked =
      read_responses({{"previous_response_id", "resp_1"},
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
  CHECK(read_responses({{"conversation", {{"id", "conv_1"}}}}).conversation == "conv_1");
  CHECK(read_responses({{"background", true}}).background);
}

TEST_CASE("functions and the form of the answer are flat here") {
  const ResponseAsk asked = read_responses(
      {{"tools", parsed_request(R"([{"type": "function", "name": "weather", "strict": true,
          "parameters": {"type": "object"}}])")},
       {"tool_choice", {{"type", "function"}, {"name", "weather"}}},
       {"text",
        parsed_request(R"({"verbosity": "low", "format": {"type": "json_schema", "name": "n",
          "schema": {"type": "object"}}})")}});
  CHECK(asked.ask.request.tools.at(0).name == "weather");
  CHECK(asked.ask.request.options.tool == "weather");
  CHECK(asked.ask.request.output_schema == Json({{"type", "object"}}));
}

TEST_CASE("tools that take free text and those of a namespace are offered as functions") {
  const ResponseAsk asked =
      read_responses({{"tools", parsed_request(R"([
    {"type": "function", "name": "run", "strict": false, "parameters": {"type": "object"}},
    {"type": "custom", "name": "patch", "description": "Edits files.",
     "format": {"type": "grammar", "syntax": "lark", "definition": "start: WORD"}},
    {"type": "namespace", "name": "agents", "description": "Others.", "tools": [
      {"type": "function", "name": "close", "description": "Closes one.",
       "parameters": {"type": "object"}}]}])")},
                      {"tool_choice", {{"type", "custom"}, {"name", "patch"}}}});
  const std::vector<ToolSpec>& tools = asked.ask.request.tools;
  REQUIRE(tools.size() == 3);
  CHECK(tools[1].name == "patch");
  CHECK(tools[1].input_schema["required"] == Json::array({"input"}));
  CHECK(tools[1].description.find("start: WORD") != std::string::npos);
  CHECK(tools[2].name == "agents__close");
  CHECK(tools[2].description == "Others.\n\nCloses one.");
  CHECK(asked.ask.request.options.tool == "patch");
}

TEST_CASE("calls of tools of every kind come back as what the model was offered") {
  const ResponseAsk asked = read_responses({{"input", parsed_request(R"([
    {"role": "user", "content": "x"},
    {"type": "custom_tool_call", "call_id": "call_a", "name": "patch", "input": "+ a"},
    {"type": "function_call", "call_id": "call_b", "namespace": "agents", "name": "close",
     "arguments": "{}"},
    {"type": "custom_tool_call_output", "call_id": "call_a", "output": "done"},
    {"type": "function_call_output", "call_id": "call_b", "output": "closed"}])")}});
  const auto& messages = asked.ask.request.messages;
  REQUIRE(messages.size() == 4);
  CHECK(std::get<ToolCallPart>(messages[1].parts[0]).args == Json({{"input", "+ a"}}));
  CHECK(std::get<ToolCallPart>(messages[1].parts[1]).name == "agents__close");
  CHECK(std::get<ToolResultPart>(messages[2].parts[0]).content == "done");
}

// As Codex CLI 0.169 asks: its history with every request, nothing kept, thoughts handed back.
TEST_CASE("what a coding agent sends that keeps its history itself is taken") {
  const ResponseAsk asked = read_responses(parsed_request(R"({
    "stream": true, "store": false, "include": ["reasoning.encrypted_content"],
    "parallel_tool_calls": true, "tool_choice": "auto", "prompt_cache_key": "thread-1",
    "reasoning": {"summary": "auto"}, "client_metadata": {"thread_id": "thread-1"},
    "input": [
      {"type": "message", "id": "msg_1", "role": "developer",
       "content": [{"type": "input_text", "text": "Be careful."}]},
      {"type": "message", "id": "msg_2", "role": "user",
       "content": [{"type": "input_text", "text": "Make a file."}]},
      {"type": "reasoning", "id": "rs_1", "content": null, "encrypted_content": "gAAAA",
       "summary": [{"type": "summary_text", "text": "A command."}]},
      {"type": "message", "id": "msg_3", "role": "assistant", "phase": "commentary",
       "content": [{"type": "output_text", "text": "One moment."}]},
      {"type": "function_call", "id": "fc_1", "call_id": "call_a", "name": "exec_command",
       "arguments": "{\"cmd\": \"true\"}"},
      {"type": "function_call_output", "id": "fco_1", "call_id": "call_a",
       "output": [{"type": "input_text", "text": "exit 0"}]}]})"));
  CHECK(asked.encrypted_reasoning);
  CHECK_FALSE(asked.store);
  CHECK(asked.ask.request.messages.size() == 4);
}

TEST_CASE("what a response cannot have is refused by its name") {
  CHECK(responses_refused({{"tools", parsed_request(R"([{"type": "function", "name": "a__b"},
      {"type": "namespace", "name": "a", "tools": [{"type": "custom", "name": "b"}]}])")}})
            .param == "tools");
  CHECK(
      responses_refused({{"tools", parsed_request(R"([{"type": "namespace", "name": "a", "tools": [
      {"type": "namespace", "name": "b", "tools": []}]}])")}})
          .param == "tools[0].tools[0]");

  CHECK(responses_refused({{"tools", Json::array({{{"type", "web_search"}}})}}).param ==
        "tools[0]");
  CHECK(responses_refused({{"prompt", {{"id", "p"}}}}).param == "prompt");
  CHECK(responses_refused({{"top_logprobs", 2}}).param == "top_logprobs");
  CHECK(responses_refused({{"background", true}, {"store", false}}).param == "background");
  CHECK(responses_refused({{"conversation", "c"}, {"previous_response_id", "r"}}).param ==
        "previous_response_id");
  CHECK(responses_refused({{"input", Json::array({{{"type", "item_reference"}, {"id", "x"}}})}})
            .param == "input[0]");
  CHECK(responses_refused({{"input", nullptr}}).param == "input");
  CHECK(responses_refused({{"messages", Json::array()}}).code == "unknown_parameter");
}

}  // namespace yoke::openai
