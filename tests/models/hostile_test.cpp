#include <catch2/catch.hpp>

#include "models/failure.h"
#include "models/openai_chat/chat_wire.h"
#include "models/openai_chat/stream.h"
#include "models/think_splitter.h"
#include "runtime/base/text.h"
#include "tests/models/fixtures.h"

// A vendor that means harm: what it sends costs no more than a bounded reply would.
namespace yoke {
namespace {

std::string answer(const std::string& message, const std::string& rest = "") {
  return R"({"id":"x","choices":[{"message":)" + message + R"(,"finish_reason":"stop"}])" + rest +
         "}";
}

ModelOutcome read(const std::string& body) {
  const Reading reading;
  return reading.decode(body);
}

std::string calls_of(const std::string& pieces) { return R"({"tool_calls":[)" + pieces + "]}"; }

TEST_CASE("counts of tokens that cannot be true are held within bounds") {
  const auto usage = [](const std::string& counts) {
    return reply_in(read(answer(R"({"content":"Hi"})", ",\"usage\":{" + counts + "}"))).usage;
  };
  for (const char* huge : {"9223372036854775807", "18446744073709551615", "1e300", "2e15"}) {
    const std::string count(huge);
    const Usage most = usage(
        "\"prompt_tokens\":" + count + ",\"completion_tokens\":" + count +
        ",\"total_tokens\":" + count + ",\"prompt_tokens_details\":{\"cached_tokens\":" + count +
        "},\"completion_tokens_details\":{\"reasoning_tokens\":" + count + "}");
    INFO(huge);
    CHECK(most.input == kTokensMax);
    CHECK(most.output == kTokensMax);
    CHECK(most.cached <= most.input);
    CHECK(most.reasoning <= most.output);
  }
  const Usage least = usage(R"("prompt_tokens":-7,"completion_tokens":-9223372036854775808)");
  CHECK(least.input == 0);
  CHECK(least.output == 0);
  CHECK(usage(R"("prompt_tokens":12.0,"completion_tokens":3.0)").output == 3);
}

TEST_CASE("the index of a tool call is a name, never a place") {
  const std::string named = R"("function":{"name":"a","arguments":"{}"}})";
  const ModelOutcome outcome = read(
      answer(calls_of(R"({"index":1000000000,"id":"1",)" + named + R"(,{"index":-1,"id":"2",)" +
                      named + R"(,{"index":18446744073709551615,"id":"3",)" + named +
                      R"(,{"index":1e9,"id":"3",)" + named)));
  const auto calls = calls_in(reply_in(outcome).message);
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].id == "1");
  CHECK(calls[1].id == "2");
  CHECK(calls[2].id == "3");
}

TEST_CASE("what comes with tool calls counts towards the bound of a reply") {
  const std::string big(300'000, 'x');
  const auto refusal = [](const std::string& piece) {
    std::string pieces = piece;
    for (int i = 0; i < 4; ++i) pieces += "," + piece;
    const ModelOutcome outcome = read(answer(calls_of(pieces)));
    return failure_in(outcome).message;
  };
  const std::string does_not_end = "backend 'lab': the reply does not end: ";
  CHECK_THAT(refusal(R"({"function":{"name":")" + big + R"(","arguments":"{}"}})"),
             Catch::StartsWith(does_not_end));
  CHECK_THAT(refusal(R"({"function":{"name":"a"},"extra_content":{"x":")" + big + R"("}})"),
             Catch::StartsWith(does_not_end));
  int number = 0;
  std::string ids;
  while (number < 5) {
    ids += (ids.empty() ? "" : ",") + std::string(R"({"id":")") + std::to_string(number++) + big +
           R"(","function":{"name":"a"}})";
  }
  CHECK_THAT(failure_in(read(answer(calls_of(ids)))).message, Catch::StartsWith(does_not_end));
}

TEST_CASE("text and reasoning that take turns without end are refused") {
  std::string items;
  for (int i = 0; i < 600; ++i) {
    items += (i == 0 ? "" : ",") +
             std::string(R"({"type":"text","text":"a"},{"type":"thinking","thinking":"b"})");
  }
  const ModelOutcome outcome = read(answer(R"({"content":[)" + items + "]}"));
  CHECK(failure_in(outcome).message ==
        "backend 'lab': over 1000 parts of text and reasoning in one reply");
}

TEST_CASE("a vendor's own tool and model names cannot drive a terminal") {
  const ModelOutcome outcome =
      read(R"({"model":"m\u001b[2J)" + std::string(9000, 'm') +
           R"(","choices":[{"finish_reason":"stop","message":{"tool_calls":[{"id":"1","function":)"
           R"({"name":"a\u001b]0;owned\u0007\nb","arguments":"{}"}}]}}]})");
  const ModelReply& reply = reply_in(outcome);
  const std::string name = calls_in(reply.message).at(0).name;
  CHECK(name == shorten(printable(name), 200));
  CHECK(name.find_first_of("\n\x1b\x07") == std::string::npos);
  CHECK(reply.model.size() <= 203);
  CHECK(reply.model.find('\x1b') == std::string::npos);
}

TEST_CASE("a vendor's own words on its usage are kept only when they are few") {
  const std::string words(20'000, 'w');
  const ModelOutcome outcome =
      read(answer(R"({"content":"Hi"})",
                  R"(,"usage":{"prompt_tokens":1,"completion_tokens":2,"note":")" + words + "\"}"));
  CHECK(reply_in(outcome).usage.output == 2);
  CHECK(reply_in(outcome).raw_usage.is_null());
}

TEST_CASE("JSON that is nested without end, or repeats a key, is no answer") {
  const std::string deep = std::string(100'000, '[');
  CHECK_THAT(failure_in(read(deep)).message, Catch::Contains("nested deeper than 64 levels"));
  const ModelOutcome twice =
      read(R"({"a\u001b]0;sk-very-secret-key":1,"a\u001b]0;sk-very-secret-key":2})");
  CHECK(failure_in(twice).message.find('\x1b') == std::string::npos);
  CHECK(failure_in(twice).message.find("very-secret") == std::string::npos);
  const Reading reading;
  const auto decoder = reading.stream();
  CHECK_FALSE(decoder->push(WireEvent{"message", deep}));
}

TEST_CASE("arguments nested without end stay the text they are") {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  const ModelOutcome outcome =
      read(answer(calls_of(R"({"id":"1","function":{"name":"a","arguments":")" + deep + "\"}}")));
  CHECK(calls_in(reply_in(outcome).message).at(0).bad_args == deep);
}

// Each of these took time that grows with the square of the text, minutes for what is sent here.
TEST_CASE("no text of a vendor's takes more than a moment to read") {
  std::string tags;
  for (int i = 0; i < 200'000; ++i) tags += "<think></think>";
  ThinkSplitter splitter;
  std::vector<ThinkSplitter::Piece> pieces;
  splitter.push(tags, pieces);
  CHECK(pieces.empty());
  ThinkSplitter blank;
  for (int i = 0; i < 500'000; ++i) blank.push(" ", pieces);
  blank.finish(pieces);
  std::string text;
  for (const ThinkSplitter::Piece& piece : pieces) text += piece.text;
  CHECK(text == std::string(500'000, ' '));

  std::string keys = "a";
  for (int i = 0; i < 1'000'000; ++i) keys += "sk-aaaa ";
  CHECK(safe_text(keys, Secret()).size() <= 303);
  std::string one_word = "a";
  for (int i = 0; i < 1'000'000; ++i) one_word += "sk-";
  CHECK(safe_text(one_word, Secret()).size() <= 303);
}

}  // namespace
}  // namespace yoke
