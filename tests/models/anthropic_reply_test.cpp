#include <catch2/catch.hpp>

#include "tests/models/vendor_fixtures.h"

namespace yoke {
namespace {

const anthropic::MessagesWire kReplyWire;
using Texts = std::vector<std::string>;

Json usage() {
  return json(R"({"input_tokens": 50, "cache_creation_input_tokens": 10,
    "cache_read_input_tokens": 40, "output_tokens": 20,
    "output_tokens_details": {"thinking_tokens": 5}})");
}

Json message(const std::string& content, const std::string& stop = "end_turn") {
  return {{"id", "msg_1"},       {"type", "message"},        {"role", "assistant"},
          {"model", "claude-x"}, {"content", json(content)}, {"stop_reason", stop},
          {"usage", usage()}};
}

Json block(int index, const std::string& inner) {
  return {{"type", "content_block_start"}, {"index", index}, {"content_block", json(inner)}};
}
Json delta(int index, const std::string& inner) {
  return {{"type", "content_block_delta"}, {"index", index}, {"delta", json(inner)}};
}
Json stop(int index) { return {{"type", "content_block_stop"}, {"index", index}}; }
Json begin() {
  return json(R"({"type": "message_start", "message": {"id": "msg_1", "model": "claude-x",
    "content": [], "usage": {"input_tokens": 50, "cache_creation_input_tokens": 10,
    "cache_read_input_tokens": 40, "output_tokens": 1}}})");
}
Json ending(const std::string& reason) {
  return {{"type", "message_delta"},
          {"delta", {{"stop_reason", reason}, {"stop_sequence", nullptr}}},
          {"usage", json(R"({"output_tokens": 20,
                             "output_tokens_details": {"thinking_tokens": 5}})")}};
}
Json last() { return {{"type", "message_stop"}}; }
Json ping() { return {{"type", "ping"}}; }

const std::string kParts = R"([
  {"type": "reasoning", "text": "need the tool", "key": "thinking",
   "opaque": {"origin": "anthropic/lab", "kind": "thinking",
              "value": {"type": "thinking", "signature": "sig1"}}},
  {"type": "reasoning", "text": "", "key": "redacted_thinking",
   "opaque": {"origin": "anthropic/lab", "kind": "redacted_thinking",
              "value": {"type": "redacted_thinking", "data": "xyz"}}},
  {"type": "text", "text": "Looking."},
  {"type": "tool_call", "id": "toolu_1", "name": "weather.now", "args": {"place": "Oslo"}},
  {"type": "tool_call", "id": "toolu_2", "name": "time", "args": {}}])";

const std::string kContent = R"([
  {"type": "thinking", "thinking": "need the tool", "signature": "sig1"},
  {"type": "redacted_thinking", "data": "xyz"},
  {"type": "text", "text": "Looking."},
  {"type": "tool_use", "id": "toolu_1", "name": "weather_now", "input": {"place": "Oslo"}},
  {"type": "tool_use", "id": "toolu_2", "name": "time", "input": {}}])";

// The same answer, as it streams.
std::vector<Json> streamed() {
  return {begin(),
          ping(),
          block(0, R"({"type": "thinking", "thinking": "", "signature": ""})"),
          delta(0, R"({"type": "thinking_delta", "thinking": "need the"})"),
          delta(0, R"({"type": "thinking_delta", "thinking": " tool"})"),
          delta(0, R"({"type": "signature_delta", "signature": "sig1"})"),
          stop(0),
          block(1, R"({"type": "redacted_thinking", "data": "xyz"})"),
          stop(1),
          block(2, R"({"type": "text", "text": ""})"),
          json(R"({"type": "a_thing_of_the_future", "index": 2})"),
          delta(2, R"({"type": "text_delta", "text": "Look"})"),
          delta(2, R"({"type": "citations_delta", "citation": {"cited_text": "x"}})"),
          delta(2, R"({"type": "text_delta", "text": "ing."})"),
          stop(2),
          block(3, R"({"type": "tool_use", "id": "toolu_1", "name": "weather_now", "input": {}})"),
          delta(3, R"({"type": "input_json_delta", "partial_json": ""})"),
          delta(3, R"({"type": "input_json_delta", "partial_json": "{\"place\": \"O"})"),
          delta(3, R"({"type": "input_json_delta", "partial_json": "slo\"}"})"),
          stop(3),
          block(4, R"({"type": "tool_use", "id": "toolu_2", "name": "time", "input": {}})"),
          stop(4),
          ending("tool_use"),
          last()};
}

