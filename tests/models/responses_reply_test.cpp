#include <catch2/catch.hpp>

#include "models/openai_responses/responses_wire.h"
#include "tests/models/vendor_fixtures.h"

namespace yoke {
namespace {

const openai_responses::ResponsesWire kResponsesWire{openai_responses::Dialect{true, true}};

// As OpenAI streams a thought and a call: the item of the thought is only whole when it is done.
std::vector<Json> call_events() {
  const Json done = json(R"({"type": "reasoning", "id": "rs_1",
    "summary": [{"type": "summary_text", "text": "Need the tool."}],
    "encrypted_content": "gAAA"})");
  const Json call = json(R"({"type": "function_call", "id": "fc_1", "call_id": "call_1",
    "name": "weather_now", "arguments": "{\"place\":\"Oslo\"}", "status": "completed"})");
  return {json(R"({"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1",
        "model": "gpt-5-mini", "status": "in_progress"}})"),
          json(R"({"type": "response.output_item.added", "output_index": 0,
        "item": {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "part"}})"),
          json(R"({"type": "response.reasoning_summary_part.added", "output_index": 0,
        "summary_index": 0, "part": {"type": "summary_text", "text": ""}})"),
          json(R"({"type": "response.reasoning_summary_text.delta", "output_index": 0,
        "delta": "Need the "})"),
          json(R"({"type": "response.reasoning_summary_text.delta", "output_index": 0,
        "delta": "tool."})"),
          {{"type", "response.output_item.done"}, {"output_index", 0}, {"item", done}},
          json(R"({"type": "response.output_item.added", "output_index": 1, "item": {"type":
        "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather_now",
        "arguments": ""}})"),
          json(R"({"type": "response.function_call_arguments.delta", "output_index": 1,
        "delta": "{\"place\":"})"),
          json(R"({"type": "response.function_call_arguments.delta", "output_index": 1,
        "delta": "\"Oslo\"}"})"),
          {{"type", "response.output_item.done"}, {"output_index", 1}, {"item", call}},
          {{"type", "response.completed"},
           {"response",
            {{"id", "resp_1"},
             {"model", "gpt-5-mini-2026"},
             {"status", "completed"},
             {"output", Json::array({done, call})},
             {"usage", json(R"({"input_tokens": 100, "output_tokens": 30, "total_tokens": 130,
            "input_tokens_details": {"cached_tokens": 64, "cache_write_tokens": 10},
            "output_tokens_details": {"reasoning_tokens": 12}})")}}}}};
}

std::vector<Json> text_events(const std::string& status = "completed") {
  return {json(R"({"type": "response.output_item.added", "output_index": 0, "item": {"type":
             "message", "id": "msg_1", "role": "assistant", "content": []}})"),
          json(R"({"type": "response.output_text.delta", "output_index": 0, "content_index": 0,
             "delta": "Cold."})"),
          json(R"({"type": "response.output_item.done", "output_index": 0, "item": {"type":
             "message", "id": "msg_1", "role": "assistant", "phase": "final_answer",
             "content": [{"type": "output_text", "text": "Cold.", "annotations": []}]}})"),
          {{"type", "response." + status}, {"response", {{"status", status}}}}};
}

TEST_CASE("a streamed response is thought and call, each with what has to go back, in any pieces") {
  const std::string bytes = stream_of(call_events());
  for (const std::size_t step : {bytes.size(), std::size_t{1}}) {
    WireReading reading(kResponsesWire, {tool_named("weather.now")});
    Deltas deltas;
    const ModelOutcome outcome = reading.stream(bytes, deltas.sink(), step);
    const ModelReply& reply = reply_in(outcome);
    CHECK(reply.finish == Finish::tool_calls);
    CHECK(reply.model == "gpt-5-mini");
    CHECK(to_json(reply.usage) == to_json(Usage{100, 64, 10, 30, 12}));
    const auto& thought = std::get<ReasoningPart>(reply.message.parts[0]);
    CHECK(thought.text == "Need the tool.");
    CHECK(thought.key == "summary");
    CHECK(thought.opaque->origin == "openai-responses/lab");
    CHECK(thought.opaque->value["encrypted_content"] ==
          "gAAA");  // not the part of it that came first
    const auto& call = std::get<ToolCallPart>(reply.message.parts[1]);
    CHECK(call.id == "call_1");
    CHECK(call.name == "weather.now");
    CHECK(call.args == Json({{"place", "Oslo"}}));
    CHECK(deltas.seen ==
          std::vector<std::string>{"reasoning:Need the ", "reasoning:tool.",
                                   "args0(weather.now):", "args0:{\"place\":", "args0:\"Oslo\"}"});
  }
}

TEST_CASE("a whole response reads as its stream does") {
  WireReading reading(kResponsesWire, {tool_named("weather.now")});
  const std::vector<Json> events = call_events();
  const ModelOutcome whole = reading.whole(events.back()["response"]);
  CHECK(parts_of(whole) == parts_of(reading.stream(stream_of(events))));
}

TEST_CASE("what was read goes back as it came") {
  WireReading reading(kResponsesWire, {tool_named("weather.now")});
  ModelRequest request;
  request.messages.push_back(user_message("Weather?"));
  request.messages.push_back(reply_in(reading.stream(stream_of(call_events()))).message);
  request.tools.push_back(tool_named("weather.now"));
  const Json input = body_of(kResponsesWire, request, form_of(kResponsesWire, "gpt-5"))["input"];
  CHECK(input[1] == call_events()[5]["item"]);
  CHECK(input[2]["arguments"] == "{\"place\":\"Oslo\"}");
}

