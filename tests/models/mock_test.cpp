#include <catch2/catch.hpp>

#include "runtime/base/text.h"
#include "tests/support/mock_openai.h"

namespace yoke::testing {
namespace {

std::string judged(const std::string& messages, const std::string& rest = "") {
  const std::string body = R"({"model":"m","messages":)" + messages + rest + "}";
  return violation_of(parse_json(body).value(), {});
}

const std::string kUser = R"({"role":"user","content":"Hi"})";
const std::string kCall = R"({"role":"assistant","content":null,"tool_calls":[{"id":"a",
  "type":"function","function":{"name":"t","arguments":"{}"}}]})";
const std::string kResult = R"({"role":"tool","tool_call_id":"a","content":"3"})";

TEST_CASE("the mock takes what OpenAI takes") {
  CHECK(judged("[" + kUser + "]").empty());
  CHECK(judged("[" + kUser + "," + kCall + "," + kResult + "]").empty());
}

TEST_CASE("the mock refuses what OpenAI refuses") {
  const auto with_call = [](const std::string& call) {
    return judged(R"([{"role":"assistant","content":null,"tool_calls":[)" + call + "]}]");
  };
  CHECK_FALSE(judged("[]").empty());
  CHECK_FALSE(judged(R"([{"role":"bot","content":"Hi"}])").empty());
  CHECK_FALSE(judged(R"([{"role":"user","content":null}])").empty());
  CHECK_FALSE(judged(R"([{"role":"user","content":"Hi","mood":"good"}])").empty());
  CHECK_FALSE(judged("[" + kUser + "," + kResult + "]").empty());
  CHECK_FALSE(judged("[" + kUser + "," + kCall + "]").empty());
  CHECK_FALSE(judged("[" + kUser + "," + kCall + "," + kUser + "]").empty());
  CHECK_FALSE(judged("[" + kUser + "]", R"(,"verbose":true)").empty());
  CHECK_FALSE(judged("[" + kUser + "]", R"(,"stream_options":{})").empty());
  CHECK_FALSE(judged("[" + kUser + "]", R"(,"tools":[])").empty());
  CHECK_FALSE(judged("[" + kUser + "]", R"(,"tools":[{"type":"function","function":
      {"name":"a.b","parameters":{"type":"object"}}}])")
                  .empty());
  CHECK_FALSE(with_call(R"({"type":"function","function":{"name":"t","arguments":"{}"}})").empty());
  CHECK_FALSE(with_call(R"({"id":"a","type":"function","function":{"name":"t","arguments":"[]"}})")
                  .empty());
  CHECK_FALSE(
      with_call(R"({"id":"a","type":"function","function":{"name":"t","arguments":{}}})").empty());
}

TEST_CASE("the mock refuses what DeepSeek refuses of reasoning") {
  const auto deepseek = [](bool v4, const std::string& messages, const std::string& rest = "") {
    MockOpenAi::Options options;
    options.wants_reasoning = v4;
    options.refuses_old_reasoning = !v4;
    const std::string body = R"({"model":"m","messages":[)" + messages + "]" + rest + "}";
    return violation_of(parse_json(body).value(), options);
  };
  const auto call_with = [](const std::string& more) {
    return R"({"role":"assistant","content":null,)" + more + R"("tool_calls":[{"id":"a",
      "type":"function","function":{"name":"t","arguments":"{}"}}]})";
  };
  const std::string thought = R"("reasoning_content":"",)";
  const std::string said = R"({"role":"assistant","content":"Cold."})";
  const std::string said_thought =
      R"({"role":"assistant","reasoning_content":"","content":"Cold."})";
  const std::string called = kUser + "," + call_with(thought) + "," + kResult;

  CHECK(deepseek(true, called).empty());
  CHECK(deepseek(true, kUser + "," + said + "," + kUser).empty());
  CHECK_FALSE(deepseek(true, kUser + "," + call_with("") + "," + kResult).empty());
  CHECK_FALSE(deepseek(true, called + "," + said + "," + kUser).empty());
  CHECK(deepseek(true, called + "," + said_thought + "," + kUser).empty());

  CHECK(deepseek(false, called).empty());
  CHECK_FALSE(deepseek(false, called + "," + said + "," + kUser).empty());
  CHECK_FALSE(deepseek(true, kUser, R"(,"response_format":{"type":"json_schema","json_schema":{}})")
                  .empty());
  CHECK_FALSE(deepseek(true, kUser, R"(,"response_format":{"type":"json_object"})").empty());
}

}  // namespace
}  // namespace yoke::testing