void check_reply(const ModelOutcome& outcome) {
  CHECK(parts_of(outcome) == json(kParts));
  const ModelReply& reply = reply_in(outcome);
  CHECK(reply.finish == Finish::tool_calls);
  CHECK(reply.model == "claude-x");
  CHECK(reply.usage.input == 100);
  CHECK(reply.usage.cached == 40);
  CHECK(reply.usage.cache_write == 10);
  CHECK(reply.usage.output == 20);
  CHECK(reply.usage.reasoning == 5);
  CHECK_FALSE(reply.usage.estimated);
  CHECK(reply.raw_usage == usage());
}

TEST_CASE("an answer of Anthropic's is read exactly so") {
  const WireReading reading(kReplyWire, {tool_named("weather.now")});
  check_reply(reading.whole(message(kContent, "tool_use")));
}

TEST_CASE("a stream of Anthropic's is read alike whole, byte by byte and cut anywhere") {
  const std::string bytes = stream_of(streamed());
  for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{7}, std::size_t{256}}) {
    WireReading reading(kReplyWire, {tool_named("weather.now")});
    INFO(step);
    check_reply(reading.stream(bytes, {}, step));
  }
}

TEST_CASE("a stream of Anthropic's is handed on as it comes") {
  Deltas deltas;
  WireReading reading(kReplyWire, {tool_named("weather.now")});
  reading.stream(stream_of(streamed()), deltas.sink());
  CHECK(deltas.seen == Texts{"reasoning:need the", "reasoning: tool", "text:Look", "text:ing.",
                             "args0(weather.now):", "args0:{\"place\": \"O", "args0:slo\"}",
                             "args1(time):"});
}

TEST_CASE("a stream of Anthropic's that ends between any two events is not whole") {
  const std::vector<Json> events = streamed();
  for (std::size_t count = 1; count < events.size(); ++count) {
    INFO(count);
    WireReading reading(kReplyWire);
    const std::vector<Json> some(events.begin(), events.begin() + static_cast<long>(count));
    const ModelOutcome outcome = reading.stream(stream_of(some));
    CHECK(failure_in(outcome).message == "backend 'lab': the stream ended before message_stop");
    CHECK(failure_in(outcome).fault == StreamFault::cut);
    CHECK(failure_in(outcome).retryable);
    WireReading other(kReplyWire);
    const ModelOutcome broken = other.broken_stream(stream_of(some));
    CHECK(failure_in(broken).message == "backend 'lab': it broke");
    CHECK(failure_in(broken).usage.input == 100);
  }
  WireReading reading(kReplyWire, {tool_named("weather.now")});
  check_reply(reading.broken_stream(stream_of(events)));
}

TEST_CASE("what Anthropic gave goes back to it as it came") {
  WireReading reading(kReplyWire, {tool_named("weather.now")});
  ModelRequest request;
  request.tools = {tool_named("weather.now")};
  request.messages.push_back(user_message("Weather?"));
  request.messages.push_back(reply_in(reading.stream(stream_of(streamed()))).message);
  const Json body = body_of(kReplyWire, request, form_of(kReplyWire));
  CHECK(body["messages"][1]["content"] == json(kContent));
}

