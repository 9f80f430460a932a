#include <catch2/catch.hpp>

#include "tests/models/vendor_fixtures.h"

namespace yoke {
namespace {

const gemini::GenerateWire kGeminiReplyWire;
using Texts = std::vector<std::string>;

Json gemini_usage() {
  return json(R"({"promptTokenCount": 90, "cachedContentTokenCount": 40,
    "candidatesTokenCount": 15, "thoughtsTokenCount": 5, "toolUsePromptTokenCount": 10})");
}

Json answer(const std::string& parts, const std::string& finish = "STOP") {
  Json candidate = {{"content", {{"role", "model"}, {"parts", json(parts)}}}, {"index", 0}};
  if (!finish.empty()) candidate["finishReason"] = finish;
  return {{"candidates", Json::array({candidate})},
          {"usageMetadata", gemini_usage()},
          {"modelVersion", "gemini-3-pro"},
          {"responseId", "r1"}};
}

const std::string kGeminiParts = R"([
  {"type": "reasoning", "text": "need the tool", "key": "thought",
   "opaque": {"origin": "gemini/lab", "kind": "thought", "value": null}},
  {"type": "text", "text": "Looking."},
  {"type": "tool_call", "id": "v1", "name": "weather.now", "args": {"place": "Oslo"},
   "opaque": {"origin": "gemini/lab", "kind": "functionCall",
              "value": {"id": "v1", "thoughtSignature": "SigA=="}}},
  {"type": "tool_call", "id": "v2", "name": "time", "args": {},
   "opaque": {"origin": "gemini/lab", "kind": "functionCall", "value": {"id": "v2"}}}])";

const std::string kWireParts = R"([
  {"text": "need the tool", "thought": true},
  {"text": "Looking."},
  {"functionCall": {"id": "v1", "name": "weather_now", "args": {"place": "Oslo"}},
   "thoughtSignature": "SigA=="},
  {"functionCall": {"id": "v2", "name": "time"}}])";

// The same answer, as it streams.
std::vector<Json> gemini_streamed() {
  return {answer(R"([{"text": "need", "thought": true}])", ""),
          answer(R"([{"text": " the tool", "thought": true}])", ""),
          answer(R"([{"text": "Look"}])", ""),
          answer(R"([{"text": "ing."}])", ""),
          answer(R"([{"functionCall": {"id": "v1", "name": "weather_now",
                      "args": {"place": "Oslo"}}, "thoughtSignature": "SigA=="}])",
                 ""),
          answer(R"([{"functionCall": {"id": "v2", "name": "time"}}])", ""),
          answer(R"([{"text": ""}])")};
}

void check_gemini_reply(const ModelOutcome& outcome) {
  CHECK(parts_of(outcome) == json(kGeminiParts));
  const ModelReply& reply = reply_in(outcome);
  CHECK(reply.finish == Finish::tool_calls);
  CHECK(reply.model == "gemini-3-pro");
  CHECK(reply.usage.input == 100);
  CHECK(reply.usage.cached == 40);
  CHECK(reply.usage.output == 20);
  CHECK(reply.usage.reasoning == 5);
  CHECK(reply.raw_usage == gemini_usage());
}

TEST_CASE("an answer of Gemini's is read exactly so") {
  const WireReading reading(kGeminiReplyWire, {tool_named("weather.now")});
  check_gemini_reply(reading.whole(answer(kWireParts)));
}

TEST_CASE("a stream of Gemini's is read alike whole, byte by byte and cut anywhere") {
  const std::string bytes = stream_of(gemini_streamed());
  for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{7}, std::size_t{256}}) {
    WireReading reading(kGeminiReplyWire, {tool_named("weather.now")});
    INFO(step);
    check_gemini_reply(reading.stream(bytes, {}, step));
  }
}

TEST_CASE("a stream of Gemini's is handed on as it comes") {
  Deltas deltas;
  WireReading reading(kGeminiReplyWire, {tool_named("weather.now")});
  reading.stream(stream_of(gemini_streamed()), deltas.sink());
  CHECK(deltas.seen == Texts{"reasoning:need", "reasoning: the tool", "text:Look", "text:ing.",
                             "args0(weather.now):{\"place\":\"Oslo\"}", "args1(time):"});
}

