#include <catch2/catch.hpp>

#include "tests/support/mock_anthropic.h"
#include "tests/support/mock_gemini.h"

namespace yoke::testing {
namespace {

std::string refusal_of(const std::optional<VendorRefusal>& refusal) {
  return refusal ? refusal->text : "";
}

// The body with the changes of a JSON patch merged in; null takes a field out.
Json changed(const std::string& body, const std::string& patch) {
  Json result = parse_json(body).value();
  result.merge_patch(parse_json(patch).value());
  return result;
}

const std::string kClaude = R"({"model": "c", "max_tokens": 100, "messages": [
  {"role": "user", "content": "Hi"}]})";

std::string anthropic_says(const std::string& patch) {
  MockRequest raw;
  raw.method = "POST";
  raw.target = "/v1/messages";
  raw.headers["anthropic-version"] = "2023-06-01";
  return refusal_of(anthropic_refusal(raw, changed(kClaude, patch), {}));
}

std::string anthropic_says_of(const std::string& messages) {
  return anthropic_says(R"({"messages": )" + messages + "}");
}

TEST_CASE("the stand-in for Anthropic takes what it takes") {
  CHECK(anthropic_says("{}").empty());
  CHECK(anthropic_says(R"({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}})")
            .empty());
  CHECK(anthropic_says_of(R"([{"role": "user", "content": "Hi"},
      {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]},
      {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a", "content": "3"},
                                   {"type": "text", "text": "Well?"}]}])")
            .empty());
}

TEST_CASE("the stand-in for Anthropic refuses in its words what it refuses") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"max_tokens": null})", "max_tokens: Field required"},
      {R"({"response_format": {}})", "response_format: Extra inputs are not permitted"},
      {R"({"messages": []})", "messages: at least one message is required"},
      {R"({"thinking": {"type": "enabled", "budget_tokens": 5}})",
       "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024"},
      {R"({"thinking": {"type": "enabled", "budget_tokens": 2000}})",
       "`max_tokens` must be greater than `thinking.budget_tokens`."},
      {R"({"tools": [{"name": "a.b", "input_schema": {"type": "object"}}]})",
       "tools.0.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'"},
      {R"({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}})",
       "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly "
       "set to false"},
  };
  for (const auto& [patch, said] : cases) CHECK(anthropic_says(patch) == said);
}

TEST_CASE("the stand-in for Anthropic wants turns, and results first and whole") {
  const std::string call = R"({"role": "assistant", "content": [
      {"type": "tool_use", "id": "a", "name": "t", "input": {}}]})";
  const std::string user = R"({"role": "user", "content": "Hi"})";
  CHECK_THAT(anthropic_says_of("[" + user + "," + user + "]"),
             Catch::StartsWith("messages: roles must alternate"));
  CHECK(anthropic_says_of(R"([{"role": "assistant", "content": "Hi"}])") ==
        "messages: first message must use the \"user\" role");
  CHECK(anthropic_says_of(R"([{"role": "tool", "content": "Hi"}])") ==
        "messages.0.role: Input should be 'user' or 'assistant'");
  CHECK_THAT(anthropic_says_of("[" + user + "," + call + "]"),
             Catch::StartsWith("messages.1: `tool_use` ids were found without `tool_result`"));
  CHECK_THAT(anthropic_says_of("[" + user + "," + call + "," + user + "]"),
             Catch::StartsWith("messages.1: `tool_use` ids were found without `tool_result`"));
  CHECK_THAT(anthropic_says_of("[" + user + "," + call + R"(,{"role": "user", "content": [
      {"type": "text", "text": "Here:"}, {"type": "tool_result", "tool_use_id": "a"}]}])"),
             Catch::StartsWith("messages.1: `tool_use` ids were found without `tool_result`"));
  CHECK_THAT(anthropic_says_of(R"([{"role": "user", "content": [
      {"type": "tool_result", "tool_use_id": "b"}]}])"),
             Catch::StartsWith("messages.0.content.0: unexpected `tool_use_id`"));
  CHECK(anthropic_says_of(R"([{"role": "user", "content": [{"type": "text", "text": " "}]}])") ==
        "messages: text content blocks must contain non-whitespace text");
  CHECK_THAT(anthropic_says_of("[" + user + R"(,{"role": "assistant", "content": "So"}])"),
             Catch::StartsWith("This model does not support assistant message prefill."));
}

