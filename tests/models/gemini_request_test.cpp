#include <catch2/catch.hpp>

#include "models/gemini/request.h"
#include "tests/models/vendor_fixtures.h"

namespace yoke {
namespace {

const gemini::GenerateWire kGeminiRequestWire;
const std::string kGemini = "gemini/lab";

Part signed_text(std::string text, std::string signature, const std::string& origin = kGemini) {
  return TextPart{std::move(text), Opaque{origin, "thoughtSignature", std::move(signature)}};
}

Part signed_call(std::string id, std::string name, Json args, Json kept,
                 const std::string& origin = kGemini) {
  ToolCallPart part = call_part(std::move(id), std::move(name), std::move(args));
  part.opaque = Opaque{origin, "functionCall", std::move(kept)};
  return part;
}

ModelRequest gemini_question() {
  ModelRequest request;
  request.output_tokens_max = 2000;
  request.messages.push_back(user_message("Weather in Oslo?"));
  return request;
}

// A question, two calls of which the first is signed, their results.
ModelRequest gemini_tool_loop() {
  ModelRequest request = gemini_question();
  request.instructions = "Be brief.";
  request.tools = {tool_named("weather.now"), tool_named("3d.render")};
  ReasoningPart thought;
  thought.text = "need tools";
  thought.key = "thought";
  thought.opaque = Opaque{kGemini, "thought", nullptr};
  request.messages.push_back(assistant({thought, TextPart{"Looking."},
                                        signed_call("v1", "weather.now", {{"place", "Oslo"}},
                                                    {{"id", "v1"}, {"thoughtSignature", "SigA=="}}),
                                        call_part("call_minted", "3d.render", Json::object())}));
  request.messages.push_back(tool_result("call_minted", "3d.render", "done"));
  ToolResultPart failed{"v1", "weather.now", "no network", true};
  Message message;
  message.role = Role::tool;
  message.parts.emplace_back(failed);
  request.messages.push_back(message);
  return request;
}

Json gemini_sent(const ModelRequest& request, Json extra = Json::object(),
                 const std::string& model = "gemini-3-pro") {
  return body_of(kGeminiRequestWire, request, form_of(kGeminiRequestWire, model, std::move(extra)));
}

TEST_CASE("a request on Gemini's wire is written exactly so") {
  ModelRequest request = gemini_tool_loop();
  request.temperature = 0.5;
  CHECK(gemini_sent(request) == json(R"({
    "systemInstruction": {"parts": [{"text": "Be brief."}]},
    "tools": [{"functionDeclarations": [
      {"name": "weather_now", "description": "Does it.",
       "parametersJsonSchema": {"type": "object", "properties": {}}},
      {"name": "_3d_render", "description": "Does it.",
       "parametersJsonSchema": {"type": "object", "properties": {}}}]}],
    "contents": [
      {"role": "user", "parts": [{"text": "Weather in Oslo?"}]},
      {"role": "model", "parts": [
        {"text": "Looking."},
        {"functionCall": {"id": "v1", "name": "weather_now", "args": {"place": "Oslo"}},
         "thoughtSignature": "SigA=="},
        {"functionCall": {"name": "_3d_render", "args": {}}}]},
      {"role": "user", "parts": [
        {"functionResponse": {"id": "v1", "name": "weather_now",
                              "response": {"error": "no network"}}},
        {"functionResponse": {"name": "_3d_render", "response": {"output": "done"}}}]}],
    "generationConfig": {"maxOutputTokens": 2000, "temperature": 0.5}})"));
}

TEST_CASE("the path on Gemini's wire names the model and how it answers") {
  CHECK(gemini::request_path("gemini-3-pro", false) == "/models/gemini-3-pro:generateContent");
  CHECK(gemini::request_path("tunedModels/x", true) ==
        "/tunedModels/x:streamGenerateContent?alt=sse");
  CHECK(gemini::request_path("a?b#c d", false) == "/models/a%3Fb%23c%20d:generateContent");
}

TEST_CASE("signed texts and thoughts go back to Gemini as parts of their own") {
  ModelRequest request = gemini_question();
  ReasoningPart thought;
  thought.text = "hm";
  thought.opaque = Opaque{kGemini, "thoughtSignature", "SigT"};
  ReasoningPart tool;
  tool.opaque = Opaque{kGemini, "part", {{"executableCode", {{"code", "1+1"}}}}};
  request.messages.push_back(
      assistant({thought, tool, TextPart{"Rain"}, signed_text("", "SigB=="), TextPart{" \n"}}));
  request.messages.push_back(user_message("Thanks"));
  CHECK(gemini_sent(request)["contents"][1]["parts"] == json(R"([
    {"text": "hm", "thought": true, "thoughtSignature": "SigT"},
    {"executableCode": {"code": "1+1"}},
    {"text": "Rain"},
    {"text": "", "thoughtSignature": "SigB=="}])"));
}

TEST_CASE("signatures of another origin are not sent to Gemini") {
  ModelRequest request = gemini_question();
  request.messages.push_back(assistant({signed_text("Rain", "Sig", "gemini/other")}));
  request.messages.push_back(user_message("Thanks"));
  CHECK(gemini_sent(request)["contents"][1]["parts"] == json(R"([{"text": "Rain"}])"));
}

TEST_CASE("a call that another vendor made in this turn brings the word that Gemini wants") {
  ModelRequest request = gemini_tool_loop();
  request.messages[1].parts[2] =
      signed_call("v1", "weather.now", {{"place", "Oslo"}},
                  {{"id", "v1"}, {"thoughtSignature", "SigA=="}}, "gemini/other");
  const auto call = [&request](const std::string& model, int content, int part) {
    return gemini_sent(request, Json::object(), model)["contents"][content]["parts"][part];
  };
  const Json first = call("gemini-3-pro", 1, 1);
  CHECK(first["thoughtSignature"] == "skip_thought_signature_validator");
  CHECK_FALSE(first["functionCall"].contains("id"));
  CHECK_FALSE(call("gemini-3-pro", 1, 2).contains("thoughtSignature"));
  CHECK(call("gemini-flash-latest", 1, 1).contains("thoughtSignature"));
  CHECK_FALSE(call("gemini-2.5-flash", 1, 1).contains("thoughtSignature"));
  CHECK_FALSE(call("gemma-3-27b-it", 1, 1).contains("thoughtSignature"));
  CHECK_FALSE(call("gemini-3-pro", 2, 0)["functionResponse"].contains("id"));
  request.messages.push_back(assistant({TextPart{"Rain."}}));
  request.messages.push_back(user_message("And tomorrow?"));
  CHECK_FALSE(call("gemini-3-pro", 1, 1).contains("thoughtSignature"));
}

TEST_CASE("each call has its response for Gemini, whatever was recorded") {
  ModelRequest request = gemini_tool_loop();
  request.messages.pop_back();
  request.messages.push_back(user_message("Well?"));
  const Json parts = gemini_sent(request)["contents"][2]["parts"];
  REQUIRE(parts.size() == 3);
  CHECK(parts[0]["functionResponse"]["response"] ==
        Json({{"error", "no result was recorded for this call"}}));
  CHECK(parts[2]["text"] == "Well?");
}

TEST_CASE("an answer of a given shape is asked of Gemini beneath the operator's settings") {
  ModelRequest request = gemini_question();
  request.output_schema = {{"type", "object"}};
  const Json extra = {{"generationConfig",
                       {{"thinkingConfig", {{"thinkingLevel", "LOW"}}}, {"maxOutputTokens", 9}}}};
  CHECK(gemini_sent(request, extra)["generationConfig"] == json(R"({
    "thinkingConfig": {"thinkingLevel": "LOW"}, "maxOutputTokens": 2000,
    "responseMimeType": "application/json", "responseJsonSchema": {"type": "object"}})"));
}

TEST_CASE("a Gemini that takes no schema beside tools is asked in words") {
  ModelRequest request = gemini_tool_loop();
  request.output_schema = {{"type", "object"}};
  const Json older = gemini_sent(request, Json::object(), "gemini-2.5-pro");
  CHECK_FALSE(older["generationConfig"].contains("responseJsonSchema"));
  CHECK(older["systemInstruction"]["parts"][0]["text"] ==
        "Be brief.\n\nAnswer with one JSON value that fits this JSON Schema, and nothing else: "
        R"({"type":"object"})");
  CHECK(gemini_sent(request)["generationConfig"].contains("responseJsonSchema"));
}

TEST_CASE("images go to Gemini by their address or as they are, and back with their signature") {
  ModelRequest request = gemini_question();
  request.messages[0].parts.emplace_back(ImagePart{"", "data:image/png;base64,QUJD"});
  request.messages[0].parts.emplace_back(ImagePart{"image/jpeg", "https://example.com/a.jpg"});
  ImagePart made{"image/png", "data:image/png;base64,REVG"};
  made.opaque = Opaque{kGemini, "thoughtSignature", "SigI"};
  request.messages.push_back(assistant({made}));
  request.messages.push_back(user_message("Bluer"));
  const Json contents = gemini_sent(request)["contents"];
  CHECK(contents[0]["parts"][1] ==
        json(R"({"inlineData": {"mimeType": "image/png", "data": "QUJD"}})"));
  CHECK(
      contents[0]["parts"][2] ==
      json(R"({"fileData": {"mimeType": "image/jpeg", "fileUri": "https://example.com/a.jpg"}})"));
  CHECK(contents[1]["parts"][0]["thoughtSignature"] == "SigI");
  request.messages[0].parts[1] = ImagePart{"image/png", "data:text"};
  CHECK(unsayable(kGeminiRequestWire, request, form_of(kGeminiRequestWire)) ==
        "an image cannot be sent: give its media type, and an address or data: with base64");
}

TEST_CASE("the operator's own tools and fields are sent to Gemini as they are") {
  const Json body = gemini_sent(gemini_tool_loop(), json(R"({"tools": [{"googleSearch": {}}],
                                               "safetySettings": [], "cachedContent": "c/1"})"));
  CHECK(body["tools"][1] == json(R"({"googleSearch": {}})"));
  CHECK(body["safetySettings"] == Json::array());
  CHECK(body["cachedContent"] == "c/1");
}

}  // namespace
}  // namespace yoke
