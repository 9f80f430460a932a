#include "models/openai_chat/chat_wire.h"

#include <catch2/catch.hpp>

#include "tests/models/fixtures.h"

namespace yoke {
namespace {

ModelOutcome read(std::string_view body, const Reading& reading) { return reading.decode(body); }

// A whole answer with this message and finish_reason, and `rest` beside the choices.
std::string answer(const std::string& message, const std::string& finish = "stop",
                   const std::string& rest = "") {
  return R"({"id":"x","model":"m-2026","choices":[{"index":0,"message":)" + message +
         R"(,"finish_reason":")" + finish + "\"}]" + rest + "}";
}

TEST_CASE("a plain answer becomes a reply with the vendor's counts") {
  const Reading reading("openai");
  const ModelOutcome outcome =
      read(answer(R"({"role":"assistant","content":"Hi"})", "stop",
                  R"(,"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":
                {"cached_tokens":4,"cache_write_tokens":2},
                "completion_tokens_details":{"reasoning_tokens":3}})"),
           reading);
  const ModelReply& reply = reply_in(outcome);
  CHECK(text_of(reply.message) == "Hi");
  CHECK(reply.message.role == Role::assistant);
  CHECK(reply.finish == Finish::stop);
  CHECK(reply.model == "m-2026");
  CHECK(reply.usage.input == 10);
  CHECK(reply.usage.cached == 4);
  CHECK(reply.usage.cache_write == 2);
  CHECK(reply.usage.output == 5);
  CHECK(reply.usage.reasoning == 3);
  CHECK_FALSE(reply.usage.estimated);
  CHECK(reply.raw_usage["completion_tokens"] == 5);
}

TEST_CASE("reasoning is found under each of its names and remembers which") {
  for (const std::string key : {"reasoning_content", "reasoning", "thinking"}) {
    const Reading reading;
    const ModelOutcome outcome = read(answer(R"({"content":"Hi",")" + key + R"(":"hm"})"), reading);
    const Message& message = reply_in(outcome).message;
    REQUIRE(message.parts.size() == 2);
    const auto& part = std::get<ReasoningPart>(message.parts[0]);
    CHECK(part.text == "hm");
    CHECK(part.key == key);
    CHECK(part.opaque->origin == "openai-chat/lab");
  }
}

TEST_CASE("Mistral's thinking items and texts keep their order") {
  const Reading reading("mistral");
  const ModelOutcome outcome =
      read(answer(R"({"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"},
             {"type":"text","text":"m"}]},{"type":"text","text":"Hi"}]})"),
           reading);
  const Message& message = reply_in(outcome).message;
  CHECK(reasoning_of(message) == "hm");
  CHECK(text_of(message) == "Hi");
  CHECK(std::get<ReasoningPart>(message.parts[0]).key == "content[].thinking");
}

TEST_CASE("think tags are split for raw servers and left alone for vendors") {
  const std::string body = answer(R"({"content":"<think>hm</think>\n\nHi"})");
  const Reading raw("llama.cpp");
  const ModelOutcome split = read(body, raw);
  CHECK(text_of(reply_in(split).message) == "Hi");
  CHECK(reasoning_of(reply_in(split).message) == "hm");
  const Reading vendor("openai");
  const ModelOutcome whole = read(body, vendor);
  CHECK(text_of(reply_in(whole).message) == "<think>hm</think>\n\nHi");
}

TEST_CASE("an R1 that omits the opening tag has its reasoning found") {
  const Reading reading("vllm", "MAI-DS-R1-AWQ");
  const ModelOutcome outcome = read(answer(R"({"content":"hm</think>Hi"})"), reading);
  CHECK(text_of(reply_in(outcome).message) == "Hi");
  CHECK(reasoning_of(reply_in(outcome).message) == "hm");
}

TEST_CASE("tool calls come back with our names, parsed arguments and their vendor's ids") {
  const Reading reading("openai", "m", {tool_named("weather.now")});
  const ModelOutcome outcome = read(answer(R"({"content":null,"tool_calls":[
        {"id":"call_a","type":"function","function":{"name":"weather_now","arguments":"{\"n\":1}"}},
        {"id":"call_b","type":"function","function":{"name":"weather_now","arguments":""}},
        {"id":"call_c","type":"function","function":{"name":"invented","arguments":{"n":2}}}]})",
                                           "stop"),
                                    reading);
  const ModelReply& reply = reply_in(outcome);
  CHECK(reply.finish == Finish::tool_calls);
  const auto calls = calls_in(reply.message);
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].id == "call_a");
  CHECK(calls[0].name == "weather.now");
  CHECK(calls[0].args == Json({{"n", 1}}));
  CHECK(calls[1].args == Json::object());
  CHECK(calls[2].name == "invented");
  CHECK(calls[2].args == Json({{"n", 2}}));
}