TEST_CASE("thinking that Anthropic does not show is kept with its signature") {
  WireReading reading(kReplyWire);
  const ModelOutcome outcome = reading.stream(stream_of(
      {begin(), block(0, R"({"type": "thinking", "thinking": "", "signature": ""})"),
       delta(0, R"({"type": "signature_delta", "signature": "sig1"})"), stop(0),
       block(1, R"({"type": "text", "text": "Rain"})"), stop(1), ending("end_turn"), last()}));
  CHECK(parts_of(outcome)[0]["text"] == "");
  CHECK(parts_of(outcome)[0]["opaque"]["value"]["signature"] == "sig1");
  CHECK(text_of(reply_in(outcome).message) == "Rain");
}

TEST_CASE("blocks of Anthropic's own tools stay where they are") {
  const std::string content = R"([
    {"type": "text", "text": "Let me look."},
    {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "a"}},
    {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": []},
    {"type": "text", "text": "Rain."}])";
  const WireReading reading(kReplyWire);
  ModelRequest request;
  request.messages.push_back(user_message("Weather?"));
  request.messages.push_back(reply_in(reading.whole(message(content))).message);
  request.messages.push_back(user_message("Thanks"));
  const Json body = body_of(kReplyWire, request, form_of(kReplyWire));
  CHECK(body["messages"][1]["content"] == json(content));
  WireReading streaming(kReplyWire);
  const ModelOutcome outcome = streaming.stream(stream_of(
      {begin(), block(0, R"({"type": "server_tool_use", "id": "s", "name": "n", "input": {}})"),
       delta(0, R"({"type": "input_json_delta", "partial_json": "{\"query\":"})"),
       delta(0, R"({"type": "input_json_delta", "partial_json": "\"a\"}"})"), stop(0),
       block(1, R"({"type": "text", "text": "Rain"})"), stop(1), ending("end_turn"), last()}));
  CHECK(parts_of(outcome)[0]["opaque"]["value"]["input"] == Json({{"query", "a"}}));
}

TEST_CASE("each of Anthropic's reasons to stop has its meaning") {
  const WireReading reading(kReplyWire);
  const std::string text = R"([{"type": "text", "text": "Rain"}])";
  const std::vector<std::pair<std::string, Finish>> cases{
      {"end_turn", Finish::stop},      {"stop_sequence", Finish::stop},
      {"max_tokens", Finish::length},  {"model_context_window_exceeded", Finish::length},
      {"refusal", Finish::refusal},    {"pause_turn", Finish::other},
      {"a_new_reason", Finish::other},
  };
  for (const auto& [reason, finish] : cases) {
    INFO(reason);
    CHECK(reply_in(reading.whole(message(text, reason))).finish == finish);
  }
  CHECK(reply_in(reading.whole(message(text, "pause_turn"))).paused);
  CHECK_FALSE(reply_in(reading.whole(message(text, "end_turn"))).paused);
}

TEST_CASE("the stop sequence that Anthropic met is in the reply, if it was asked for") {
  WireReading reading(kReplyWire);
  Json met = message(R"([{"type": "text", "text": "Rain"}])", "stop_sequence");
  met["stop_sequence"] = "END";
  Json end = ending("stop_sequence");
  end["delta"]["stop_sequence"] = "END";
  const std::string bytes = stream_of(
      {begin(), block(0, R"({"type": "text", "text": "Rain"})"), stop(0), std::move(end), last()});
  CHECK(reply_in(reading.whole(met)).stop_sequence.empty());
  CHECK(reply_in(reading.stream(bytes)).stop_sequence.empty());
  reading.stop_at({"OVER", "END"});
  CHECK(reply_in(reading.whole(met)).stop_sequence == "END");
  CHECK(reply_in(reading.stream(bytes)).stop_sequence == "END");
  met["stop_reason"] = "max_tokens";
  CHECK(reply_in(reading.whole(met)).stop_sequence.empty());
}

