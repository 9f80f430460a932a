#include "hosts/hook/openai/responses_reply.h"

#include <catch2/catch.hpp>

#include "runtime/base/text.h"

// What a client of Responses is answered.
namespace yoke::openai {
namespace {

const std::string kResponsesRun = "01JD0000000000000000000000";

Json parsed_reply(const std::string& text) { return parse_json(text).value(); }

ResponseHead response_head(bool of_agent = false) {
  ResponseHead made;
  made.id = "resp_" + kResponsesRun;
  made.run_id = kResponsesRun;
  made.model = "route/default";
  made.created_s = 1'700'000'000;
  made.of_agent = of_agent;
  made.echo = {{"metadata", {{"k", "v"}}}, {"temperature", 0.5}};
  return made;
}

TalkReply reply_saying(std::string text, std::string finish = "stop") {
  TalkReply reply;
  reply.run_id = kResponsesRun;
  reply.message.role = Role::assistant;
  if (!text.empty()) reply.message.parts.emplace_back(TextPart{std::move(text)});
  reply.finish = std::move(finish);
  reply.usage.input = 10;
  reply.usage.output = 5;
  return reply;
}

TalkReply reply_calling() {
  TalkReply reply = reply_saying("", "tool_calls");
  ToolCallPart call;
  call.id = "toolu_1";
  call.name = "weather";
  call.args = {{"place", "Oslo"}};
  reply.message.parts.emplace_back(std::move(call));
  return reply;
}

Delta response_piece(Delta::Kind kind, std::string text, std::string tool = {}) {
  Delta delta;
  delta.kind = kind;
  delta.text = std::move(text);
  delta.tool = std::move(tool);
  return delta;
}

// The events; each is named as its data says, and their numbers grow.
Json response_events_of(const std::string& bytes) {
  Json events = Json::array();
  std::string name;
  std::int64_t number = -1;
  for (const std::string& line : split(bytes, '\n')) {
    if (line.starts_with("event: ")) name = line.substr(7);
    if (!line.starts_with("data: ")) continue;
    Json event = parsed_reply(line.substr(6));
    CHECK(event["type"] == name);
    CHECK(integer_at(event, "sequence_number") > number);
    number = integer_at(event, "sequence_number");
    events.push_back(std::move(event));
  }
  return events;
}

// Of each event its type and what it says of its item.
std::vector<std::string> shape_of(const Json& events) {
  std::vector<std::string> shape;
  for (const Json& event : events) {
    std::string line = string_at(event, "type").substr(std::string("response.").size());
    for (const char* key : {"delta", "text", "arguments", "refusal"}) {
      if (event.contains(key)) line += " " + event[key].get<std::string>();
    }
    if (event.contains("item")) line += " " + string_at(event["item"], "type");
    if (event.contains("output_index")) line += " @" + to_text(event["output_index"]);
    shape.push_back(line);
  }
  return shape;
}

}  // namespace

TEST_CASE("a whole response has its items, usage and what it was asked with") {
  TalkReply reply = reply_calling();
  ReasoningPart thought;
  thought.text = "I look it up.";
  reply.message.parts.insert(reply.message.parts.begin(), TextPart{"One moment."});
  reply.message.parts.insert(reply.message.parts.begin(), thought);
  ResponseHead asked = response_head();
  asked.encrypted_reasoning = true;
  const Json response = response_json(asked, reply);
  CHECK(response["id"] == "resp_" + kResponsesRun);
  CHECK(response["object"] == "response");
  CHECK(response["status"] == "completed");
  CHECK(response["metadata"] == Json({{"k", "v"}}));
  CHECK(response["temperature"] == 0.5);
  CHECK(response["usage"]["total_tokens"] == 15);
  CHECK(response["output"] == parsed_reply(R"([
    {"type": "reasoning", "id": "rs_01JD0000000000000000000000_0",
     "encrypted_content": "yoke-reasoning:01JD0000000000000000000000",
     "summary": [{"type": "summary_text", "text": "I look it up."}]},
    {"type": "message", "id": "msg_01JD0000000000000000000000_1", "role": "assistant",
     "status": "completed", "content": [{"type": "output_text", "text": "One moment.",
       "annotations": [], "logprobs": []}]},
    {"type": "function_call", "id": "fc_01JD0000000000000000000000_2",
     "call_id": "call_01JD0000000000000000000000_0", "name": "weather",
     "arguments": "{\"place\":\"Oslo\"}", "status": "completed"}])"));
}

TEST_CASE("a response that its length ended is incomplete, one that failed says why") {
  const Json cut = response_json(response_head(), reply_saying("Hel", "length"));
  CHECK(cut["status"] == "incomplete");
  CHECK(cut["incomplete_details"]["reason"] == "max_output_tokens");
  const Json failed = response_json(response_head(),
                                    Refusal{502, "failed", "the vendor is away", "upstream_error"});
  CHECK(failed["status"] == "failed");
  CHECK(failed["error"] ==
        parsed_reply(R"({"code": "upstream_error", "message": "the vendor is away"})"));
  CHECK(response_json(response_head(), std::string("queued"))["output"] == Json::array());
}

TEST_CASE("a streamed thought and text are items that are added, grow and are done") {
  ResponseStream stream(response_head());
  std::string bytes = stream.begin();
  bytes += stream.add(response_piece(Delta::Kind::reasoning, "Hm."));
  bytes += stream.add(response_piece(Delta::Kind::text, "Hel"));
  bytes += stream.add(response_piece(Delta::Kind::text, "lo."));
  bytes += stream.end(reply_saying("Hello."));
  const Json events = response_events_of(bytes);
  CHECK(shape_of(events) ==
        std::vector<std::string>{
            "created", "in_progress", "output_item.added reasoning @0",
            "reasoning_summary_part.added @0", "reasoning_summary_text.delta Hm. @0",
            "reasoning_summary_text.done Hm. @0", "reasoning_summary_part.done @0",
            "output_item.done reasoning @0", "output_item.added message @1",
            "content_part.added @1", "output_text.delta Hel @1", "output_text.delta lo. @1",
            "output_text.done Hello. @1", "content_part.done @1", "output_item.done message @1",
            "completed"});
  const Json& last = events.back()["response"];
  CHECK(last["status"] == "completed");
  CHECK(last["output"][1]["content"][0]["text"] == "Hello.");
  CHECK(last["usage"]["input_tokens"] == 10);
  CHECK(events[8]["item"]["status"] == "in_progress");
  CHECK(events[8]["item"]["content"] == Json::array());
  CHECK(events[10]["item_id"] == events[8]["item"]["id"]);
}

TEST_CASE("a streamed call is an item whose arguments grow") {
  ResponseStream stream(response_head());
  std::string bytes = stream.begin();
  bytes += stream.add(response_piece(Delta::Kind::tool_args, "", "weather"));
  bytes += stream.add(response_piece(Delta::Kind::tool_args, "{\"place\":\"Oslo\"}"));
  bytes += stream.end(reply_calling());
  const Json events = response_events_of(bytes);
  CHECK(shape_of(events) ==
        std::vector<std::string>{"created", "in_progress", "output_item.added function_call @0",
                                 "function_call_arguments.delta {\"place\":\"Oslo\"} @0",
                                 "function_call_arguments.done {\"place\":\"Oslo\"} @0",
                                 "output_item.done function_call @0", "completed"});
  CHECK(events[2]["item"]["arguments"] == "");
  CHECK(events[2]["item"]["call_id"] == "call_" + kResponsesRun + "_0");
  CHECK(events[5]["item"]["arguments"] == "{\"place\":\"Oslo\"}");
}

TEST_CASE("a reply that did not stream comes whole, as the same events") {
  ResponseStream stream(response_head());
  std::string bytes = stream.begin();
  bytes += stream.end(reply_calling());
  const Json events = response_events_of(bytes);
  CHECK(shape_of(events)[3] == "function_call_arguments.delta {\"place\":\"Oslo\"} @0");
  CHECK(events.back()["type"] == "response.completed");
}

TEST_CASE("a refusal is a part of a message of its own kind") {
  TalkReply reply = reply_saying("", "refusal");
  reply.message.parts.emplace_back(RefusalPart{"I will not."});
  ResponseStream stream(response_head());
  std::string bytes = stream.begin();
  bytes += stream.end(reply);
  const Json events = response_events_of(bytes);
  CHECK(shape_of(events)[4] == "refusal.delta I will not. @0");
  CHECK(events.back()["response"]["output"][0]["content"][0]["refusal"] == "I will not.");
  CHECK(response_json(response_head(), reply)["output"][0]["content"][0]["type"] == "refusal");
}

TEST_CASE("a stream that fails ends with a failed response") {
  ResponseStream stream(response_head());
  std::string bytes = stream.begin();
  bytes += stream.add(response_piece(Delta::Kind::text, "Hel"));
  bytes += stream.add(response_piece(Delta::Kind::reset, ""));
  bytes += stream.end(reply_saying("Good day."));
  const Json events = response_events_of(bytes);
  CHECK(events.back()["type"] == "response.failed");
  CHECK(events.back()["response"]["error"]["code"] == "answer_begun_anew");
}

TEST_CASE("what an agent does is told as thoughts between its texts") {
  ResponseStream stream(response_head(true));
  std::string bytes = stream.begin();
  bytes += stream.add(response_piece(Delta::Kind::text, "I look."));
  bytes += stream.end_turn(reply_saying("I look.").message);
  bytes += stream.add_note("csv.stats {}");
  bytes += stream.add(response_piece(Delta::Kind::text, "It rose."));
  bytes += stream.end(reply_saying("It rose."));
  const Json output = response_events_of(bytes).back()["response"]["output"];
  REQUIRE(output.size() == 3);
  CHECK(output[0]["content"][0]["text"] == "I look.");
  CHECK(output[1]["summary"][0]["text"] == "csv.stats {}\n");
  CHECK(output[2]["content"][0]["text"] == "\n\nIt rose.");
}

TEST_CASE("a call of a tool that takes free text is told as that text, once it is whole") {
  ResponseHead asked = response_head();
  asked.echo["tools"] = parsed_reply(R"([{"type": "custom", "name": "patch"}])");
  TalkReply reply = reply_saying("", "tool_calls");
  reply.message.parts.emplace_back(ToolCallPart{"t", "patch", Json{{"input", "+ a"}}});
  ResponseStream stream(asked);
  std::string bytes = stream.begin();
  bytes += stream.add(response_piece(Delta::Kind::tool_args, "{\"inp", "patch"));
  bytes += stream.add(response_piece(Delta::Kind::tool_args, "ut\": \"+ a\"}"));
  bytes += stream.end(reply);
  const Json events = response_events_of(bytes);
  CHECK(shape_of(events)[2] == "output_item.added custom_tool_call @0");
  CHECK(shape_of(events)[3] == "custom_tool_call_input.delta + a @0");
  CHECK(events[4]["input"] == "+ a");
  const Json item = events[5]["item"];
  CHECK(item["input"] == "+ a");
  CHECK(item == response_json(asked, reply)["output"][0]);
}

TEST_CASE("a call of a namespace's tool says which") {
  ResponseHead asked = response_head();
  asked.echo["tools"] = parsed_reply(R"([{"type": "namespace", "name": "agents",
    "tools": [{"type": "function", "name": "close"}]}])");
  TalkReply reply = reply_saying("", "tool_calls");
  reply.message.parts.emplace_back(ToolCallPart{"t", "agents__close", Json::object()});
  const Json item = response_json(asked, reply)["output"][0];
  CHECK(item["name"] == "close");
  CHECK(item["namespace"] == "agents");
  CHECK(item["type"] == "function_call");
}