TEST_CASE("a message keeps its phase, and raw reasoning is told from a summary") {
  WireReading reading(kResponsesWire);
  const ModelOutcome outcome = reading.stream(stream_of(text_events()));
  const auto& text = std::get<TextPart>(reply_in(outcome).message.parts[0]);
  CHECK(text.opaque->value == "final_answer");
  const ModelOutcome open = reading.whole(json(R"({"status": "completed", "output": [
    {"type": "reasoning", "id": "rs_1", "summary": [], "content": [
      {"type": "reasoning_text", "text": "two"}, {"type": "reasoning_text", "text": "and two"}]},
    {"type": "message", "content": [{"type": "output_text", "text": "four"}]}]})"));
  const auto& thought = std::get<ReasoningPart>(reply_in(open).message.parts[0]);
  CHECK(thought.key == "reasoning_text");
  CHECK(thought.text == "two\n\nand two");
}

TEST_CASE("a response cut by its limit or a filter says so") {
  WireReading reading(kResponsesWire);
  std::vector<Json> events = text_events("incomplete");
  events.back()["response"]["incomplete_details"] = {{"reason", "max_output_tokens"}};
  CHECK(reply_in(reading.stream(stream_of(events))).finish == Finish::length);
  events.back()["response"]["incomplete_details"] = {{"reason", "content_filter"}};
  CHECK(reply_in(reading.stream(stream_of(events))).finish == Finish::content_filter);
}

TEST_CASE("a refusal is one, and an image the model made is a part of the message") {
  WireReading reading(kResponsesWire);
  const ModelOutcome refused = reading.whole(json(R"({"status": "completed", "output": [
    {"type": "message", "content": [{"type": "refusal", "refusal": "I cannot."}]}]})"));
  CHECK(reply_in(refused).finish == Finish::refusal);
  const ModelOutcome drawn = reading.whole(json(R"({"status": "completed", "output": [
    {"type": "image_generation_call", "id": "ig_1", "result": "AAAA",
     "output_format": "webp"}]})"));
  const auto& image = std::get<ImagePart>(reply_in(drawn).message.parts[0]);
  CHECK(image.media_type == "image/webp");
  CHECK(image.url == "data:image/webp;base64,AAAA");
}

TEST_CASE("a tool that ran at the vendor's is kept, and goes back with the thought before it") {
  WireReading reading(kResponsesWire);
  const ModelOutcome outcome = reading.whole(json(R"({"status": "completed", "output": [
    {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "gAAA"},
    {"type": "web_search_call", "id": "ws_1", "status": "completed"},
    {"type": "message", "content": [{"type": "output_text", "text": "Found."}]}]})"));
  ModelRequest request;
  request.messages.push_back(user_message("Look it up."));
  request.messages.push_back(reply_in(outcome).message);
  const Json input = body_of(kResponsesWire, request, form_of(kResponsesWire, "gpt-5"))["input"];
  CHECK(input[1]["type"] == "reasoning");
  CHECK(input[2] == json(R"({"type": "web_search_call", "id": "ws_1", "status": "completed"})"));
  CHECK(input[3]["role"] == "assistant");
}

TEST_CASE("a response is whole only with the vendor's last event") {
  WireReading reading(kResponsesWire);
  std::vector<Json> events = text_events();
  events.pop_back();
  const ModelFailure cut = failure_in(reading.stream(stream_of(events)));
  CHECK(cut.fault == StreamFault::cut);
  CHECK(cut.message == "backend 'lab': the stream ended without response.completed");
  CHECK(failure_in(reading.broken_stream(stream_of(events))).message == "backend 'lab': it broke");
  CHECK(failure_in(reading.stream("")).fault == StreamFault::empty);
  CHECK(failure_in(reading.stream("data: {\"type\":\n\n")).fault == StreamFault::malformed);
  // A connection that breaks after the end breaks nothing.
  CHECK(text_of(reply_in(reading.broken_stream(stream_of(text_events()))).message) == "Cold.");
}

TEST_CASE("a failed response and an error event fail in their class") {
  WireReading reading(kResponsesWire);
  std::vector<Json> events = text_events("failed");
  events.back()["response"]["error"] =
      json(R"({"code": "rate_limit_exceeded", "message": "Slow down."})");
  const ModelFailure quota = failure_in(reading.stream(stream_of(events)));
  CHECK(quota.failure_class == FailureClass::quota);
  CHECK(quota.message.find("Slow down.") != std::string::npos);
  const Json error = json(R"({"type": "error", "code": "server_error", "message": "Oh no."})");
  CHECK(failure_in(reading.stream(stream_of({error}))).failure_class == FailureClass::server);
  const Json nested = json(R"({"type": "error", "error": {"type": "invalid_request_error",
    "message": "Too much."}})");
  CHECK(failure_in(reading.stream(stream_of({nested}))).failure_class == FailureClass::client);
  const ModelOutcome whole = reading.whole(json(R"({"status": "failed", "error":
    {"code": "server_error", "message": "Oh no."}, "output": []})"));
  CHECK(failure_in(whole).fault == StreamFault::error_in_ok);
}

TEST_CASE("items that a server gives one place are told apart by their beginnings") {
  std::vector<Json> events = call_events();
  for (Json& event : events) {
    if (event.contains("output_index")) event["output_index"] = 0;
  }
  WireReading reading(kResponsesWire, {tool_named("weather.now")});
  CHECK(parts_of(reading.stream(stream_of(events))) ==
        parts_of(reading.stream(stream_of(call_events()))));
}

}  // namespace
}  // namespace yoke