TEST_CASE("the stand-in for Anthropic wants its version and its path") {
  MockRequest raw;
  raw.method = "POST";
  raw.target = "/v1/messages";
  const Json body = changed(kClaude, "{}");
  CHECK(refusal_of(anthropic_refusal(raw, body, {})) == "anthropic-version: header is required");
  raw.target = "/v1/chat/completions";
  CHECK(anthropic_refusal(raw, body, {})->status == 404);
}

const std::string kGemini = R"({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]})";

std::string gemini_says(const std::string& patch, const std::string& model = "gemini-3-pro") {
  MockRequest raw;
  raw.target = "/v1beta/models/" + model + ":generateContent";
  return refusal_of(gemini_refusal(raw, changed(kGemini, patch), {}));
}

std::string gemini_says_of(const std::string& contents, const std::string& model = "gemini-3-pro") {
  return gemini_says(R"({"contents": )" + contents + "}", model);
}

const std::string kUser = R"({"role": "user", "parts": [{"text": "Hi"}]})";
const std::string kCall = R"({"role": "model", "parts": [{"functionCall": {"name": "t"}}]})";
const std::string kAnswer = R"({"role": "user", "parts": [
  {"functionResponse": {"name": "t", "response": {"output": "3"}}}]})";

TEST_CASE("the stand-in for Gemini takes what it takes") {
  CHECK(gemini_says("{}").empty());
  const std::string loop = "[" + kUser + "," + kCall + "," + kAnswer + "]";
  CHECK(gemini_says_of(loop, "gemini-2.5-pro").empty());
  CHECK_THAT(gemini_says_of(loop),
             Catch::StartsWith("Function call is missing a thought_signature in functionCall"));
  const std::string earlier = "[" + kUser + "," + kCall + "," + kAnswer +
                              R"(,{"role": "model", "parts": [{"text": "3"}]},)" + kUser + "]";
  CHECK(gemini_says_of(earlier).empty());
}

TEST_CASE("the stand-in for Gemini refuses in its words what it refuses") {
  CHECK(gemini_says(R"({"max_tokens": 5})") ==
        "Invalid JSON payload received. Unknown name \"max_tokens\": Cannot find field.");
  CHECK(gemini_says(R"({"generationConfig": {"max": 5}})") ==
        "Invalid JSON payload received. Unknown name \"max\" at 'generation_config': Cannot find "
        "field.");
  CHECK(gemini_says_of(R"([{"role": "assistant", "parts": [{"text": "Hi"}]}])") ==
        "Please use a valid role: user, model.");
  CHECK_THAT(gemini_says_of(R"([{"role": "user", "parts": []}])"),
             Catch::Contains("contents.parts must not be empty"));
  CHECK_THAT(gemini_says_of(R"([{"role": "user", "parts": [{"thought": true}]}])"),
             Catch::Contains("required oneof field 'data'"));
  CHECK_THAT(gemini_says_of("[" + kUser + "," + kCall + "," + kUser + "]"),
             Catch::Contains("the number of function response parts is equal"));
  CHECK_THAT(gemini_says_of("[" + kUser + "," + kAnswer + "]"),
             Catch::StartsWith("Please ensure that multiturn requests alternate"));
  CHECK_THAT(gemini_says_of("[" + kCall + "," + kAnswer + "]"),
             Catch::StartsWith("Please ensure that function call turn comes immediately after"));
  CHECK(
      gemini_says_of(R"([{"role": "user", "parts": [{"text": "a", "thoughtSignature": "x"}]}])") ==
      "Corrupted thought signature.");
  CHECK_THAT(gemini_says(R"({"tools": [{"functionDeclarations": [{"name": "3d"}]}]})"),
             Catch::Contains("Must start with a letter or an underscore"));
  CHECK(gemini_says(R"({"tools": [{"functionDeclarations": [{"name": "t"}]}],
      "generationConfig": {"responseMimeType": "application/json"}})",
                    "gemini-2.5-pro") ==
        "Function calling with a response mime type: 'application/json' is unsupported");
}

TEST_CASE("the stand-in for Gemini wants its path") {
  MockRequest raw;
  raw.target = "/v1beta/models/gemini-3-pro:chat";
  CHECK(gemini_refusal(raw, changed(kGemini, "{}"), {})->status == 404);
}

}  // namespace
}  // namespace yoke::testing