TEST_CASE("a stream of Gemini's that ends between any two events is not whole") {
  const std::vector<Json> events = gemini_streamed();
  for (std::size_t count = 1; count < events.size(); ++count) {
    INFO(count);
    WireReading reading(kGeminiReplyWire);
    const std::vector<Json> some(events.begin(), events.begin() + static_cast<long>(count));
    const ModelOutcome outcome = reading.stream(stream_of(some));
    CHECK(failure_in(outcome).message ==
          "backend 'lab': the stream ended in the middle of the reply");
    CHECK(failure_in(outcome).fault == StreamFault::cut);
    WireReading other(kGeminiReplyWire);
    CHECK(failure_in(other.broken_stream(stream_of(some))).message == "backend 'lab': it broke");
  }
  WireReading reading(kGeminiReplyWire, {tool_named("weather.now")});
  check_gemini_reply(reading.broken_stream(stream_of(events)));
}

TEST_CASE("what Gemini signed goes back to it as it came") {
  WireReading reading(kGeminiReplyWire, {tool_named("3d.render")});
  const ModelOutcome outcome = reading.stream(stream_of(
      {answer(R"([{"text": "Ra"}])", ""),
       answer(R"([{"text": "in", "thoughtSignature": "S1"}])", ""),
       answer(R"([{"text": "!"}])", ""),
       answer(R"([{"functionCall": {"name": "_3d_render"}, "thoughtSignature": "S2"}])", ""),
       answer(R"([{"inlineData": {"mimeType": "image/png", "data": "QUJD"},
                   "thoughtSignature": "S3"}])",
              ""),
       answer(R"([{"text": "", "thoughtSignature": "S4"}])")}));
  CHECK(calls_in(reply_in(outcome).message).at(0).name == "3d.render");
  CHECK(text_of(reply_in(outcome).message) == "Rain!");
  ModelRequest request;
  request.tools = {tool_named("3d.render")};
  request.messages.push_back(user_message("Weather?"));
  request.messages.push_back(reply_in(outcome).message);
  const Json body = body_of(kGeminiReplyWire, request, form_of(kGeminiReplyWire, "gemini-3-pro"));
  CHECK(body["contents"][1]["parts"] == json(R"([
    {"text": "Ra"}, {"text": "in", "thoughtSignature": "S1"}, {"text": "!"},
    {"functionCall": {"name": "_3d_render", "args": {}}, "thoughtSignature": "S2"},
    {"inlineData": {"mimeType": "image/png", "data": "QUJD"}, "thoughtSignature": "S3"},
    {"text": "", "thoughtSignature": "S4"}])"));
  CHECK(body["contents"][2]["parts"][0]["functionResponse"]["name"] == "_3d_render");
}

TEST_CASE("calls that Gemini gives no id get one each, and lose it on the way back") {
  const WireReading reading(kGeminiReplyWire);
  const ModelOutcome outcome = reading.whole(
      answer(R"([{"functionCall": {"name": "a"}}, {"functionCall": {"name": "a"}}])"));
  const auto calls = calls_in(reply_in(outcome).message);
  REQUIRE(calls.size() == 2);
  CHECK_FALSE(calls[0].id.empty());
  CHECK(calls[0].id != calls[1].id);
  CHECK_FALSE(calls[0].opaque);
}

TEST_CASE("parts of Gemini's own tools stay where they are, sketches do not") {
  const WireReading reading(kGeminiReplyWire);
  const ModelOutcome outcome = reading.whole(answer(R"([
    {"executableCode": {"language": "PYTHON", "code": "1+1"}},
    {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "2"}},
    {"inlineData": {"mimeType": "image/png", "data": "AA=="}, "thought": true},
    {"text": "Two"}])"));
  const Json parts = parts_of(outcome);
  REQUIRE(parts.size() == 3);
  CHECK(parts[0]["opaque"]["value"]["executableCode"]["code"] == "1+1");
  CHECK(parts[1]["opaque"]["kind"] == "part");
  CHECK(parts[2]["text"] == "Two");
}