TEST_CASE("a turn that did not stream is told whole, under the numbers it would have had") {
  TalkReply reply = reply_saying("Hello.");
  ReasoningPart thought;
  thought.text = "Hm.";
  reply.message.parts.insert(reply.message.parts.begin(), thought);
  ResponseStream live(response_head());
  std::string streamed = live.begin();
  for (const char* text : {"H", "m."})
    streamed += live.add(response_piece(Delta::Kind::reasoning, text));
  for (const char* text : {"Hel", "lo."})
    streamed += live.add(response_piece(Delta::Kind::text, text));
  streamed += live.end_turn(reply.message);
  streamed += live.end(reply);
  ResponseStream again(response_head());
  std::string whole = again.begin();
  whole += again.end_turn(reply.message);
  whole += again.end(reply);
  const auto told = [](const std::string& bytes) {
    std::vector<std::pair<Json, Json>> kinds;
    for (const Json& event : response_events_of(bytes)) {
      if (string_at(event, "type").ends_with(".delta")) continue;
      kinds.emplace_back(event["sequence_number"], event["type"]);
    }
    return kinds;
  };
  CHECK(told(streamed) == told(whole));
}

TEST_CASE("a client that saw what its process took down with it is told that it is void") {
  ResponseStream none(response_head(), Sequence(1));
  none.begin();
  CHECK(none.cut().empty());
  ResponseStream some(response_head(), Sequence(20));
  some.begin();
  const Json events = response_events_of(some.cut());
  REQUIRE(events.size() == 1);
  CHECK(events[0]["sequence_number"] == 21);
  CHECK(events[0]["response"]["error"]["code"] == "answer_begun_anew");
}

TEST_CASE("what a response says of itself is kept with its run and read back") {
  ResponseHead asked = response_head();
  asked.encrypted_reasoning = true;
  asked.background = true;
  asked.conversation = "conv_1";
  const ResponseHead read = response_head_from_json(to_json(asked));
  CHECK(to_json(read) == to_json(asked));
}

}  // namespace yoke::openai