TEST_CASE("a refusal of Anthropic's without a word is a refusal, and says why where it can") {
  const WireReading reading(kReplyWire);
  Json refused = message("[]", "refusal");
  const ModelOutcome plain = reading.whole(refused);
  CHECK(reply_in(plain).finish == Finish::refusal);
  CHECK(parts_of(plain) ==
        json(R"([{"type": "refusal", "text": "The model refused to answer."}])"));
  refused["stop_details"] = {{"type", "refusal"}, {"explanation", "That is dangerous."}};
  CHECK(parts_of(reading.whole(refused))[0]["text"] == "That is dangerous.");
}

TEST_CASE("an answer of Anthropic's for which there was no room or no word is a failure") {
  const WireReading reading(kReplyWire);
  CHECK(failure_in(reading.whole(message("[]", "model_context_window_exceeded"))).message ==
        "backend 'lab': the conversation fills the model's context and leaves no room for an "
        "answer; shorten it");
  CHECK(failure_in(reading.whole(message("[]", "max_tokens"))).message ==
        "backend 'lab': all 1000 output tokens were used up before any answer; allow more");
  CHECK(failure_in(reading.whole(message("[]"))).message ==
        "backend 'lab': the reply is empty: no text and no tool call");
}

struct ErrorCase {
  std::string type;
  FailureClass failure_class;
  bool retryable;
  std::string message;
};

TEST_CASE("each of Anthropic's errors in the middle of a stream has its class") {
  const std::vector<ErrorCase> cases{
      {"overloaded_error", FailureClass::server, true, "overloaded_error: Sorry"},
      {"api_error", FailureClass::server, true, "api_error: Sorry"},
      {"timeout_error", FailureClass::server, true, "timeout_error: Sorry"},
      {"rate_limit_error", FailureClass::quota, true, "rate_limit_error: Sorry; too many requests"},
      {"authentication_error", FailureClass::key, false,
       "authentication_error: Sorry; check its api_key"},
      {"billing_error", FailureClass::key, false,
       "billing_error: Sorry; its account is out of credit"},
      {"permission_error", FailureClass::key, false,
       "permission_error: Sorry; its api_key is not allowed to do this"},
      {"invalid_request_error", FailureClass::client, false, "invalid_request_error: Sorry"},
      {"not_found_error", FailureClass::client, false,
       "not_found_error: Sorry; check its base_url and the model's name"},
      {"request_too_large", FailureClass::client, false,
       "request_too_large: Sorry; the request is too large for it"},
  };
  for (const ErrorCase& one : cases) {
    INFO(one.type);
    WireReading reading(kReplyWire);
    const Json error = {{"type", "error"}, {"error", {{"type", one.type}, {"message", "Sorry"}}}};
    const ModelOutcome outcome = reading.stream(stream_of({begin(), error}));
    const ModelFailure& failure = failure_in(outcome);
    CHECK(failure.failure_class == one.failure_class);
    CHECK(failure.retryable == one.retryable);
    CHECK(failure.message == "backend 'lab' answered 200 with " + one.message);
    CHECK(failure.fault == StreamFault::error_in_ok);
  }
}

TEST_CASE("an answer of Anthropic's that is none is a failure of its own") {
  const WireReading reading(kReplyWire);
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "the answer has no body"},
      {"[]", "the answer is no object"},
      {"{}", "the answer has no content"},
      {R"({"content": [7]})", "a block of the reply is no object"},
      {R"({"content": [{"type": "tool_use", "id": "a"}]})", "a tool_use block has no name"},
  };
  for (const auto& [body, message] : cases) {
    CHECK(failure_in(reading.whole_text(body)).message == "backend 'lab': " + message);
  }
  CHECK_THAT(failure_in(reading.whole_text("{\"a\":")).message,
             Catch::StartsWith("backend 'lab': the answer is no JSON: "));
}