TEST_CASE("an image of Gemini's is a part of the reply") {
  const WireReading reading(kGeminiReplyWire);
  const ModelOutcome outcome =
      reading.whole(answer(R"([{"inlineData": {"mimeType": "image/png", "data": "QUJD"}}])"));
  CHECK(parts_of(outcome) == json(R"([{"type": "image", "media_type": "image/png",
                                       "url": "data:image/png;base64,QUJD"}])"));
  CHECK(failure_in(
            reading.whole(answer(R"([{"inlineData": {"mimeType": "audio/wav", "data": "QUJD"}}])")))
            .message ==
        "backend 'lab': the answer holds audio/wav, which is not taken; ask it for text or images");
}

TEST_CASE("each of Gemini's reasons to finish has its meaning") {
  const WireReading reading(kGeminiReplyWire);
  const std::string text = R"([{"text": "Rain"}])";
  for (const auto& [reason, finish] : std::vector<std::pair<std::string, Finish>>{
           {"STOP", Finish::stop},
           {"MAX_TOKENS", Finish::length},
           {"SAFETY", Finish::content_filter},
           {"RECITATION", Finish::content_filter},
           {"BLOCKLIST", Finish::content_filter},
           {"PROHIBITED_CONTENT", Finish::content_filter},
           {"SPII", Finish::content_filter},
           {"IMAGE_SAFETY", Finish::content_filter},
           {"OTHER", Finish::other},
           {"FINISH_REASON_UNSPECIFIED", Finish::other},
           {"A_NEW_REASON", Finish::other},
       }) {
    INFO(reason);
    CHECK(reply_in(reading.whole(answer(text, reason))).finish == finish);
  }
  for (const std::string reason : {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL",
                                   "TOO_MANY_TOOL_CALLS", "MALFORMED_RESPONSE", "NO_IMAGE"}) {
    INFO(reason);
    const ModelOutcome outcome = reading.whole(answer("[]", reason));
    CHECK(failure_in(outcome).failure_class == FailureClass::malformed);
    CHECK(failure_in(outcome).retryable);
    CHECK_THAT(failure_in(outcome).message, Catch::EndsWith("(finishReason " + reason + ")"));
  }
  const ModelOutcome filtered = reading.whole(answer("[]", "SAFETY"));
  CHECK(failure_in(filtered).failure_class == FailureClass::content);
  const ModelOutcome used_up = reading.whole(answer("[]", "MAX_TOKENS"));
  CHECK_THAT(failure_in(used_up).message, Catch::EndsWith("before any answer; allow more"));
}

TEST_CASE("a prompt that Gemini blocks is a failure of its content") {
  const WireReading reading(kGeminiReplyWire);
  const ModelOutcome outcome =
      reading.whole(json(R"({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}})"));
  CHECK(failure_in(outcome).failure_class == FailureClass::content);
  CHECK(failure_in(outcome).message ==
        "backend 'lab': the request was blocked: PROHIBITED_CONTENT");
}

TEST_CASE("an answer of Gemini's that is none is a failure of its own") {
  const WireReading reading(kGeminiReplyWire);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "the answer has no body"},
      {"[]", "the answer is no object"},
      {"{}", "the answer has no candidates"},
      {R"({"candidates": "many"})", "the answer has no candidates"},
      {R"({"candidates": [7]})", "the answer has no finishReason"},
      {R"({"candidates": [{"content": {"parts": [1]}}]})", "a part of the answer is no object"},
      {R"({"candidates": [{"content": {"parts": [{"functionCall": {}}]}}]})",
       "a functionCall has no name"},
      {R"({"candidates": [{"content": {"parts": {"text": 1}}, "finishReason": "STOP"}]})",
       "the reply is empty: no text and no tool call"},
      {R"({"candidates": [{"content": {"parts": [{"text": 5}, {"text": null}]},
           "finishReason": "STOP"}], "usageMetadata": [1], "modelVersion": {}})",
       "the reply is empty: no text and no tool call"},
  };
  for (const auto& [body, message] : cases) {
    INFO(body);
    CHECK(failure_in(reading.whole_text(body)).message == "backend 'lab': " + message);
  }
  WireReading streaming(kGeminiReplyWire);
  CHECK(failure_in(streaming.stream("")).message ==
        "backend 'lab': the stream ended without one event");
  WireReading bare(kGeminiReplyWire);
  CHECK(failure_in(bare.stream("data: {}\n\n")).message ==
        "backend 'lab': the stream has no candidates");
}

