#include "hosts/hook/anthropic/stream.h"

#include <catch2/catch.hpp>

#include "runtime/base/text.h"

namespace yoke::anthropic {
namespace {

const Thoughts kStreamThoughts(Seal("secret of the store", "acme"), {"anthropic/own"});
constexpr const char* kRun = "01HZZZZZZZZZZZZZZZZZZZZZZZ";

ReplyForm form(Show show = Show::text) {
  ReplyForm form;
  form.run_id = kRun;
  form.model = "claude-x";
  form.show = show;
  return form;
}

// The data of the events in a text; the event's name is that of its type.
std::vector<Json> events_in(const std::string& text) {
  std::vector<Json> events;
  std::string name;
  for (const std::string& line : split(text, '\n')) {
    if (line.starts_with("event: ")) name = line.substr(7);
    if (!line.starts_with("data: ")) continue;
    events.push_back(parse_json(line.substr(6)).value());
    CHECK(events.back()["type"] == name);
  }
  return events;
}

Delta piece(Delta::Kind kind, std::string text) {
  Delta delta;
  delta.kind = kind;
  delta.text = std::move(text);
  return delta;
}
Delta text(std::string text) { return piece(Delta::Kind::text, std::move(text)); }
Delta thought(std::string text) { return piece(Delta::Kind::reasoning, std::move(text)); }
Delta thought_end(ReasoningPart part) {
  Delta delta = thought("");
  delta.thought = std::make_shared<const ReasoningPart>(std::move(part));
  return delta;
}
Delta args(int index, std::string tool, std::string text) {
  Delta delta = piece(Delta::Kind::tool_args, std::move(text));
  delta.index = index;
  delta.tool = std::move(tool);
  return delta;
}

ReasoningPart claude() {
  return {"", Opaque{"anthropic/own", "thinking", {{"type", "thinking"}, {"signature", "SIG"}}},
          "thinking"};
}

TalkReply reply_of(std::vector<Part> parts, std::string finish = "stop") {
  TalkReply reply;
  reply.run_id = kRun;
  reply.message.role = Role::assistant;
  reply.message.parts = std::move(parts);
  reply.finish = std::move(finish);
  reply.usage.input = 100;
  reply.usage.cached = 60;
  reply.usage.cache_write = 10;
  reply.usage.output = 7;
  return reply;
}

// The content that a client puts together from the events, as Anthropic's SDK does.
Json content_of(const std::vector<Json>& events) {
  Json content = Json::array();
  std::vector<std::string> inputs;
  std::vector<bool> open;
  for (const Json& event : events) {
    const std::string type = string_at(event, "type");
    if (type == "content_block_start") {
      CHECK(event["index"] == content.size());
      content.push_back(event["content_block"]);
      inputs.emplace_back();
      open.push_back(true);
      continue;
    }
    if (type != "content_block_delta" && type != "content_block_stop") continue;
    const auto index = event["index"].get<std::size_t>();
    REQUIRE(index < content.size());
    CHECK(open[index]);
    if (type == "content_block_stop") {
      open[index] = false;
      if (!inputs[index].empty()) content[index]["input"] = parse_json(inputs[index]).value();
      continue;
    }
    const Json& delta = event["delta"];
    const std::string kind = string_at(delta, "type");
    Json& block = content[index];
    if (kind == "text_delta") block["text"] = string_at(block, "text") + string_at(delta, "text");
    if (kind == "thinking_delta") {
      block["thinking"] = string_at(block, "thinking") + string_at(delta, "thinking");
    }
    if (kind == "signature_delta") block["signature"] = delta["signature"];
    if (kind == "input_json_delta") inputs[index] += string_at(delta, "partial_json");
  }
  for (const bool still : open) CHECK_FALSE(still);
  return content;
}

struct Told {
  explicit Told(Show show = Show::text) : stream(form(show), kStreamThoughts) {
    text = stream.begin(42);
  }
  Told& take(const Delta& delta) {
    text += stream.take(delta);
    return *this;
  }
  std::vector<Json> end(const TalkReply& reply) { return events_in(text + stream.end(reply)); }

