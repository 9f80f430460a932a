#include "models/openai_chat/stream.h"

#include <catch2/catch.hpp>

#include "tests/models/fixtures.h"

namespace yoke {
namespace {

std::string delta(const std::string& inner, const std::string& finish = "null") {
  return R"({"id":"x","model":"m","choices":[{"index":0,"delta":)" + inner +
         R"(,"finish_reason":)" + finish + "}]}";
}

const std::string kStop = delta("{}", R"("stop")");
const std::string kUsage = R"({"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":2}})";

struct Run {
  ModelOutcome outcome;
  std::vector<std::string> deltas;
};

Run stream(const std::vector<std::string>& events, const Reading& reading) {
  Deltas deltas;
  const auto decoder = reading.stream(deltas.sink());
  for (const std::string& event : events) {
    if (!decoder->push(WireEvent{"message", event})) break;
  }
  return {decoder->end(), deltas.seen};
}

using Texts = std::vector<std::string>;

TEST_CASE("a streamed reply comes piece by piece and whole at its end") {
  const Reading reading("openai");
  const Run run =
      stream({delta(R"({"role":"assistant","content":""})"), delta(R"({"content":"Hel"})"),
              delta(R"({"content":"lo"})"), kStop, kUsage, "[DONE]"},
             reading);
  CHECK(run.deltas == Texts{"text:Hel", "text:lo"});
  const ModelReply& reply = reply_in(run.outcome);
  CHECK(text_of(reply.message) == "Hello");
  CHECK(reply.usage.input == 7);
  CHECK(reply.finish == Finish::stop);
}

TEST_CASE("parallel calls are put together by index, in any interleaving") {
  const Reading reading("openai", "m", {tool_named("weather.now"), tool_named("time.now")});
  const Run run =
      stream({delta(
                  R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"weather_now",
              "arguments":""}}]})"),
              delta(
                  R"({"tool_calls":[{"index":1,"id":"b","function":{"name":"time_now",
              "arguments":"{\"z"}}]})"),
              delta(R"({"tool_calls":[{"index":0,"function":{"arguments":"{\"p\":"}}]})"),
              delta(R"({"tool_calls":[{"index":1,"function":{"arguments":"\":2}"}},
                               {"index":0,"function":{"arguments":"1}"}}]})"),
              delta("{}", R"("tool_calls")"), "[DONE]"},
             reading);
  const auto calls = calls_in(reply_in(run.outcome).message);
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].name == "weather.now");
  CHECK(calls[0].args == Json({{"p", 1}}));
  CHECK(calls[1].name == "time.now");
  CHECK(calls[1].args == Json({{"z", 2}}));
  CHECK(run.deltas == Texts{"args0(weather.now):", "args1(time.now):{\"z",
                            "args0:{\"p\":", "args1:\":2}", "args0:1}"});
}

TEST_CASE("calls without an index are put together by id") {
  const Reading reading;
  const Run run = stream(
      {delta(R"({"tool_calls":[{"id":"a","function":{"name":"t","arguments":"{\"n\""}}]})"),
       delta(R"({"tool_calls":[{"id":"b","function":{"name":"u","arguments":"{}"}}]})"),
       delta(R"({"tool_calls":[{"id":"a","function":{"arguments":":1}"}}]})"), kStop, "[DONE]"},
      reading);
  const auto calls = calls_in(reply_in(run.outcome).message);
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].args == Json({{"n", 1}}));
  CHECK(calls[1].name == "u");
}

TEST_CASE("calls without index and id are put together by position") {
  const Reading reading;
  const Run run = stream({delta(R"({"tool_calls":[{"function":{"name":"t","arguments":"{\"n\""}},
                               {"function":{"name":"u","arguments":"{\"m\""}}]})"),
                          delta(
                              R"({"tool_calls":[{"function":{"arguments":":1}"}},
                               {"function":{"arguments":":2}"}}]})"),
                          kStop, "[DONE]"},
                         reading);
  const auto calls = calls_in(reply_in(run.outcome).message);
  REQUIRE(calls.size() == 2);
  CHECK(calls[0].args == Json({{"n", 1}}));
  CHECK(calls[1].args == Json({{"m", 2}}));
}