TEST_CASE("counts of Gemini's that cannot be true are held within bounds") {
  const WireReading reading(kGeminiReplyWire);
  Json many = answer(R"([{"text": "Hi"}])");
  many["usageMetadata"] = json(R"({"promptTokenCount": 9223372036854775807,
    "toolUsePromptTokenCount": 9223372036854775807, "candidatesTokenCount": 1e300,
    "thoughtsTokenCount": 1e300, "cachedContentTokenCount": -4})");
  const Usage counted = reply_in(reading.whole(many)).usage;
  CHECK(counted.input == kTokensMax);
  CHECK(counted.output == kTokensMax);
  CHECK(counted.cached == 0);
}

TEST_CASE("arguments of Gemini's that are no object stay the text they are") {
  const WireReading reading(kGeminiReplyWire);
  const ModelOutcome outcome =
      reading.whole(answer(R"([{"functionCall": {"name": "a", "args": [1, 2]}}])"));
  CHECK(calls_in(reply_in(outcome).message).at(0).bad_args == "[1,2]");
}

ModelFailure refused(int status, const std::string& body) {
  RefusedReply refusal;
  refusal.status = status;
  refusal.body = body;
  const Secret key("sk-very-secret-key");
  return kGeminiReplyWire.refused(refusal, FailureContext{"lab", key});
}

std::string quota(const std::string& id) {
  return R"({"error": {"code": 429, "message": "You exceeded your current quota.",
    "status": "RESOURCE_EXHAUSTED", "details": [
      {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
       "violations": [{"quotaId": ")" +
         id + R"("}]},
      {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.5s"}]}})";
}

TEST_CASE("Gemini's quota for a minute is waited for, and that for a day is not") {
  const ModelFailure minute =
      refused(429, quota("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"));
  CHECK(minute.failure_class == FailureClass::quota);
  CHECK(minute.retryable);
  CHECK(minute.retry_after == std::chrono::milliseconds(12'500));
  CHECK(minute.message ==
        "backend 'lab' answered 429: You exceeded your current quota.; too many requests");
  const ModelFailure day = refused(429, quota("GenerateRequestsPerDayPerProjectPerModel"));
  CHECK(day.failure_class == FailureClass::quota);
  CHECK_FALSE(day.retryable);
  CHECK_THAT(day.message, Catch::EndsWith("; its quota for today is used up"));
}

TEST_CASE("Gemini's errors keep their class in a list, in a stream and with a key that is none") {
  const ModelFailure listed = refused(429, "[" + quota("PerMinute") + "]");
  CHECK(listed.retry_after == std::chrono::milliseconds(12'500));
  CHECK_THAT(listed.message,
             Catch::StartsWith("backend 'lab' answered 429: You exceeded your current quota."));
  const ModelFailure key = refused(400, R"({"error": {"code": 400, "message": "API key not valid.",
    "status": "INVALID_ARGUMENT", "details": [{"reason": "API_KEY_INVALID"}]}})");
  CHECK(key.failure_class == FailureClass::key);
  CHECK(key.message == "backend 'lab' answered 400: API key not valid.; check its api_key");
  CHECK(refused(400, R"({"error": {"code": 400, "status": "INVALID_ARGUMENT"}})").failure_class ==
        FailureClass::client);
  CHECK(refused(503, "overloaded").failure_class == FailureClass::server);
  WireReading reading(kGeminiReplyWire);
  const ModelOutcome gemini_streamed =
      reading.stream(stream_of({answer(R"([{"text": "Ra"}])", ""), json(quota("PerMinute"))}));
  CHECK(failure_in(gemini_streamed).failure_class == FailureClass::quota);
  CHECK(failure_in(gemini_streamed).fault == StreamFault::error_in_ok);
  CHECK(failure_in(gemini_streamed).retry_after == std::chrono::milliseconds(12'500));
}

TEST_CASE("delays that cannot be read are passed over") {
  for (const std::string delay : {"soon", "-3s", "1e999s", "nans", "s", ""}) {
    const ModelFailure failure = refused(429, R"({"error": {"status": "RESOURCE_EXHAUSTED",
      "details": [{"@type": "x/RetryInfo", "retryDelay": ")" +
                                                  delay + R"("}, 7, null]}})");
    INFO(delay);
    CHECK_FALSE(failure.retry_after);
    CHECK(failure.failure_class == FailureClass::quota);
  }
}

}  // namespace
}  // namespace yoke