  MessageStream stream;
  std::string text;
};

TEST_CASE("a streamed text is a message with a start, a block, a reason and a stop") {
  Told told;
  const auto events = told.take(text("Hel")).take(text("lo")).end(reply_of({TextPart{"Hello"}}));
  REQUIRE(events.size() == 8);
  const Json& message = events[0]["message"];
  CHECK(events[0]["type"] == "message_start");
  CHECK(message["id"] == std::string("msg_") + kRun);
  CHECK(message["model"] == "claude-x");
  CHECK(message["role"] == "assistant");
  CHECK(message["content"] == Json::array());
  CHECK(message["stop_reason"].is_null());
  CHECK(message["usage"]["input_tokens"] == 42);
  CHECK(events[1]["type"] == "ping");
  CHECK(content_of(events) == Json::array({Json{{"type", "text"}, {"text", "Hello"}}}));
  CHECK(events[6]["type"] == "message_delta");
  CHECK(events[6]["delta"]["stop_reason"] == "end_turn");
  CHECK(events[6]["usage"]["input_tokens"] == 30);
  CHECK(events[6]["usage"]["cache_read_input_tokens"] == 60);
  CHECK(events[6]["usage"]["cache_creation_input_tokens"] == 10);
  CHECK(events[6]["usage"]["output_tokens"] == 7);
  CHECK(events[7]["type"] == "message_stop");
}

TEST_CASE("a thought has its signature before the text that follows it") {
  Told told;
  told.take(thought("h")).take(thought("m")).take(thought_end(claude())).take(text("Hi"));
  const Json content = content_of(told.end(reply_of({TextPart{"Hi"}})));
  REQUIRE(content.size() == 2);
  CHECK(content[0] == Json{{"type", "thinking"}, {"thinking", "hm"}, {"signature", "SIG"}});
  CHECK(content[1]["text"] == "Hi");
}

TEST_CASE("a client that wants thoughts without their text has blocks that come back whole") {
  Told told(Show::marks);
  told.take(thought("hm")).take(thought_end(claude())).take(text("Hi"));
  const Json content = content_of(told.end(reply_of({TextPart{"Hi"}})));
  CHECK(content[0]["thinking"] == "");
  CHECK(kStreamThoughts.thinking(content[0])->text == "hm");
}

TEST_CASE("a client that did not ask for thoughts is told of none beside a text") {
  Told told(Show::nothing);
  told.take(thought("hm")).take(thought_end(claude())).take(text("Hi"));
  const Json content = content_of(told.end(reply_of({TextPart{"Hi"}})));
  CHECK(content == Json::array({Json{{"type", "text"}, {"text", "Hi"}}}));
}

TEST_CASE("what must come back goes with calls, though no thoughts were asked for") {
  Told told(Show::nothing);
  told.take(thought("hm")).take(thought_end(claude())).take(args(0, "x", "{}"));
  const Json content = content_of(told.end(reply_of({ToolCallPart{"c", "x", Json::object()}})));
  REQUIRE(content.size() == 2);
  CHECK(content[0]["type"] == "redacted_thinking");
  CHECK(kStreamThoughts.redacted(content[0]).thought->text == "hm");
  CHECK(content[1]["type"] == "tool_use");
}

TEST_CASE("the arguments of calls stream, each call in its block") {
  Told told;
  told.take(text("Look."));
  told.take(args(0, "ls", "{\"p\":")).take(args(0, "", "1}")).take(args(1, "cat", "{}"));
  const TalkReply reply = reply_of({TextPart{"Look."}, ToolCallPart{"c1", "ls", Json{{"p", 1}}},
                                    ToolCallPart{"c2", "cat", Json::object()}},
                                   "tool_calls");
  const auto events = told.end(reply);
  const Json content = content_of(events);
  REQUIRE(content.size() == 3);
  CHECK(content[1] == Json{{"type", "tool_use"},
                           {"id", std::string("toolu_") + kRun + "_0"},
                           {"name", "ls"},
                           {"input", {{"p", 1}}}});
  CHECK(content[2]["id"] == std::string("toolu_") + kRun + "_1");
  CHECK(events[events.size() - 2]["delta"]["stop_reason"] == "tool_use");
}

TEST_CASE("arguments of two calls that come in turns reach the right one") {
  Told told;
  told.take(args(0, "a", "{\"x\":")).take(args(1, "b", "{\"y\":"));
  told.take(args(0, "", "1}")).take(args(1, "", "2}"));
  const Json content = content_of(told.end(reply_of({}, "tool_calls")));
  CHECK(content[0]["input"] == Json{{"x", 1}});
  CHECK(content[1]["input"] == Json{{"y", 2}});
}

TEST_CASE("what came with a call is told before the message ends") {
  Told told;
  told.take(args(0, "x", "{}"));
  ToolCallPart call{"c", "x", Json::object()};
  call.opaque = Opaque{"gemini/g", "sig", "S"};
  const Json content = content_of(told.end(reply_of({call}, "tool_calls")));
  REQUIRE(content.size() == 2);
  const auto back = kStreamThoughts.redacted(content[1]);
  REQUIRE(back.calls.size() == 1);
  CHECK(back.calls[0].first == content[0]["id"]);
}

TEST_CASE("a reply that did not stream is told at its end") {
  Told told;
  ReasoningPart thinking = claude();
  thinking.text = "hm";
  const Json content = content_of(told.end(
      reply_of({thinking, TextPart{"Hi"}, ToolCallPart{"c", "x", Json{{"a", 1}}}}, "tool_calls")));
  REQUIRE(content.size() == 3);
  CHECK(content[0]["thinking"] == "hm");
  CHECK(content[1]["text"] == "Hi");
  CHECK(content[2]["input"] == Json{{"a", 1}});
}

TEST_CASE("a refusal is a text and a reason of its own") {
  Told told;
  const auto events = told.end(reply_of({RefusalPart{"No."}}, "refusal"));
  CHECK(content_of(events)[0]["text"] == "No.");
  CHECK(events[events.size() - 2]["delta"]["stop_reason"] == "refusal");
}

TEST_CASE("an answer that begins anew can go on only where nothing was told of it") {
  Told early;
  early.take(piece(Delta::Kind::reset, ""));
  CHECK_FALSE(early.stream.is_void());
  Told late;
  late.take(text("Hel")).take(piece(Delta::Kind::reset, ""));
  CHECK(late.stream.is_void());
  CHECK(late.stream.take(text("more")).empty());
  const auto events = events_in(late.stream.fail({500, "failed", "why"}));
  REQUIRE(events.size() == 1);
  CHECK(events[0] ==
        Json{{"type", "error"}, {"error", {{"type", "api_error"}, {"message", "why"}}}});
}

TEST_CASE("an agent's own calls are not told, its caller's are, by ids that name the run") {
  ReplyForm agent = form();
  agent.agent = true;
  MessageStream stream(agent, kStreamThoughts);
  std::string told = stream.take(text("I look."));
  told += stream.take(args(0, "own.tool", "{}"));
  told += stream.take_turn();
  told += stream.take(text("Now you."));
  const TalkReply reply = reply_of(
      {TextPart{"Now you."}, ToolCallPart{"7.1", "Bash", Json{{"command", "ls"}}}}, "tool_calls");
  const Json content = content_of(events_in(told + stream.end(reply)));
  REQUIRE(content.size() == 3);
  CHECK(content[0]["text"] == "I look.");
  CHECK(content[1]["text"] == "Now you.");
  CHECK(content[2]["id"] == std::string("toolu_") + kRun + "_7-1");
}

TEST_CASE("what an agent's run says behind a call has an id of its own") {
  ReplyForm later = form();
  later.after = "7.1";
  const Json message = reply_json(reply_of({TextPart{"Hi"}}), later, kStreamThoughts);
  CHECK(message["id"] == std::string("msg_") + kRun + "_7-1");
}

TEST_CASE("a whole reply has the content that its stream would have had") {
  ReasoningPart thinking = claude();
  thinking.text = "hm";
  const TalkReply reply =
      reply_of({thinking, TextPart{"Hi"}, ToolCallPart{"c", "x", Json{{"a", 1}}}}, "tool_calls");
  for (const Show show : {Show::text, Show::marks, Show::nothing}) {
    MessageStream stream(form(show), kStreamThoughts);
    const Json streamed = content_of(events_in(stream.end(reply)));
    const Json whole = reply_json(reply, form(show), kStreamThoughts);
    if (show != Show::nothing) CHECK(whole["content"] == streamed);
    CHECK(whole["type"] == "message");
    CHECK(whole["stop_reason"] == "tool_use");
    CHECK(whole["usage"]["input_tokens"] == 30);
  }
}

}  // namespace
}  // namespace yoke::anthropic
