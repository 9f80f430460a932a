#include "hosts/hook/openai/restore.h"

#include <catch2/catch.hpp>

#include "hosts/hook/openai/ask.h"
#include "hosts/hook/openai/call_ids.h"

// What a model said, put back where a client's history names it.
namespace yoke::openai {
namespace {

const std::string kRestoredRun = "01JD0000000000000000000000";

Message of(Role role, std::vector<Part> parts) {
  Message message;
  message.role = role;
  message.parts = std::move(parts);
  return message;
}

ToolCallPart call(std::string id, std::string place) {
  ToolCallPart part;
  part.id = std::move(id);
  part.name = "weather";
  part.args = {{"place", std::move(place)}};
  return part;
}

// A signed thought, a text, and two calls of which the first is signed.
Message reply() {
  ReasoningPart thought;
  thought.text = "I look it up.";
  thought.opaque = Opaque{"anthropic/claude", "thinking", {{"signature", "s"}}};
  ToolCallPart first = call("toolu_1", "Oslo");
  first.opaque = Opaque{"gemini", "thoughtSignature", "g"};
  return of(Role::assistant, {thought, TextPart{"One moment."}, first, call("toolu_2", "Bergen")});
}

Message as_client_has_it(std::string second_place = "Bergen") {
  return of(Role::assistant, {TextPart{"One moment."}, call(call_id({kRestoredRun, "0"}), "Oslo"),
                              call(call_id({kRestoredRun, "1"}), std::move(second_place))});
}

ToolResultPart result(std::string id) {
  ToolResultPart part;
  part.id = std::move(id);
  part.name = "weather";
  part.content = "3 degrees";
  return part;
}

ReasoningPart mark() {
  ReasoningPart part;
  part.opaque = Opaque{kMarkOrigin, "run", kRestoredRun};
  return part;
}

}  // namespace

TEST_CASE("ids of calls say which run and call they are of, and come back") {
  const std::string id = call_id({kRestoredRun, "c12.0"});
  CHECK(id == "call_" + kRestoredRun + "_c12-0");
  CHECK(parse_call_id(id) == CallRef{kRestoredRun, "c12.0"});
  for (const char* other : {"call_abc", "toolu_1", "call_", "call_01JD0000000000000000000000_",
                            "call_01JD0000000000000000000000_a b"}) {
    CHECK_FALSE(parse_call_id(other).has_value());
  }
  CHECK(parse_response_id(response_id(kRestoredRun))->run_id == kRestoredRun);
  CHECK(parse_response_id(response_id(kRestoredRun, 3))->turn == 3);
  for (const char* odd : {"", "_", "_0", "_1", "_02", "_x", "_2_3"}) {
    const bool known = parse_response_id(response_id(kRestoredRun) + odd).has_value();
    CHECK(known == std::string(odd).empty());
  }
  CHECK_FALSE(parse_response_id("resp_../../x").has_value());
}

TEST_CASE("a reply that comes back unchanged is what the model said, signatures and all") {
  std::vector<Message> messages{as_client_has_it(),
                                of(Role::tool, {result(call_id({kRestoredRun, "0"}))}),
                                of(Role::tool, {result(call_id({kRestoredRun, "1"}))})};
  CHECK(runs_in(messages) == std::vector<std::string>{kRestoredRun});
  restore(messages, {{kRestoredRun, reply()}});
  CHECK(to_json(messages[0]) == to_json(reply()));
  CHECK(std::get<ToolResultPart>(messages[1].parts[0]).id == "toolu_1");
  CHECK(std::get<ToolResultPart>(messages[2].parts[0]).id == "toolu_2");
}

TEST_CASE("a text beside calls that a client drops is put back with them") {
  Message message = as_client_has_it();
  message.parts.erase(message.parts.begin());
  std::vector<Message> messages{message};
  restore(messages, {{kRestoredRun, reply()}});
  CHECK(to_json(messages[0]) == to_json(reply()));
}

TEST_CASE("what a client changed stays as the client has it") {
  std::vector<Message> messages{as_client_has_it("Paris")};
  restore(messages, {{kRestoredRun, reply()}});
  REQUIRE(messages[0].parts.size() == 3);
  CHECK(std::get<ToolCallPart>(messages[0].parts[1]).opaque.has_value());
  const auto& changed = std::get<ToolCallPart>(messages[0].parts[2]);
  CHECK(changed.id == "toolu_2");
  CHECK(changed.args == Json({{"place", "Paris"}}));
}

TEST_CASE("a run that is not there leaves the history as the client has it") {
  std::vector<Message> messages{as_client_has_it()};
  restore(messages, {});
  CHECK(to_json(messages[0]) == to_json(as_client_has_it()));
}

TEST_CASE("a mark stands for the thought of a reply without calls, and never goes further") {
  Message said = of(Role::assistant, {mark(), TextPart{"Four."}});
  ReasoningPart thought;
  thought.text = "Two and two.";
  const Message whole = of(Role::assistant, {thought, TextPart{"Four."}});
  std::vector<Message> messages{said};
  SECTION("it is put back") {
    restore(messages, {{kRestoredRun, whole}});
    CHECK(to_json(messages[0]) == to_json(whole));
  }
  SECTION("the client says something else now") {
    messages[0].parts[1] = TextPart{"Five."};
    restore(messages, {{kRestoredRun, whole}});
    CHECK(messages[0].parts.size() == 1);
    CHECK(text_of(messages[0]) == "Five.");
  }
  SECTION("the run is not there") {
    restore(messages, {});
    CHECK(messages[0].parts.size() == 1);
  }
}

}  // namespace yoke::openai