TEST_CASE("arguments that are no JSON object keep their text and fail nothing else") {
  const Reading reading;
  for (const std::string bad : {"{oops", "[1]", "7", "{\\\"a\\\":1,\\\"a\\\":2}"}) {
    const ModelOutcome outcome =
        read(answer(R"({"tool_calls":[{"id":"a","function":{"name":"t","arguments":")" + bad +
                    R"("}},{"id":"b","function":{"name":"t","arguments":"{}"}}]})"),
             reading);
    const auto calls = calls_in(reply_in(outcome).message);
    REQUIRE(calls.size() == 2);
    CHECK(calls[0].args.is_null());
    CHECK_FALSE(calls[0].bad_args.empty());
    CHECK(calls[1].bad_args.empty());
  }
}

TEST_CASE("calls without an id, or with the same one, get ids of their own") {
  const Reading reading;
  const std::string body = answer(R"({"tool_calls":[{"function":{"name":"t","arguments":"{}"}},
             {"function":{"name":"t","arguments":"{}"}},
             {"index":2,"id":"a","function":{"name":"t","arguments":"{}"}},
             {"index":3,"id":"a","function":{"name":"t","arguments":"{}"}}]})");
  const ModelOutcome outcome = read(body, reading);
  const auto calls = calls_in(reply_in(outcome).message);
  REQUIRE(calls.size() == 4);
  for (std::size_t one = 0; one < calls.size(); ++one) {
    CHECK_FALSE(calls[one].id.empty());
    for (std::size_t other = 0; other < one; ++other) CHECK(calls[one].id != calls[other].id);
  }
  const ModelOutcome again = read(body, reading);
  CHECK(calls_in(reply_in(again).message)[0].id == calls[0].id);
}

TEST_CASE("a Gemini signature and OpenRouter's reasoning details are kept word for word") {
  const Reading reading("openrouter");
  const ModelOutcome outcome =
      read(answer(R"({"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm",
             "signature":"s","index":0}],"tool_calls":[{"id":"a","function":{"name":"t",
             "arguments":"{}"},"extra_content":{"google":{"thought_signature":"g"}}}]})"),
           reading);
  const Message& message = reply_in(outcome).message;
  const auto& reasoning = std::get<ReasoningPart>(message.parts[0]);
  CHECK(reasoning.opaque->kind == "reasoning_details");
  CHECK(reasoning.opaque->value[0]["signature"] == "s");
  const ToolCallPart call = calls_in(message)[0];
  CHECK(call.opaque->kind == "extra_content");
  CHECK(call.opaque->value["google"]["thought_signature"] == "g");
}

TEST_CASE("what a backend gives comes back to it the same in the next request") {
  const Reading reading("openrouter");
  const ModelOutcome outcome =
      read(answer(R"({"reasoning":"hm","reasoning_details":[{"type":"reasoning.text","text":"hm",
             "signature":"s","index":0}],"tool_calls":[{"id":"a","function":{"name":"t",
             "arguments":"{}"},"extra_content":{"google":{"thought_signature":"g"}}}]})"),
           reading);
  ModelRequest request;
  request.messages.push_back(reply_in(outcome).message);
  const Json sent = encoded(request, "openrouter")["messages"][0];
  CHECK(sent["reasoning"] == "hm");
  CHECK(sent["reasoning_details"][0]["signature"] == "s");
  CHECK(sent["tool_calls"][0]["extra_content"]["google"]["thought_signature"] == "g");
}

TEST_CASE("each vendor's spelling of the token counts is understood") {
  const Reading reading;
  const auto usage_of = [&reading](const std::string& rest) {
    const ModelOutcome outcome = read(answer(R"({"content":"Hi"})", "stop", "," + rest), reading);
    return reply_in(outcome).usage;
  };
  CHECK(usage_of(R"("usage":{"prompt_tokens":9,"completion_tokens":1,
                 "prompt_cache_hit_tokens":6,"prompt_cache_miss_tokens":3})")
            .cached == 6);
  CHECK(usage_of(R"("usage":{"prompt_tokens":9,"completion_tokens":1,"num_cached_tokens":5})")
            .cached == 5);
  CHECK(usage_of(R"("usage":{"prompt_tokens":9,"completion_tokens":1,"cached_tokens":4})").cached ==
        4);
  CHECK(usage_of(R"("x_groq":{"usage":{"prompt_tokens":9,"completion_tokens":1}})").input == 9);
  const Usage beside = usage_of(R"("usage":{"prompt_tokens":9,"completion_tokens":1,
      "total_tokens":17,"completion_tokens_details":{"reasoning_tokens":7}})");
  CHECK(beside.output == 8);
  CHECK(beside.reasoning == 7);
  const Usage timings = usage_of(R"("timings":{"prompt_n":3,"cache_n":4,"predicted_n":2})");
  CHECK(timings.input == 7);
  CHECK(timings.cached == 4);
  CHECK(timings.output == 2);
}

TEST_CASE("an answer without counts is estimated and says so") {
  const Reading reading;
  const ModelOutcome outcome = read(answer(R"({"content":"four by four"})"), reading);
  const Usage& usage = reply_in(outcome).usage;
  CHECK(usage.estimated);
  CHECK(usage.input == 100);
  CHECK(usage.output == 3);
}

