#include "runtime/journal/history.h"

#include <catch2/catch.hpp>
#include <set>

#include "runtime/base/id.h"
#include "tests/support/told_run.h"

namespace yoke {
namespace {

std::vector<std::string> wanted_ids(const Message& message) {
  std::vector<std::string> ids;
  for (const Part& part : message.parts) {
    if (const auto* wanted = std::get_if<ToolCallPart>(&part)) ids.push_back(wanted->id);
  }
  return ids;
}

std::vector<std::string> result_ids(const Message& message) {
  std::vector<std::string> ids;
  for (const Part& part : message.parts) {
    if (const auto* result = std::get_if<ToolResultPart>(&part)) ids.push_back(result->id);
  }
  return ids;
}

// Every wanted call is answered by the message after it, in its order, and no result stands alone.
void check_paired(const std::vector<Message>& history) {
  for (std::size_t i = 0; i < history.size(); ++i) {
    const std::vector<std::string> wanted = wanted_ids(history[i]);
    if (!wanted.empty()) {
      REQUIRE(i + 1 < history.size());
      CHECK(result_ids(history[i + 1]) == wanted);
    }
    if (!result_ids(history[i]).empty()) {
      REQUIRE(i > 0);
      CHECK(wanted_ids(history[i - 1]) == result_ids(history[i]));
    }
  }
}

std::string content_of(const Message& message, std::size_t index = 0) {
  return std::get<ToolResultPart>(message.parts.at(index)).content;
}

TEST_CASE("a fresh run's history is the task, with its input after it") {
  CHECK(text_of(history_of(ToldRun().state)[0]) == "count the rows");
  const ToldRun with_input({}, Json{{"input", Json{{"file", "a.csv"}}}});
  CHECK(text_of(history_of(with_input.state)[0]) == "count the rows\n\n{\"file\":\"a.csv\"}");
  const ToldRun only_input({}, Json{{"input", Json{{"n", 1}}}, {"task", ""}});
  CHECK(text_of(history_of(only_input.state)[0]) == "{\"n\":1}");
}

TEST_CASE("results follow the reply that wanted them, in its order, under the vendor's ids") {
  ToldRun run;
  const std::int64_t seq = run.replied({call("a.x", 1, "v1"), text("and"), call("a.y", 2, "v2")});
  run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
  run.tool_called(call_id_of(seq, 1), "a.y", Effect::read);
  run.tool_returned(call_id_of(seq, 1), "second");
  run.tool_returned(call_id_of(seq, 0), "first");
  const std::vector<Message> history = history_of(run.state);
  REQUIRE(history.size() == 3);
  CHECK(history[2].role == Role::tool);
  CHECK(result_ids(history[2]) == std::vector<std::string>{"v1", "v2"});
  CHECK(content_of(history[2], 0) == "first");
  CHECK(content_of(history[2], 1) == "second");
}

TEST_CASE("a turn whose calls are not all back ends the view before it") {
  ToldRun run;
  const std::int64_t seq = run.replied({call("a.x", 1, "v1"), call("a.y", 2, "v2")});
  CHECK(history_of(run.state).size() == 1);
  run.tool_called(call_id_of(seq, 0), "a.x", Effect::read);
  CHECK(history_of(run.state).size() == 1);
  run.tool_returned(call_id_of(seq, 0), 1);
  CHECK(history_of(run.state).size() == 1);
  run.tool_called(call_id_of(seq, 1), "a.y", Effect::read);
  run.tool_failed(call_id_of(seq, 1), Outcome::cancelled, "stopped");
  CHECK(history_of(run.state).size() == 3);
}

TEST_CASE("a result is JSON text, or the bare string, or the outcome with its message") {
  ToldRun run;
  const std::int64_t seq = run.replied(
      {call("a.x", 1, "v1"), call("a.x", 2, "v2"), call("a.x", 3, "v3"), call("a.x", 4, "v4")});
  for (std::size_t i = 0; i < 4; ++i) run.tool_called(call_id_of(seq, i), "a.x", Effect::read);
  run.tool_returned(call_id_of(seq, 0), Json{{"b", 1}, {"a", "x"}});
  run.tool_returned(call_id_of(seq, 1), "plain words");
  run.tool_failed(call_id_of(seq, 2), Outcome::denied, "bob said no");
  run.tool_returned(call_id_of(seq, 3), nullptr);
  const Message results = history_of(run.state)[2];
  CHECK(content_of(results, 0) == "{\"a\":\"x\",\"b\":1}");
  CHECK(content_of(results, 1) == "plain words");
  CHECK(content_of(results, 2) == "denied: bob said no");
  CHECK(content_of(results, 3) == "null");
  CHECK_FALSE(std::get<ToolResultPart>(results.parts[0]).is_error);
  CHECK(std::get<ToolResultPart>(results.parts[2]).is_error);
}

TEST_CASE("a note follows its reply as the user's message") {
  ToldRun run;
  run.replied({text("no json")});
  run.replied({text("[1]")});
  const NoteAfter note = [](const Turn& turn) {
    return text_of(turn.reply) == "no json" ? std::string("mend it") : std::string();
  };
  const std::vector<Message> history = history_of(run.state, note);
  REQUIRE(history.size() == 4);
  CHECK(history[2].role == Role::user);
  CHECK(text_of(history[2]) == "mend it");
  CHECK(text_of(history[3]) == "[1]");
}

TEST_CASE("the session's earlier runs come first") {
  ToldRun run;
  run.state.prior = {user_message("who are you?")};
  const std::vector<Message> history = history_of(run.state);
  REQUIRE(history.size() == 2);
  CHECK(text_of(history[0]) == "who are you?");
  CHECK(text_of(history[1]) == "count the rows");
}

TEST_CASE("reasoning and opaque parts stay in the replies as they came") {
  ToldRun run;
  ReasoningPart thought;
  thought.text = "hm";
  thought.opaque = Opaque{"anthropic", "signature", Json{{"bytes", "AA"}}};
  run.replied({thought, text("so")});
  const Message reply = history_of(run.state)[1];
  CHECK(reasoning_of(reply) == "hm");
  CHECK(std::get<ReasoningPart>(reply.parts[0]).opaque->value == Json{{"bytes", "AA"}});
}

// A random conversation, cut at a random event: whatever the state, nothing in the view is
// orphaned.
void tell_randomly(std::uint64_t seed) {
  SeededRandom random(seed);
  ToldRun run;
  int names = 0;
  for (int turn = 0; turn < 5; ++turn) {
    std::vector<Part> parts;
    const std::size_t calls = random.next() % 4;
    for (std::size_t i = 0; i < calls; ++i) {
      parts.push_back(call("a.x", 1, "v" + std::to_string(++names)));
    }
    const std::int64_t seq = run.replied(parts);
    std::set<std::size_t> open;
    for (std::size_t i = 0; i < calls; ++i) {
      if (random.next() % 8 == 0) return check_paired(history_of(run.state));
      run.tool_called(call_id_of(seq, i), "a.x", Effect::read);
      open.insert(i);
      check_paired(history_of(run.state));
    }
    for (const std::size_t i : open) {
      if (random.next() % 8 == 0) return check_paired(history_of(run.state));
      run.tool_returned(call_id_of(seq, i), names);
      check_paired(history_of(run.state));
    }
  }
}

TEST_CASE("no view of any cut of a conversation holds an orphaned call or result") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    tell_randomly(seed);
  }
}

}  // namespace
}  // namespace yoke
