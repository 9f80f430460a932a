#include <catch2/catch.hpp>

#include "models/ollama/ollama_wire.h"
#include "models/openai_responses/responses_wire.h"
#include "tests/models/vendor_fixtures.h"

// How a caller's options go out on each protocol.
namespace yoke {
namespace {

const openai_chat::ChatWire kChat{find_preset("openai-compatible")->profile};
const openai_responses::ResponsesWire kResponses{openai_responses::Dialect{}};
const anthropic::MessagesWire kAnthropic;
const gemini::GenerateWire kGemini;
const ollama::OllamaWire kOllama;

ModelRequest asking(CallOptions options) {
  ModelRequest request;
  request.messages.push_back(user_message("Weather in Oslo?"));
  request.tools.push_back(tool_named("weather.now"));
  request.options = std::move(options);
  return request;
}

Json sent(const Wire& wire, CallOptions options, Json extra = Json::object()) {
  return body_of(wire, asking(std::move(options)), form_of(wire, "m", std::move(extra)));
}

std::string refused(const Wire& wire, CallOptions options) {
  return unsayable(wire, asking(std::move(options)), form_of(wire));
}

CallOptions sampling() {
  CallOptions options;
  options.top_p = 0.5;
  options.seed = 7;
  options.stop = {"END"};
  return options;
}

CallOptions choosing(std::string choice, std::string tool = {}) {
  CallOptions options;
  options.tool_choice = std::move(choice);
  options.tool = std::move(tool);
  return options;
}

TEST_CASE("how an answer is drawn and where it stops goes out in each vendor's words") {
  const Json chat = sent(kChat, sampling());
  CHECK(chat["top_p"] == 0.5);
  CHECK(chat["seed"] == 7);
  CHECK(chat["stop"] == json(R"(["END"])"));
  const Json claude = sent(kAnthropic, sampling());
  CHECK(claude["top_p"] == 0.5);
  CHECK(claude["stop_sequences"] == json(R"(["END"])"));
  CHECK_FALSE(claude.contains("seed"));
  const Json google = sent(kGemini, sampling())["generationConfig"];
  CHECK(google["topP"] == 0.5);
  CHECK(google["seed"] == 7);
  CHECK(google["stopSequences"] == json(R"(["END"])"));
  const Json local = sent(kOllama, sampling())["options"];
  CHECK(local["top_p"] == 0.5);
  CHECK(local["seed"] == 7);
  CHECK(local["stop"] == json(R"(["END"])"));
}

TEST_CASE("what a protocol has no words for is refused by its name") {
  CHECK(refused(kResponses, sampling()) ==
        "OpenAI's Responses has no words for 'stop': leave it out, or name another model");
  CallOptions top_k;
  top_k.top_k = 40;
  CHECK(refused(kChat, top_k).find("'top_k'") != std::string::npos);
  CHECK(sent(kAnthropic, top_k)["top_k"] == 40);
  CHECK(sent(kOllama, top_k)["options"]["top_k"] == 40);
  CHECK(refused(kOllama, choosing("required")).find("'tool_choice = required'") !=
        std::string::npos);
  CallOptions one;
  one.parallel_tools = false;
  CHECK(refused(kGemini, one).find("'parallel_tools = false'") != std::string::npos);
}

TEST_CASE("that a tool must be called, or none may, goes out in each vendor's words") {
  CHECK(sent(kChat, choosing("required"))["tool_choice"] == "required");
  CHECK(sent(kChat, choosing("tool", "weather.now"))["tool_choice"] ==
        json(R"({"type": "function", "function": {"name": "weather_now"}})"));
  CHECK(sent(kResponses, choosing("tool", "weather.now"))["tool_choice"] ==
        json(R"({"type": "function", "name": "weather_now"})"));
  CHECK(sent(kAnthropic, choosing("required"))["tool_choice"] == json(R"({"type": "any"})"));
  CHECK(sent(kAnthropic, choosing("tool", "weather.now"))["tool_choice"] ==
        json(R"({"type": "tool", "name": "weather_now"})"));
  CHECK(sent(kGemini, choosing("tool", "weather.now"))["toolConfig"]["functionCallingConfig"] ==
        json(R"({"mode": "ANY", "allowedFunctionNames": ["weather_now"]})"));
  CHECK_FALSE(sent(kOllama, choosing("none")).contains("tools"));
}

TEST_CASE("one call at a time is asked for where a vendor can be told") {
  CallOptions one;
  one.parallel_tools = false;
  CHECK(sent(kChat, one)["parallel_tool_calls"] == false);
  CHECK(sent(kResponses, one)["parallel_tool_calls"] == false);
  CHECK(sent(kAnthropic, one)["tool_choice"] ==
        json(R"({"type": "auto", "disable_parallel_tool_use": true})"));
}

TEST_CASE("a tool that has to be called is one of those that are offered") {
  CHECK(refused(kChat, choosing("tool", "mail.send")) ==
        "tool_choice names 'mail.send', which is none of the tools");
  CHECK(refused(kChat, choosing("perhaps")).find("'perhaps' is none") != std::string::npos);
}

TEST_CASE("how hard to think is asked of those who have words for it") {
  CallOptions options;
  options.reasoning_effort = "low";
  CHECK(sent(kChat, options)["reasoning_effort"] == "low");
  CHECK(sent(kResponses, options)["reasoning"] == json(R"({"effort": "low"})"));
  CHECK(refused(kAnthropic, options) == "(it was written)");
}

TEST_CASE("what the operator set for a backend stands against a caller's option") {
  CHECK(sent(kChat, sampling(), {{"top_p", 0.1}})["top_p"] == 0.1);
  CHECK(sent(kAnthropic, sampling(), {{"top_p", 0.1}})["top_p"] == 0.1);
  CHECK(sent(kOllama, sampling(), {{"options", {{"top_p", 0.1}}}})["options"]["top_p"] == 0.1);
  CHECK(sent(kResponses, choosing("required"), {{"tool_choice", "auto"}})["tool_choice"] == "auto");
}

TEST_CASE("options are in the canonical request only where they are set, and are read back") {
  const ModelRequest plain = asking({});
  CHECK_FALSE(to_json(plain).contains("options"));
  CallOptions all = sampling();
  all.top_k = 3;
  all.reasoning_effort = "high";
  all.tool_choice = "tool";
  all.tool = "weather.now";
  all.parallel_tools = true;
  const ModelRequest request = asking(all);
  CHECK(to_text(to_json(request)) == to_text(request));
  CHECK(call_options_from_json(to_json(request)["options"]).value() == all);
  CHECK(call_options_from_json({{"tpo_p", 1}}).error().detail == "option 'tpo_p' is not known");
}

}  // namespace
}  // namespace yoke
