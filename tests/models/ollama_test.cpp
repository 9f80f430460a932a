#include <catch2/catch.hpp>

#include "models/ollama/ollama_wire.h"
#include "tests/models/vendor_fixtures.h"

namespace yoke {
namespace {

const ollama::OllamaWire kWire;

std::string lines_of(const std::vector<std::string>& lines) {
  std::string bytes;
  for (const std::string& line : lines) bytes += line + "\n";
  return bytes;
}

// One line of a stream: JSON without the breaks that it is written with here.
std::string line(std::string_view text) { return to_text(json(text)); }

const std::string kThought = line(R"({"model": "qwen3", "created_at": "t",
  "message": {"role": "assistant", "content": "", "thinking": "hm"}, "done": false})");
const std::string kCall = line(R"({"model": "qwen3", "message": {"role": "assistant",
  "content": "", "tool_calls": [
    {"function": {"name": "weather_now", "arguments": {"place": "Oslo"}}},
    {"id": "call_b", "function": {"name": "weather_now", "arguments": {"place": "Rome"}}}]},
  "done": false})");
const std::string kEnd = line(R"({"model": "qwen3", "message": {"role": "assistant",
  "content": ""}, "done": true, "done_reason": "stop", "total_duration": 9,
  "prompt_eval_count": 26, "eval_count": 7})");

TEST_CASE("a request to Ollama has exactly the fields it asks for") {
  ModelRequest request;
  request.instructions = "Be brief.";
  Message asked = user_message("What is this?");
  asked.parts.emplace_back(ImagePart{"image/png", "data:image/png;base64,AAAA"});
  request.messages.push_back(asked);
  ReasoningPart thought;
  thought.text = "hm";
  thought.key = "thinking";
  thought.opaque = Opaque{"ollama/lab", "thinking", nullptr};
  request.messages.push_back(
      assistant({thought, call_part("call_1", "weather.now", {{"place", "Oslo"}})}));
  request.messages.push_back(tool_result("call_1", "weather.now", "3 degrees"));
  request.tools.push_back(tool_named("weather.now"));
  request.output_schema = {{"type", "object"}};
  request.output_tokens_max = 100;
  request.temperature = 0.5;
  const Json extra = {{"think", "low"}, {"keep_alive", "1h"}, {"options", {{"num_ctx", 8192}}}};
  const Json expected = json(R"({
    "model": "qwen3",
    "messages": [
      {"role": "system", "content": "Be brief."},
      {"role": "user", "content": "What is this?", "images": ["AAAA"]},
      {"role": "assistant", "content": "", "thinking": "hm",
       "tool_calls": [{"function": {"name": "weather_now", "arguments": {"place": "Oslo"}}}]},
      {"role": "tool", "tool_name": "weather_now", "content": "3 degrees"}],
    "tools": [{"type": "function", "function": {"name": "weather_now", "description": "Does it.",
      "parameters": {"type": "object", "properties": {}}}}],
    "format": {"type": "object"},
    "options": {"num_ctx": 8192, "num_predict": 100, "temperature": 0.5},
    "stream": false, "think": "low", "keep_alive": "1h"})");
  CHECK(body_of(kWire, request, form_of(kWire, "qwen3", extra)) == expected);
  thought.opaque->origin = "ollama/other";
  request.messages[1].parts[0] = thought;
  const Json other = body_of(kWire, request, form_of(kWire, "qwen3"));
  CHECK_FALSE(other["messages"][2].contains("thinking"));
}

TEST_CASE("an image that is only an address is refused before Ollama is asked") {
  ModelRequest request;
  Message asked = user_message("What is this?");
  asked.parts.emplace_back(ImagePart{"image/png", "https://x.example/a.png"});
  request.messages.push_back(asked);
  CHECK(unsayable(kWire, request, form_of(kWire)) ==
        "Ollama takes an image itself, not its address; give the image as a file");
}

TEST_CASE("a streamed answer of Ollama is thought and calls, however its lines are cut") {
  const std::string bytes = lines_of({kThought, kCall, kEnd});
  for (const std::size_t step : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    WireReading reading(kWire, {tool_named("weather.now")}, "qwen3");
    Deltas deltas;
    const ModelOutcome outcome = reading.stream(bytes, deltas.sink(), step);
    const ModelReply& reply = reply_in(outcome);
    CHECK(reply.finish == Finish::tool_calls);
    CHECK(reasoning_of(reply.message) == "hm");
    const auto calls = calls_in(reply.message);
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].name == "weather.now");
    CHECK(calls[0].args == Json({{"place", "Oslo"}}));
    CHECK(calls[0].id.starts_with("call_"));
    CHECK(calls[1].id == "call_b");
    CHECK(to_json(reply.usage) == to_json(Usage{26, 0, 0, 7, 0}));
    CHECK(deltas.seen.front() == "reasoning:hm");
  }
}

TEST_CASE("a whole answer of Ollama reads as its stream does, and a model's own tags are parted") {
  WireReading reading(kWire);
  const ModelOutcome outcome = reading.whole(json(R"({"model": "m", "done": true,
    "done_reason": "length", "message": {"content": "<think>hm</think>four"}})"));
  CHECK(reasoning_of(reply_in(outcome).message) == "hm");
  CHECK(text_of(reply_in(outcome).message) == "four");
  CHECK(reply_in(outcome).finish == Finish::length);
  CHECK(reply_in(outcome).usage.estimated);
}

TEST_CASE("an answer of Ollama is whole only when it says that it is done") {
  WireReading reading(kWire);
  const std::string word = R"({"message":{"content":"Hi"},"done":false})";
  const ModelFailure cut = failure_in(reading.stream(lines_of({word})));
  CHECK(cut.fault == StreamFault::cut);
  CHECK(cut.message == "backend 'lab': the stream ended in the middle of the reply");
  CHECK(failure_in(reading.stream("")).fault == StreamFault::empty);
  CHECK(failure_in(reading.stream("{\"message\":\n")).fault == StreamFault::malformed);
  CHECK(failure_in(reading.whole(json(word))).message ==
        "backend 'lab': the answer does not say that it is done");
  CHECK(text_of(reply_in(reading.stream(word + "\n" + kEnd)).message) == "Hi");  // no last newline
}

TEST_CASE("an error of Ollama's in the middle of a stream is a failure") {
  WireReading reading(kWire);
  const ModelFailure failure =
      failure_in(reading.stream(lines_of({kThought, R"({"error":"llama runner died"})"})));
  CHECK(failure.failure_class == FailureClass::server);
  CHECK(failure.fault == StreamFault::error_in_ok);
  CHECK(failure.message == "backend 'lab' answered 200 with an error: llama runner died");
}

}  // namespace
}  // namespace yoke