TEST_CASE("whole calls that are all numbered zero are still several calls") {
  const Reading reading;
  const Run run = stream(
      {delta(R"({"tool_calls":[{"index":0,"id":"a","function":{"name":"t","arguments":"{}"}}]})"),
       delta(R"({"tool_calls":[{"index":0,"id":"b","function":{"name":"t","arguments":"{}"}}]})"),
       kStop, "[DONE]"},
      reading);
  CHECK(calls_in(reply_in(run.outcome).message).size() == 2);
}

TEST_CASE("streamed reasoning comes under each of its names and in Mistral's items") {
  for (const std::string key : {"reasoning_content", "reasoning", "thinking"}) {
    const Reading reading;
    const Run run = stream({delta("{\"" + key + "\":\"h\"}"), delta("{\"" + key + "\":\"m\"}"),
                            delta(R"({"content":"Hi"})"), kStop, "[DONE]"},
                           reading);
    CHECK(reasoning_of(reply_in(run.outcome).message) == "hm");
    CHECK(run.deltas == Texts{"reasoning:h", "reasoning:m", "text:Hi"});
  }
  const Reading mistral("mistral");
  const Run run = stream(
      {delta(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]})"),
       delta(R"({"content":"Hi"})"), kStop, "[DONE]"},
      mistral);
  CHECK(run.deltas == Texts{"reasoning:hm", "text:Hi"});
}

TEST_CASE("think tags cut across chunks are split as they stream") {
  const Reading reading("llama.cpp");
  const Run run = stream({delta(R"({"content":"<th"})"), delta(R"({"content":"ink>hm</thi"})"),
                          delta(R"({"content":"nk>\n\nHi"})"), kStop, "[DONE]"},
                         reading);
  CHECK(run.deltas == Texts{"reasoning:hm", "text:Hi"});
  CHECK(text_of(reply_in(run.outcome).message) == "Hi");
}

TEST_CASE("text that turns out to be reasoning is voided in the stream and given again") {
  const Reading reading("vllm", "deepseek-r1-distill");
  const Run run =
      stream({delta(R"({"content":"hm"})"), delta(R"({"content":"</think>Hi"})"), kStop, "[DONE]"},
             reading);
  CHECK(run.deltas == Texts{"text:hm", "reset:", "reasoning:hm", "text:Hi"});
  CHECK(text_of(reply_in(run.outcome).message) == "Hi");
}

TEST_CASE("pieces of one reasoning detail are merged in the stream") {
  const Reading reading("openrouter");
  const Run run =
      stream({delta(
                  R"({"reasoning":"h","reasoning_details":[{"type":"reasoning.text","text":"h",
              "index":0}]})"),
              delta(R"({"reasoning":"m","reasoning_details":[{"type":"reasoning.text","text":"m",
              "signature":"s","index":0}]})"),
              delta(R"({"content":"Hi"})"), kStop, "[DONE]"},
             reading);
  const auto& part = std::get<ReasoningPart>(reply_in(run.outcome).message.parts[0]);
  const Json expected =
      parse_json(R"([{"type":"reasoning.text","text":"hm","signature":"s","index":0}])").value();
  CHECK(part.opaque->value == expected);
}

TEST_CASE("Azure's first chunk without choices and blank events are passed over") {
  const Reading reading("azure");
  const Run run = stream({R"({"choices":[],"prompt_filter_results":[{"prompt_index":0}]})", "",
                          delta(R"({"content":"Hi"})"), kStop, "[DONE]"},
                         reading);
  CHECK(text_of(reply_in(run.outcome).message) == "Hi");
}

TEST_CASE("usage that comes last ends a stream as well as [DONE] does") {
  const Reading reading;
  const Run run = stream({delta(R"({"content":"Hi"})"), kStop, kUsage}, reading);
  CHECK(text_of(reply_in(run.outcome).message) == "Hi");
}