TEST_CASE("finish reasons are told apart") {
  const Reading reading;
  const auto finish_of = [&reading](const std::string& reason) {
    const ModelOutcome outcome = read(answer(R"({"content":"Hi"})", reason), reading);
    return reply_in(outcome).finish;
  };
  CHECK(finish_of("stop") == Finish::stop);
  CHECK(finish_of("length") == Finish::length);
  CHECK(finish_of("model_length") == Finish::length);
  CHECK(finish_of("content_filter") == Finish::content_filter);
  CHECK(finish_of("something_new") == Finish::other);
  const ModelOutcome refusal = read(answer(R"({"content":null,"refusal":"No."})"), reading);
  CHECK(reply_in(refusal).finish == Finish::refusal);
  CHECK(std::get<RefusalPart>(reply_in(refusal).message.parts[0]).text == "No.");
}

TEST_CASE("a server that says which stop sequence it met is heard, numbers are tokens") {
  Reading reading;
  reading.context.stops = {"END"};
  const auto met = [&reading](const std::string& said) {
    const std::string body =
        R"({"choices":[{"message":{"content":"Hi"},"finish_reason":"stop",)" + said + "}]}";
    return reply_in(read(body, reading)).stop_sequence;
  };
  CHECK(met(R"("stop_reason":"END")") == "END");
  CHECK(met(R"("matched_stop":"END")") == "END");
  CHECK(met(R"("stop_reason":null)").empty());
  CHECK(met(R"("stop_reason":"stop")").empty());
  CHECK(met(R"("matched_stop":151645)").empty());
}

struct Bad {
  std::string body;
  FailureClass failure_class;
  bool retryable;
  std::string message;
};

TEST_CASE("each answer that is no answer is a failure of its own") {
  const Reading reading;
  const std::vector<Bad> cases{
      {"", FailureClass::malformed, true, "backend 'lab': the answer has no body"},
      {"[1]", FailureClass::malformed, true, "backend 'lab': the answer is no object"},
      {R"({"choices":[]})", FailureClass::malformed, true,
       "backend 'lab': the answer has no choices"},
      {R"({"model":"m"})", FailureClass::malformed, true,
       "backend 'lab': the answer has no choices"},
      {answer(R"({"content":""})"), FailureClass::malformed, true,
       "backend 'lab': the reply is empty: no text and no tool call"},
      {answer(R"({"content":null,"reasoning":"hm"})"), FailureClass::malformed, true,
       "backend 'lab': the reply is empty: no text and no tool call"},
      {answer(R"({"content":"","reasoning":"hm"})", "length"), FailureClass::malformed, false,
       "backend 'lab': all 1000 output tokens were used up before any answer; allow more"},
      {answer(R"({"content":""})", "content_filter"), FailureClass::content, false,
       "backend 'lab': a content filter kept the whole reply back"},
      {answer(R"({"content":"Hi"})", "insufficient_system_resource"), FailureClass::server, true,
       "backend 'lab': the server gave up in the middle (finish_reason "
       "insufficient_system_resource)"},
      {R"({"error":{"message":"upstream died","code":502}})", FailureClass::server, true,
       "backend 'lab' answered 200 with error 502: upstream died"},
      {R"({"error":{"message":"slow down","type":"rate_limit_exceeded"}})", FailureClass::quota,
       true, "backend 'lab' answered 200 with an error: slow down; too many requests"},
      {R"({"error":"model not loaded"})", FailureClass::server, true,
       "backend 'lab' answered 200 with an error: model not loaded"},
  };
  for (const Bad& bad : cases) {
    INFO(bad.body);
    const ModelOutcome outcome = read(bad.body, reading);
    const ModelFailure& failure = failure_in(outcome);
    CHECK(failure.failure_class == bad.failure_class);
    CHECK(failure.retryable == bad.retryable);
    CHECK(failure.message == bad.message);
  }
  const ModelOutcome no_json = read("well, no", reading);
  CHECK(failure_in(no_json).message.starts_with("backend 'lab': the answer is no JSON: "));
}

TEST_CASE("over sixty-four calls in one reply are refused, sixty-four are not") {
  const Reading reading;
  const auto with_calls = [](int count) {
    std::string calls;
    for (int at = 0; at < count; ++at) {
      calls += (at > 0 ? "," : "") + std::string(R"({"id":"c)") + std::to_string(at) +
               R"(","function":{"name":"t","arguments":"{}"}})";
    }
    return answer(R"({"tool_calls":[)" + calls + "]}");
  };
  const ModelOutcome most = read(with_calls(64), reading);
  CHECK(calls_in(reply_in(most).message).size() == 64);
  const ModelOutcome over = read(with_calls(65), reading);
  CHECK(failure_in(over).message == "backend 'lab': over 64 tool calls in one reply");
  CHECK(failure_in(over).failure_class == FailureClass::malformed);
}

TEST_CASE("invalid UTF-8 in an answer is replaced, not refused") {
  const Reading reading;
  const ModelOutcome outcome = read(answer("{\"content\":\"a\xff"
                                           "b\"}"),
                                    reading);
  CHECK(text_of(reply_in(outcome).message) == "a\uFFFDb");
}

}  // namespace
}  // namespace yoke
