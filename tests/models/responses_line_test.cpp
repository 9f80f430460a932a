#include <catch2/catch.hpp>

#include "tests/models/vendor_fixtures.h"
#include "tests/models/vendor_line.h"
#include "tests/support/mock_responses.h"

// Whole conversations over real sockets with a server as strict as OpenAI's Responses.
namespace yoke {
namespace {

using testing::mock_responses;
using testing::MockVendor;
using testing::responses_refusal;
using testing::VendorTurn;

std::unique_ptr<MockVendor> vendor(std::vector<VendorTurn> turns) {
  return mock_responses({in_turn(std::move(turns)), "key-of-openai"});
}

void connect(VendorLine& line, const MockVendor& server) {
  line.backend("openai", "openai", server.base_url()).api = "responses";
  line.request.instructions = "Be brief.";
  line.request.tools = {tool_named("weather.now"), tool_named("time.now")};
  line.request.messages.push_back(user_message("Weather in Oslo at this hour?"));
}

TEST_CASE("a loop of two tools with thinking goes through Responses, whole and streamed") {
  for (const bool streams : {false, true}) {
    INFO(streams);
    VendorTurn first = calling("weather_now", R"({"place": "Oslo"})");
    first.thinking.emplace_back("Let me think again.");
    first.text = "I shall look.";
    VendorTurn answer = saying("Rain at noon.");
    answer.thinking = {"So be it."};
    const auto server = vendor({first, calling("time_now"), answer, saying("You are welcome.")});
    VendorLine line;
    connect(line, *server);
    line.request.cache_key = "run-1";
    const ModelReply one = line.step("openai/gpt-5", streams);
    CHECK(one.finish == Finish::tool_calls);
    CHECK(calls_in(one.message).at(0).name == "weather.now");
    CHECK(calls_in(one.message).at(0).args == Json({{"place", "Oslo"}}));
    CHECK(reasoning_of(one.message) == "I need weather_now for that.Let me think again.");
    line.step("openai/gpt-5", streams);
    const ModelReply last = line.step("openai/gpt-5", streams);
    CHECK(text_of(last.message) == "Rain at noon.");
    CHECK(last.usage.cached == 40);
    CHECK(last.usage.reasoning == 5);
    line.request.messages.push_back(user_message("Thanks"));
    CHECK(text_of(line.step("openai/gpt-5", streams).message) == "You are welcome.");
    CHECK(server->refusals().empty());
    CHECK(server->requests()[0]["prompt_cache_key"] == "run-1");
    CHECK(line.deltas.seen.empty() != streams);
  }
}

// What the vendor says after something was done to the model's first turn.
std::string refused_after(const std::function<void(Message&)>& harm) {
  const auto server = vendor({calling("weather_now"), saying("Rain.")});
  VendorLine line;
  connect(line, *server);
  line.step("openai/gpt-5", false);
  harm(line.request.messages[1]);
  const ModelOutcome outcome = line.ask("openai/gpt-5", false);
  CHECK(failure_in(outcome).failure_class == FailureClass::client);
  return failure_in(outcome).message;
}

TEST_CASE("the stand-in for Responses wants its reasoning back as it gave it") {
  CHECK_THAT(refused_after([](Message& message) {
               auto& thought = std::get<ReasoningPart>(message.parts[0]);
               thought.opaque->value["summary"] = Json::array();
             }),
             Catch::Contains("could not be verified"));
  CHECK_THAT(refused_after([](Message& message) {
               auto& thought = std::get<ReasoningPart>(message.parts[0]);
               thought.opaque->value["encrypted_content"] = "gAAAforged";
             }),
             Catch::Contains("could not be verified"));
}

TEST_CASE("a thought that nothing followed is not sent, and Responses takes the rest") {
  const auto server = vendor({calling("weather_now"), saying("Rain.")});
  VendorLine line;
  connect(line, *server);
  line.step("openai/gpt-5", false);
  line.request.messages[1].parts.resize(1);  // a reply cut after its thought
  line.request.messages.pop_back();          // and so no call's result
  line.request.messages.push_back(user_message("Well?"));
  CHECK(text_of(line.step("openai/gpt-5", true).message) == "Rain.");
  CHECK(server->refusals().empty());
}

TEST_CASE("at one address with many makers' models, a maker gets none of another's thoughts") {
  const auto server = vendor({calling("weather_now"), saying("Rain."), saying("Still rain.")});
  VendorLine line;
  connect(line, *server);
  line.step("openai/anthropic/claude-x", false);
  line.step("openai/openai/gpt-5", false);
  line.request.messages.push_back(user_message("And now?"));
  line.step("openai/anthropic/claude-y", false);
  CHECK(to_text(server->requests()[1]).find("encrypted_content\":") == std::string::npos);
  CHECK(to_text(server->requests()[2]).find("encrypted_content\":") != std::string::npos);
}

TEST_CASE("a conversation moves from Responses to DeepSeek and back, each with its own thoughts") {
  testing::MockOpenAi::Options strict;
  strict.wants_reasoning = true;
  strict.script = [](const Json&, int) {
    testing::MockTurn turn;
    turn.text = "It is late.";
    turn.reasoning = "a thought of its own";
    return turn;
  };
  const testing::MockOpenAi deepseek(strict);
  const auto openai = vendor({calling("weather_now"), saying("Rain.")});
  VendorLine line;
  connect(line, *openai);
  line.backend("deepseek", "deepseek", deepseek.base_url());
  line.step("openai/gpt-5", false);
  CHECK(text_of(line.step("deepseek/deepseek-v4-pro", true).message) == "It is late.");
  line.request.messages.push_back(user_message("And the weather?"));
  CHECK(text_of(line.step("openai/gpt-5", true).message) == "Rain.");
  CHECK(openai->refusals().empty());
  CHECK(to_text(deepseek.requests()[0]).find("I need weather_now") == std::string::npos);
  const std::string back = to_text(openai->requests().back());
  CHECK(back.find("a thought of its own") == std::string::npos);
  CHECK(back.find("It is late.") != std::string::npos);
  CHECK(back.find("I need weather_now") != std::string::npos);
}

TEST_CASE("a wrong key, and a stream that fails, are told on Responses as what they are") {
  VendorTurn turn = saying("Once upon a time there was a server.");
  turn.fault = testing::MockFault::error_in_200;
  turn.events = 5;
  const auto server = vendor({turn});
  VendorLine line;
  connect(line, *server);
  CHECK(failure_in(line.ask("openai/gpt-5", true)).fault == StreamFault::error_in_ok);
  VendorLine other;
  connect(other, *server);
  other.config.backends["openai"].api_key = Secret("key-of-nobody");
  CHECK(failure_in(other.ask("openai/gpt-5", true)).failure_class == FailureClass::key);
}

TEST_CASE("the stand-in for Responses refuses in its words what it refuses") {
  const auto says = [](const std::string& patch) {
    testing::MockRequest raw;
    raw.target = "/v1/responses";
    Json body = json(R"({"model": "gpt-5", "input": [{"type": "message", "role": "user",
      "content": [{"type": "input_text", "text": "Hi"}]}]})");
    body.merge_patch(json(patch));
    const auto refusal = responses_refusal(raw, body, {});
    return refusal ? refusal->text : "";
  };
  const std::string call =
      R"({"type": "function_call", "call_id": "c", "name": "t", "arguments": "{}"})";
  const std::vector<std::pair<std::string, std::string>> cases{
      {"{}", ""},
      {R"({"messages": []})", "Unknown parameter: 'messages'."},
      {R"({"input": []})", "Missing required parameter: 'input'."},
      {R"({"input": [)" + call + "]}", "No tool output found for function call c."},
      {R"({"input": [{"type": "function_call_output", "call_id": "c", "output": "3"}]})",
       "No tool call found for function call output with call_id c."},
      {R"({"model": "gpt-4o", "include": ["reasoning.encrypted_content"]})",
       "Encrypted content is not supported with this model."},
      {R"({"tools": [{"type": "function", "name": "a.b", "parameters": {}, "strict": false}]})",
       "Invalid 'tools[0].name': string does not match pattern. Expected a string that matches the "
       "pattern '^[a-zA-Z0-9_-]+$'."},
      {R"({"tools": [{"type": "function", "name": "t", "parameters": {"type": "object"}}]})",
       "Invalid schema for function 't': In context=(), 'additionalProperties' is required to be "
       "supplied and to be false."},
      {R"({"text": {"format": {"type": "json_schema", "schema": {}}}})",
       "Missing required parameter: 'text.format.name'."},
      {R"({"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]})",
       "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. Try "
       "again with `store` set to true, or remove this item from your input."},
  };
  for (const auto& [patch, said] : cases) CHECK(says(patch) == said);
  testing::ResponsesMemory memory;
  const Json thought = json(R"({"type": "reasoning", "id": "rs_1", "summary": [],
    "encrypted_content": "gAAA"})");
  memory.item_of_cipher["gAAA"] = to_text(thought);
  const Json body = {{"model", "gpt-5"}, {"input", Json::array({thought})}};
  testing::MockRequest raw;
  raw.target = "/v1/responses";
  CHECK(responses_refusal(raw, body, memory)->text ==
        "Item 'rs_1' of type 'reasoning' was provided without its required following item.");
}

}  // namespace
}  // namespace yoke
