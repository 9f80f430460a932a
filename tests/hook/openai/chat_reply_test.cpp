#include "hosts/hook/openai/chat_reply.h"

#include <catch2/catch.hpp>

#include "runtime/base/text.h"

// What a client of Chat Completions is answered.
namespace yoke::openai {
namespace {

const std::string kChatRun = "01JD0000000000000000000000";

Json parsed(const std::string& text) { return parse_json(text).value(); }

CompletionHead head(bool of_agent = false) {
  return {kChatRun, "route/default", 1'700'000'000, of_agent};
}

TalkReply replying(std::string text, std::string finish = "stop") {
  TalkReply reply;
  reply.run_id = kChatRun;
  reply.message.role = Role::assistant;
  if (!text.empty()) reply.message.parts.emplace_back(TextPart{std::move(text)});
  reply.finish = std::move(finish);
  reply.usage.input = 10;
  reply.usage.cached = 4;
  reply.usage.output = 5;
  reply.usage.reasoning = 2;
  reply.model = "lab/small";
  return reply;
}

TalkReply calling(std::string id = "toolu_1") {
  TalkReply reply = replying("", "tool_calls");
  ToolCallPart call;
  call.id = std::move(id);
  call.name = "weather";
  call.args = {{"place", "Oslo"}};
  reply.message.parts.emplace_back(std::move(call));
  return reply;
}

Delta piece(Delta::Kind kind, std::string text, std::string tool = {}) {
  Delta delta;
  delta.kind = kind;
  delta.text = std::move(text);
  delta.tool = std::move(tool);
  return delta;
}

// The data of each event; "[DONE]" as a text.
Json events_of(const std::string& bytes) {
  Json events = Json::array();
  for (const std::string& line : split(bytes, '\n')) {
    if (!line.starts_with("data: ")) {
      CHECK(line.empty());
      continue;
    }
    const std::string data = line.substr(6);
    events.push_back(data == "[DONE]" ? Json(data) : parsed(data));
  }
  return events;
}

// Of each chunk its delta and finish, or what else it is.
Json shape_of(const std::string& bytes) {
  Json shape = Json::array();
  for (const Json& event : events_of(bytes)) {
    if (!event.is_object() || event.contains("error")) {
      shape.push_back(event.is_object() ? event["error"]["code"] : event);
      continue;
    }
    CHECK(event["id"] == "chatcmpl-" + kChatRun);
    CHECK(event["object"] == "chat.completion.chunk");
    CHECK(event["model"] == "route/default");
    if (event["choices"].empty()) {
      shape.push_back(event["usage"]);
      continue;
    }
    const Json& choice = event["choices"][0];
    shape.push_back(choice["finish_reason"].is_null() ? choice["delta"] : choice["finish_reason"]);
  }
  return shape;
}

}  // namespace

TEST_CASE("a whole completion has its text, thought, finish and usage") {
  TalkReply reply = replying("Hello.");
  ReasoningPart thought;
  thought.text = "A greeting.";
  reply.message.parts.insert(reply.message.parts.begin(), thought);
  CHECK(chat_completion(head(), reply) == parsed(R"({
    "id": "chatcmpl-01JD0000000000000000000000", "object": "chat.completion",
    "created": 1700000000, "model": "route/default", "system_fingerprint": "lab/small",
    "service_tier": "default",
    "choices": [{"index": 0, "logprobs": null, "finish_reason": "stop", "message": {
      "role": "assistant", "content": "Hello.", "refusal": null,
      "reasoning_content": "A greeting."}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
      "prompt_tokens_details": {"cached_tokens": 4},
      "completion_tokens_details": {"reasoning_tokens": 2}}})"));
}

TEST_CASE("a model's calls have ids that say whose they are") {
  const Json choice = chat_completion(head(), calling())["choices"][0];
  CHECK(choice["finish_reason"] == "tool_calls");
  CHECK(choice["message"] == parsed(R"({"role": "assistant", "content": null, "refusal": null,
    "tool_calls": [{"id": "call_01JD0000000000000000000000_0", "type": "function",
      "function": {"name": "weather", "arguments": "{\"place\":\"Oslo\"}"}}]})"));
  CHECK(chat_completion(head(true),
                        calling("c12.0"))["choices"][0]["message"]["tool_calls"][0]["id"] ==
        "call_01JD0000000000000000000000_c12-0");
}

TEST_CASE("a streamed text begins with the role and ends with finish, usage and DONE") {
  ChatStream stream(head(), true);
  std::string bytes = stream.begin();
  bytes += stream.add(piece(Delta::Kind::reasoning, "Hm."));
  bytes += stream.add(piece(Delta::Kind::text, "Hel"));
  bytes += stream.add(piece(Delta::Kind::text, "lo."));
  bytes += stream.end(replying("Hello."));
  CHECK(shape_of(bytes) == parsed(R"([{"role": "assistant", "content": ""},
    {"reasoning_content": "Hm."}, {"content": "Hel"}, {"content": "lo."}, "stop",
    {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
      "prompt_tokens_details": {"cached_tokens": 4},
      "completion_tokens_details": {"reasoning_tokens": 2}}, "[DONE]"])"));
  CHECK(events_of(bytes)[0]["usage"].is_null());
  CHECK(events_of(bytes)[0].contains("usage"));
}

TEST_CASE("a stream that nobody asked usage of has none") {
  ChatStream stream(head(), false);
  std::string bytes = stream.begin();
  bytes += stream.end(replying("Hello."));
  CHECK(
      shape_of(bytes) ==
      parsed(R"([{"role": "assistant", "content": ""}, {"content": "Hello."}, "stop", "[DONE]"])"));
  CHECK_FALSE(events_of(bytes)[0].contains("usage"));
}

TEST_CASE("a streamed call begins with its id and name, then come its arguments") {
  ChatStream stream(head(), false);
  std::string bytes = stream.begin();
  bytes += stream.add(piece(Delta::Kind::tool_args, "", "weather"));
  bytes += stream.add(piece(Delta::Kind::tool_args, "{\"place\": "));
  bytes += stream.add(piece(Delta::Kind::tool_args, "\"Oslo\"}"));
  bytes += stream.end(calling());
  CHECK(shape_of(bytes) == parsed(R"([{"role": "assistant", "content": ""},
    {"tool_calls": [{"index": 0, "id": "call_01JD0000000000000000000000_0", "type": "function",
      "function": {"name": "weather", "arguments": ""}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": "{\"place\": "}}]},
    {"tool_calls": [{"index": 0, "function": {"arguments": "\"Oslo\"}"}}]},
    "tool_calls", "[DONE]"])"));
}

TEST_CASE("a streamed call without arguments has an empty object of them") {
  TalkReply reply = calling();
  std::get<ToolCallPart>(reply.message.parts.back()).args = Json::object();
  ChatStream stream(head(), false);
  stream.begin();
  stream.add(piece(Delta::Kind::tool_args, "", "weather"));
  const std::string bytes = stream.end(reply);
  CHECK(shape_of(bytes)[0]["tool_calls"][0] ==
        parsed(R"({"index": 0, "function": {"arguments": "{}"}})"));
  CHECK(chat_completion(head(),
                        reply)["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"] ==
        "{}");
}

TEST_CASE("what was not streamed comes at the end") {
  ChatStream stream(head(), false);
  std::string bytes = stream.begin();
  bytes += stream.end(calling());
  CHECK(shape_of(bytes)[1]["tool_calls"][0]["function"]["arguments"] == "{\"place\":\"Oslo\"}");
  CHECK(shape_of(bytes)[2] == "tool_calls");
}

TEST_CASE("after a reset nothing is shown until the answer is known, and then only what fits") {
  ChatStream stream(head(), false);
  std::string bytes = stream.begin();
  bytes += stream.add(piece(Delta::Kind::text, "Hel"));
  bytes += stream.add(piece(Delta::Kind::reset, ""));
  bytes += stream.add(piece(Delta::Kind::text, "Hello"));
  SECTION("the new answer begins as the old one did") {
    bytes += stream.end(replying("Hello."));
    CHECK(shape_of(bytes) == parsed(R"([{"role": "assistant", "content": ""}, {"content": "Hel"},
      {"content": "lo."}, "stop", "[DONE]"])"));
  }
  SECTION("the new answer is another: the stream ends as an error, without DONE") {
    bytes += stream.end(replying("Good day."));
    CHECK(shape_of(bytes) == parsed(R"([{"role": "assistant", "content": ""}, {"content": "Hel"},
      "answer_begun_anew"])"));
  }
}

TEST_CASE("a refusal that streamed as a text is not told again") {
  TalkReply reply = replying("");
  reply.message.parts.emplace_back(RefusalPart{"I will not."});
  ChatStream stream(head(), false);
  std::string bytes = stream.begin();
  bytes += stream.add(piece(Delta::Kind::text, "I will not."));
  bytes += stream.end(reply);
  CHECK(bytes.find("\"refusal\":\"I") == std::string::npos);
  CHECK(bytes.ends_with("data: [DONE]\n\n"));
}

TEST_CASE("a reset of what nobody was shown changes nothing") {
  ChatStream stream(head(), false);
  std::string bytes = stream.begin();
  bytes += stream.add(piece(Delta::Kind::reset, ""));
  bytes += stream.add(piece(Delta::Kind::text, "Hello."));
  bytes += stream.end(replying("Hello."));
  CHECK(shape_of(bytes)[1] == Json({{"content", "Hello."}}));
}

TEST_CASE("an agent's turns stand apart, its own tools are told as thoughts, its calls are not") {
  ChatStream stream(head(true), false);
  std::string bytes = stream.begin();
  bytes += stream.add(piece(Delta::Kind::text, "I look."));
  bytes += stream.add(piece(Delta::Kind::tool_args, "{}", "csv.stats"));
  stream.end_turn({});
  bytes += stream.add_note("csv.stats is called");
  bytes += stream.add(piece(Delta::Kind::text, "It rose."));
  stream.end_turn({});
  bytes += stream.end(replying("It rose."));
  CHECK(shape_of(bytes) == parsed(R"([{"role": "assistant", "content": ""},
    {"content": "I look."}, {"reasoning_content": "csv.stats is called\n"},
    {"content": "\n\nIt rose."}, "stop", "[DONE]"])"));
}

TEST_CASE("an agent's answer that its model did not stream as such follows what it did") {
  ChatStream stream(head(true), false);
  std::string bytes = stream.begin();
  bytes += stream.add(piece(Delta::Kind::text, "I look."));
  stream.end_turn({});
  bytes += stream.end(replying("{\"n\":1}"));
  CHECK(shape_of(bytes)[2] == Json({{"content", "\n\n{\"n\":1}"}}));
}

TEST_CASE("a run that waits for a person says what it asks and how it is answered") {
  TalkReply reply = replying("I wrote the letter.");
  TalkQuestion question;
  question.run_id = kChatRun;
  question.id = "approve:c4.0";
  question.title = "Send it?";
  question.choices = Json::array({"yes", "no"});
  reply.questions.push_back(question);
  const std::string text = shown_text(reply);
  CHECK(text.starts_with("I wrote the letter.\n\nWaiting for an answer: Send it?\n"));
  CHECK(text.find("One of: [\"yes\",\"no\"]") != std::string::npos);
  CHECK(text.find("yoke runs answer " + kChatRun + " approve:c4.0 VALUE") != std::string::npos);
}

TEST_CASE("a failure in the middle of a stream is its last event, and there is no DONE") {
  ChatStream stream(head(), false);
  std::string bytes = stream.begin();
  bytes += stream.add(piece(Delta::Kind::text, "Hel"));
  bytes += stream.fail({502, "failed", "the connection was cut", "upstream_unreachable"});
  CHECK(events_of(bytes)[2]["error"] == parsed(R"({"message": "the connection was cut",
    "type": "server_error", "param": null, "code": "upstream_unreachable"})"));
}

TEST_CASE("whatever is wrong with a key has the code that clients look for") {
  const Json error = error_of({401, "unauthorized", "this key is revoked", "key.revoked"});
  CHECK(error["code"] == "invalid_api_key");
  CHECK(error["message"] == "this key is revoked");
}

TEST_CASE("finishes have the words that clients know") {
  const auto finish = [](const char* name) {
    return chat_completion(head(), replying("x", name))["choices"][0]["finish_reason"];
  };
  CHECK(finish("length") == "length");
  CHECK(finish("content_filter") == "content_filter");
  CHECK(finish("refusal") == "stop");
  CHECK(finish("other") == "stop");
}

}  // namespace yoke::openai