TEST_CASE("a hostile stream on Anthropic's wire fails in words of its own") {
  const std::string text = R"({"type": "text", "text": ""})";
  const std::string said = R"({"type": "text_delta", "text": "a"})";
  const std::vector<std::pair<std::vector<Json>, std::string>> cases{
      {{begin(), delta(0, said)}, "a text_delta for a block that is not open"},
      {{begin(), block(0, text), delta(1, said)}, "a text_delta for a block that is not open"},
      {{begin(), block(0, text), stop(0), delta(0, said)},
       "a text_delta for a block that is not open"},
      {{begin(), block(0, R"({"type": "thinking", "thinking": ""})"), delta(0, said)},
       "a text_delta in a block of type thinking"},
      {{begin(), block(0, text), delta(0, R"({"type": "input_json_delta", "partial_json": "1"})")},
       "a input_json_delta in a block of type text"},
      {{begin(), block(0, R"({"type": "server_tool_use"})"),
        delta(0, R"({"type": "input_json_delta", "partial_json": "{"})"), stop(0)},
       "the input of its own tool is no JSON"},
      {{begin(), last()}, "the stream ended without a stop_reason"},
      {{begin(), json("[1]")}, "an event of the stream is no object"},
      {{}, "the stream ended without one event"},
  };
  for (const auto& [events, what] : cases) {
    WireReading reading(kReplyWire);
    const ModelOutcome outcome = reading.stream(stream_of(events));
    CHECK(failure_in(outcome).message == "backend 'lab': " + what);
    CHECK(failure_in(outcome).failure_class == FailureClass::malformed);
  }
}

TEST_CASE("values of the wrong type on Anthropic's wire do no harm") {
  WireReading reading(kReplyWire);
  const ModelOutcome outcome = reading.stream(stream_of(
      {json(R"({"type": "message_start", "message": {"id": 7, "model": [], "usage": "many"}})"),
       json(R"({"type": 12})"), json(R"({"type": "content_block_stop", "index": "x"})"),
       json(R"({"type": "content_block_start", "index": 1e300,
                "content_block": {"type": "text", "text": 5}})"),
       json(R"({"type": "content_block_start", "index": 0,
                "content_block": {"type": "text", "text": "Hi"}})"),
       json(R"({"type": "message_delta", "delta": {"stop_reason": "end_turn"},
                "usage": {"input_tokens": -5, "output_tokens": 1e300,
                          "cache_read_input_tokens": 9223372036854775807,
                          "output_tokens_details": [1]}})"),
       last()}));
  CHECK(text_of(reply_in(outcome).message) == "Hi");
  CHECK(reply_in(outcome).usage.output == kTokensMax);
  CHECK(reply_in(outcome).usage.input == kTokensMax);
}

TEST_CASE("calls of one id on Anthropic's wire are told apart") {
  const WireReading reading(kReplyWire);
  const ModelOutcome outcome = reading.whole(message(R"([
    {"type": "tool_use", "id": "a", "name": "t", "input": {}},
    {"type": "tool_use", "id": "a", "name": "t", "input": [1]}])",
                                                     "tool_use"));
  const auto calls = calls_in(reply_in(outcome).message);
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].id != calls[1].id);
  CHECK(calls[1].bad_args == "[1]");
}

TEST_CASE("a signature without end on Anthropic's wire is ended by its bound") {
  WireReading reading(kReplyWire);
  std::vector<Json> events{begin(), block(0, R"({"type": "thinking", "thinking": ""})")};
  const Json piece = delta(
      0, R"({"type": "signature_delta", "signature": ")" + std::string(1u << 20, 's') + "\"}");
  for (int i = 0; i < 5; ++i) events.push_back(piece);
  const ModelOutcome outcome = reading.stream(stream_of(events), {}, 1u << 16);
  CHECK(failure_in(outcome).message == "backend 'lab': a block of it does not end");
  CHECK(failure_in(outcome).fault == StreamFault::too_large);
}

}  // namespace
}  // namespace yoke