TEST_CASE("usage that rides on a choice is read") {
  const Reading reading("moonshot");
  const Run run =
      stream({delta(R"({"content":"Hi"})"),
              R"({"choices":[{"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":5,
          "completion_tokens":1,"cached_tokens":3}}]})",
              "[DONE]"},
             reading);
  CHECK(reply_in(run.outcome).usage.cached == 3);
}

struct Broken {
  Texts events;
  FailureClass failure_class;
  std::string message;
};

TEST_CASE("each way a stream can go wrong is a failure of its own") {
  const Reading reading;
  const std::string hi = delta(R"({"content":"Hi"})");
  const std::vector<Broken> cases{
      {{}, FailureClass::malformed, "backend 'lab': the stream ended without one event"},
      {{hi}, FailureClass::malformed, "backend 'lab': the stream ended in the middle of the reply"},
      {{hi, "[DONE]"},
       FailureClass::malformed,
       "backend 'lab': the stream ended without a finish_reason"},
      {{hi, kStop}, FailureClass::malformed, "backend 'lab': the stream ended before [DONE]"},
      {{kUsage, "[DONE]"}, FailureClass::malformed, "backend 'lab': the stream has no choices"},
      {{kStop, "[DONE]"},
       FailureClass::malformed,
       "backend 'lab': the reply is empty: no text and no tool call"},
      {{hi, R"({"error":{"message":"died","code":503}})"},
       FailureClass::server,
       "backend 'lab' answered 200 with error 503: died"},
  };
  for (const Broken& broken : cases) {
    const Run run = stream(broken.events, reading);
    const ModelFailure& failure = failure_in(run.outcome);
    CHECK(failure.message == broken.message);
    CHECK(failure.failure_class == broken.failure_class);
    CHECK(failure.retryable);
  }
  const Run no_json = stream({hi, "{\"choices\""}, reading);
  CHECK(failure_in(no_json.outcome)
            .message.starts_with("backend 'lab': an event of the stream is no JSON: "));
}

TEST_CASE("a broken stream tells what it had used up") {
  const Reading reading;
  const auto decoder = reading.stream();
  decoder->push(WireEvent{"message", delta(R"({"content":"four by four"})")});
  const ModelOutcome outcome =
      decoder->cut(StreamCut{FailureClass::network, StreamFault::cut, "it broke", true});
  const ModelFailure& failure = failure_in(outcome);
  CHECK(failure.message == "backend 'lab': it broke");
  CHECK(failure.usage.estimated);
  CHECK(failure.usage.input == 100);
  CHECK(failure.usage.output == 3);
}

TEST_CASE("a connection that breaks after the whole reply loses nothing") {
  const Reading reading;
  const auto decoder = reading.stream();
  decoder->push(WireEvent{"message", delta(R"({"content":"Hi"})")});
  decoder->push(WireEvent{"message", kStop});
  decoder->push(WireEvent{"message", "[DONE]"});
  const ModelOutcome outcome =
      decoder->cut(StreamCut{FailureClass::network, StreamFault::cut, "it broke", true});
  CHECK(text_of(reply_in(outcome).message) == "Hi");
}

TEST_CASE("a stream that never ends is ended by its bound") {
  const Reading reading;
  const auto decoder = reading.stream();
  const std::string event = delta("{\"content\":\"" + std::string(10'000, 'x') + "\"}");
  int pushed = 1;
  while (decoder->push(WireEvent{"message", event})) ++pushed;
  CHECK(pushed == 105);  // 1 MiB in pieces of 10,000 bytes
  const ModelOutcome outcome = decoder->end();
  CHECK(failure_in(outcome).failure_class == FailureClass::malformed);
  CHECK(failure_in(outcome).message ==
        "backend 'lab': the reply does not end: 1050000 bytes for 1000 tokens");
  CHECK_FALSE(failure_in(outcome).retryable);
}

}  // namespace
}  // namespace yoke
