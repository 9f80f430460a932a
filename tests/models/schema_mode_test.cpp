#include <catch2/catch.hpp>

#include "models/choose_wire.h"
#include "models/strict_schema.h"
#include "tests/models/vendor_fixtures.h"

// How each vendor is asked for an answer of a given shape, and what that is called.
namespace yoke {
namespace {

const Json kOpen = json(R"({"type": "object", "properties": {"name": {"type": "string"}}})");
const Json kStrict = json(R"({"type": "object", "properties": {"name": {"type": "string"}},
  "required": ["name"], "additionalProperties": false})");

std::unique_ptr<Wire> wire_of_preset(std::string_view name, bool responses = false) {
  const Preset* preset = find_preset(name);
  ENSURE(preset != nullptr);
  return make_wire(*preset, responses ? Preset::Wire::openai_responses : preset->wire);
}

Json asked(std::string_view preset, const std::string& model, bool with_tools = false,
           bool stream = false) {
  const auto wire = wire_of_preset(preset);
  ModelRequest request;
  request.messages.push_back(user_message("Who?"));
  request.output_schema = kOpen;
  if (with_tools) request.tools.push_back(tool_named("weather.now"));
  WireForm form = form_of(*wire, model);
  form.stream = stream;
  return body_of(*wire, request, form);
}

bool said_in_words(const Json& body) {
  return to_text(body["messages"][0]["content"]).find("JSON Schema") != std::string::npos;
}

TEST_CASE("each preset says how it gets an answer of a given shape") {
  const std::vector<std::array<std::string, 3>> expected{
      {"openai", "gpt-5-mini", "native"},
      {"azure", "gpt-5-deployment", "native"},
      {"anthropic", "claude-sonnet-4.6", "native"},
      {"gemini", "gemini-3-pro", "native"},
      {"xai", "grok-4", "native"},
      {"mistral", "mistral-large", "native"},
      {"cerebras", "gpt-oss-120b", "native"},
      {"openrouter", "anthropic/claude-sonnet-4.6", "native"},
      {"moonshot", "kimi-k2.6", "native"},
      {"moonshot", "moonshot-v1-8k", "prompted"},
      {"qwen", "qwen3.8-max", "native"},
      {"qwen", "qwen-plus", "prompted"},
      {"deepseek", "deepseek-v4-pro", "prompted"},
      {"groq", "openai/gpt-oss-120b", "prompted"},  // so in a stream, and beside tools
      {"llama.cpp", "m", "grammar"},
      {"ollama", "qwen3", "grammar"},
      {"vllm", "qwen3", "grammar"},
      {"sglang", "qwen3", "grammar"},
      {"lmstudio", "qwen3", "grammar"},
      {"llamafile", "m", "grammar"},
  };
  for (const auto& [preset, model, mode] : expected) {
    INFO(preset + " " + model);
    CHECK(name_of(wire_of_preset(preset)->schema_mode(model)) == mode);
  }
  CHECK(wire_of_preset("openai", true)->schema_mode("gpt-5") == SchemaMode::native);
}

TEST_CASE("a schema goes to a server of open weights as what it makes its grammar of") {
  for (const char* preset : {"llama.cpp", "vllm", "sglang", "lmstudio", "llamafile"}) {
    const Json body = asked(preset, "m");
    INFO(preset);
    CHECK(body["response_format"]["json_schema"]["schema"] == kOpen);
    CHECK_FALSE(said_in_words(body));
  }
  CHECK(asked("ollama", "m")["format"] == kOpen);
}

TEST_CASE("a vendor that knows no schemas is asked for JSON, and told the schema in words") {
  for (const auto& [preset, model] :
       std::vector<std::pair<std::string, std::string>>{{"deepseek", "deepseek-v4-pro"},
                                                        {"qwen", "qwen-plus"},
                                                        {"moonshot", "moonshot-v1-8k"}}) {
    const Json body = asked(preset, model);
    INFO(preset);
    CHECK(body["response_format"] == Json({{"type", "json_object"}}));
    CHECK(said_in_words(body));
  }
}

TEST_CASE("Groq, which refuses a schema beside tools and in a stream, is told it in words there") {
  const std::string model = "openai/gpt-oss-120b";
  CHECK(asked("groq", model)["response_format"]["type"] == "json_schema");
  CHECK(asked("groq", "llama-3.3-70b")["response_format"]["type"] == "json_object");
  for (const bool stream : {false, true}) {
    const Json body = asked("groq", model, !stream, stream);
    CHECK_FALSE(body.contains("response_format"));
    CHECK(said_in_words(body));
  }
}

TEST_CASE("a schema that OpenAI can hold a model to word for word is sent as such") {
  ModelRequest request;
  request.messages.push_back(user_message("Who?"));
  for (const Json& schema : {kOpen, kStrict}) {
    request.output_schema = schema;
    const Json strict = schema == kStrict ? Json(true) : Json(nullptr);
    const auto chat = wire_of_preset("openai");
    const Json by_chat = body_of(*chat, request, form_of(*chat));
    CHECK(member_at(by_chat["response_format"]["json_schema"], "strict") == strict);
    const auto responses = wire_of_preset("azure", true);
    const Json by_responses = body_of(*responses, request, form_of(*responses));
    CHECK(member_at(by_responses["text"]["format"], "strict") == strict);
    const auto other = wire_of_preset("vllm");
    const Json by_other = body_of(*other, request, form_of(*other));
    CHECK_FALSE(by_other["response_format"]["json_schema"].contains("strict"));
  }
}

TEST_CASE("a strict schema closes its objects, requires all, and holds known keywords only") {
  CHECK(is_strict(kStrict));
  CHECK_FALSE(is_strict(kOpen));
  CHECK_FALSE(is_strict(json(R"({"type": "array", "items": {"type": "string"}})")));
  CHECK_FALSE(is_strict(nullptr));
  const auto with = [](const std::string& pointer, const Json& value) {
    Json schema = kStrict;
    schema[Json::json_pointer(pointer)] = value;
    return is_strict(schema);
  };
  CHECK(with("/properties/name/enum", {"a", "b"}));
  CHECK(with("/properties/name", kStrict));
  CHECK_FALSE(with("/properties/name", kOpen));
  CHECK_FALSE(with("/properties/more", {{"type", "string"}}));
  CHECK_FALSE(with("/properties/name/minLength", 2));
  CHECK_FALSE(with("/additionalProperties", true));
  CHECK_FALSE(with("/properties/name/items", kOpen));
  CHECK_FALSE(with("/anyOf", Json::array({kStrict})));
}

TEST_CASE("a cache key that is too long for the vendor goes along as its hash") {
  ModelRequest request;
  request.messages.push_back(user_message("Hi"));
  for (const bool responses : {false, true}) {
    const auto wire = wire_of_preset("openai", responses);
    request.cache_key = std::string(64, 'k');
    CHECK(body_of(*wire, request, form_of(*wire))["prompt_cache_key"] == request.cache_key);
    request.cache_key = std::string(200, 'k');
    const Json body = body_of(*wire, request, form_of(*wire));
    CHECK(body["prompt_cache_key"].get<std::string>().size() == 64);
  }
}

}  // namespace
}  // namespace yoke
