#include <catch2/catch.hpp>

#include "tests/models/vendor_fixtures.h"
#include "tests/models/vendor_line.h"

// Whole conversations over real sockets with servers that are as strict as the vendors.
namespace yoke {
namespace {

using testing::mock_anthropic;
using testing::mock_gemini;
using testing::MockFault;
using testing::MockOpenAi;
using testing::MockTurn;
using testing::MockVendor;
using testing::VendorTurn;

Json thinking_on() { return {{"thinking", {{"type", "enabled"}, {"budget_tokens", 1024}}}}; }

std::unique_ptr<MockVendor> claude(std::vector<VendorTurn> turns) {
  return mock_anthropic({in_turn(std::move(turns)), "key-of-claude"});
}
std::unique_ptr<MockVendor> google(std::vector<VendorTurn> turns) {
  return mock_gemini({in_turn(std::move(turns)), "key-of-google"});
}

void ask_about_weather(VendorLine& line) {
  line.request.instructions = "Be brief.";
  line.request.tools = {tool_named("weather.now"), tool_named("time.now")};
  line.request.messages.push_back(user_message("Weather in Oslo at this hour?"));
}

TEST_CASE("a loop of two tools with thinking goes through Anthropic, whole and streamed") {
  for (const bool streams : {false, true}) {
    INFO(streams);
    VendorTurn first = calling("weather_now", R"({"place": "Oslo"})");
    first.thinking.emplace_back("Let me think again.");
    first.redacted = "enciphered";
    first.text = "I shall look.";
    const auto server = claude({first, calling("time_now"), saying("Rain at noon.")});
    VendorLine line;
    line.backend("claude", "anthropic", server->base_url(), thinking_on());
    ask_about_weather(line);
    const ModelReply one = line.step("claude/claude-x", streams);
    CHECK(one.finish == Finish::tool_calls);
    CHECK(calls_in(one.message).at(0).name == "weather.now");
    CHECK(calls_in(one.message).at(0).args == Json({{"place", "Oslo"}}));
    CHECK(reasoning_of(one.message) == "I need weather_now for that.Let me think again.");
    line.step("claude/claude-x", streams);
    const ModelReply last = line.step("claude/claude-x", streams);
    CHECK(text_of(last.message) == "Rain at noon.");
    CHECK(last.usage.input == 100);
    CHECK(last.usage.cached == 40);
    CHECK(last.target == "claude/claude-x");
    CHECK(server->refusals().empty());
    CHECK(line.deltas.seen.empty() != streams);
  }
}

TEST_CASE("a loop of two tools with thinking goes through Gemini, whole and streamed") {
  for (const bool streams : {false, true}) {
    INFO(streams);
    VendorTurn first = calling("weather_now", R"({"place": "Oslo"})");
    first.calls.push_back({"call-7", "time_now", "{}"});
    VendorTurn answer = saying("Rain at noon.");
    answer.thinking = {"So be it."};
    const auto server = google({first, calling("time_now"), answer, saying("You are welcome.")});
    VendorLine line;
    line.backend("google", "gemini", server->base_url(),
                 json(R"({"generationConfig": {"thinkingConfig": {"includeThoughts": true}}})"));
    ask_about_weather(line);
    const ModelReply one = line.step("google/gemini-3-pro", streams);
    CHECK(one.finish == Finish::tool_calls);
    REQUIRE(calls_in(one.message).size() == 2);
    CHECK(calls_in(one.message)[1].id == "call-7");
    line.step("google/gemini-3-pro", streams);
    const ModelReply said = line.step("google/gemini-3-pro", streams);
    CHECK(text_of(said.message) == "Rain at noon.");
    CHECK(reasoning_of(said.message) == "So be it.");
    CHECK(said.usage.input == 100);
    CHECK(said.usage.output == 20);
    line.request.messages.push_back(user_message("Thanks"));
    CHECK(text_of(line.step("google/gemini-3-pro", streams).message) == "You are welcome.");
    CHECK(server->refusals().empty());
  }
}

// A conversation with one loop of calls, after something was done to the model's turn.
std::string refused_after(const std::function<void(Message&)>& harm) {
  VendorTurn first = calling("weather_now");
  first.redacted = "enciphered";
  const auto server = claude({first, saying("Rain.")});
  VendorLine line;
  line.backend("claude", "anthropic", server->base_url(), thinking_on());
  ask_about_weather(line);
  line.step("claude/claude-x", false);
  harm(line.request.messages[1]);
  const ModelOutcome outcome = line.ask("claude/claude-x", false);
  const ModelFailure& failure = failure_in(outcome);
  CHECK(failure.failure_class == FailureClass::client);
  CHECK_FALSE(failure.retryable);
  return failure.message;
}

TEST_CASE("the stand-in for Anthropic wants its thinking back as it gave it") {
  CHECK_THAT(refused_after(
                 [](Message& message) { std::get<ReasoningPart>(message.parts[0]).text += "!"; }),
             Catch::Contains("Invalid `signature` in `thinking` block"));
  CHECK_THAT(refused_after([](Message& message) { std::swap(message.parts[0], message.parts[1]); }),
             Catch::Contains("in the latest assistant message cannot be modified"));
  CHECK_THAT(refused_after([](Message& message) { message.parts.erase(message.parts.begin()); }),
             Catch::Contains("in the latest assistant message cannot be modified"));
}

TEST_CASE("the stand-in for Gemini wants the signature of this turn's call") {
  const auto server = google({calling("weather_now"), saying("Rain.")});
  VendorLine line;
  line.backend("google", "gemini", server->base_url());
  ask_about_weather(line);
  line.step("google/gemini-3-pro", false);
  auto& call = std::get<ToolCallPart>(line.request.messages[1].parts[1]);
  call.opaque->value["thoughtSignature"] = "c2hhbQ==";
  const ModelOutcome outcome = line.ask("google/gemini-3-pro", false);
  CHECK_THAT(failure_in(outcome).message, Catch::EndsWith("Corrupted thought signature."));
  call.opaque.reset();
  CHECK(text_of(reply_in(line.ask("google/gemini-3-pro", false)).message) == "Rain.");
  const Json sent = server->requests().back()["contents"][1]["parts"];
  CHECK(sent.back()["thoughtSignature"] == "skip_thought_signature_validator");
}

TEST_CASE("a conversation goes from vendor to vendor and back, and each takes it") {
  for (const bool streams : {false, true}) {
    INFO(streams);
    VendorTurn looking = calling("weather_now", R"({"place": "Oslo"})");
    looking.text = "I shall look.";
    const auto anthropic = claude({looking, calling("time_now"), saying("Take an umbrella.")});
    const auto gemini = google({calling("time_now"), saying("Rain, says Gemini.")});
    MockOpenAi::Options options;
    options.script = [](const Json&, int number) {
      MockTurn turn;
      turn.text = number == 1 ? "Noon, says Chat." : "Bye.";
      turn.reasoning = "a thought of Chat's";
      return turn;
    };
    const MockOpenAi chat(options);
    VendorLine line;
    line.backend("claude", "anthropic", anthropic->base_url(), thinking_on());
    line.backend("google", "gemini", gemini->base_url());
    line.backend("chat", "openai", chat.base_url());
    ask_about_weather(line);
    line.step("claude/claude-x", streams);      // thinks, says something, calls
    line.step("google/gemini-3-pro", streams);  // goes on with that call's result, and calls
    line.step("chat/gpt-x", streams);
    line.request.messages.push_back(user_message("And what do I do?"));
    line.step("claude/claude-x", streams);      // thinks again: this turn is its own
    line.step("google/gemini-3-pro", streams);  // in the middle of Anthropic's loop again
    line.request.messages.push_back(user_message("So?"));
    const ModelReply last = line.step("claude/claude-x", streams);
    CHECK(text_of(last.message) == "Take an umbrella.");
    CHECK(anthropic->refusals().empty());
    CHECK(gemini->refusals().empty());
    const auto sent_to_all = [&](const std::string& words) {
      return std::vector<bool>{
          to_text(anthropic->requests().back()).find(words) != std::string::npos,
          to_text(gemini->requests().back()).find(words) != std::string::npos,
          to_text(chat.requests().back()).find(words) != std::string::npos};
    };
    CHECK(sent_to_all("I shall look.") == std::vector<bool>{true, true, true});
    CHECK(sent_to_all("result of weather.now") == std::vector<bool>{true, true, true});
    CHECK(sent_to_all("sig+") == std::vector<bool>{true, false, false});
    CHECK(sent_to_all("Sig/") == std::vector<bool>{false, true, false});
    CHECK(sent_to_all("a thought of Chat's") == std::vector<bool>{false, false, false});
    CHECK(sent_to_all("I need weather_now") == std::vector<bool>{true, false, false});
  }
}

TEST_CASE("a loop that Gemini began goes on at Anthropic, which thinks without a budget then") {
  const auto anthropic = claude({saying("Rain.")});
  const auto gemini = google({calling("weather_now")});
  VendorLine line;
  line.backend("claude", "anthropic", anthropic->base_url(), thinking_on());
  line.backend("google", "gemini", gemini->base_url());
  ask_about_weather(line);
  line.step("google/gemini-3-pro", false);
  CHECK(text_of(line.step("claude/claude-x", false).message) == "Rain.");
  CHECK_FALSE(anthropic->requests().back().contains("thinking"));
}

TEST_CASE("an answer that Anthropic pauses is gone on with, and is one answer") {
  for (const bool streams : {false, true}) {
    INFO(streams);
    VendorTurn searching = saying("Let me search.");
    searching.paused = true;
    searching.thinking = {"A search it is."};
    VendorTurn again;
    again.paused = true;
    const auto server = claude({searching, again, saying("Rain.")});
    VendorLine line;
    line.backend("claude", "anthropic", server->base_url());
    line.request.messages.push_back(user_message("Weather?"));
    const ModelReply reply = line.step("claude/claude-x", streams);
    CHECK(text_of(reply.message) == "Let me search.Rain.");
    CHECK(reply.finish == Finish::stop);
    CHECK_FALSE(reply.paused);
    CHECK(reply.attempts == 3);
    CHECK(reply.usage.input == 300);
    CHECK(reply.usage.output == 60);
    CHECK(server->refusals().empty());
    const Json last = server->requests().back()["messages"];
    REQUIRE(last.size() == 2);
    CHECK(last[1]["content"].size() == 4);  // thinking, search, text; search
    CHECK(reply.message.parts.size() == 5);
  }
}

TEST_CASE("an answer that is paused without end is taken as it is in the end") {
  VendorTurn searching = saying("Hm.");
  searching.paused = true;
  const auto server = claude({searching});
  VendorLine line;
  line.backend("claude", "anthropic", server->base_url());
  line.request.messages.push_back(user_message("Weather?"));
  const ModelReply reply = line.step("claude/claude-x", false);
  CHECK(server->requests().size() == 9);
  CHECK(reply.finish == Finish::other);
  CHECK_FALSE(reply.paused);
}

TEST_CASE("an answer that is paused is not gone on with when its reservation is used up") {
  VendorTurn searching = saying("Hm.");
  searching.paused = true;
  const auto server = claude({searching});
  VendorLine line;
  BackendSettings& settings = line.backend("claude", "anthropic", server->base_url());
  settings.prices["*"] = Price{1'000'000, 1'000'000, 1'000'000, 1'000'000};
  line.request.messages.push_back(user_message("Weather?"));
  line.request.output_tokens_max = 100;
  line.request.reserved = 260;  // of what 120 tokens a reply and some 130 for the next one come to
  line.step("claude/claude-x", false);
  CHECK(server->requests().size() == 2);
}

struct ErrorCase {
  int status;
  FailureClass failure_class;
  bool retryable;
  std::string said;
};

void check_errors(VendorLine& line, MockVendor& server, const std::string& target,
                  const std::vector<ErrorCase>& cases) {
  for (const ErrorCase& one : cases) {
    const std::string model = target + std::to_string(one.status);  // each is well at first
    const ModelOutcome outcome = line.ask(model, one.status % 2 == 0);
    const ModelFailure& failure = failure_in(outcome);
    INFO(one.status);
    CHECK(failure.failure_class == one.failure_class);
    CHECK(failure.retryable == one.retryable);
    CHECK_THAT(failure.message, Catch::Contains(one.said));
    CHECK(failure.message.find("key-of-") == std::string::npos);
    if (one.status == 429) CHECK(failure.retry_after == std::chrono::seconds(7));
  }
  CHECK(server.requests().size() == cases.size());
}

std::vector<VendorTurn> failing(const std::vector<ErrorCase>& cases) {
  std::vector<VendorTurn> turns;
  for (const ErrorCase& one : cases) {
    VendorTurn& turn = turns.emplace_back();
    turn.fault = MockFault::status;
    turn.status = one.status;
    if (one.status == 429) turn.headers = {{"Retry-After", "7"}};
  }
  return turns;
}

TEST_CASE("refusals of both vendors have their class over the wire") {
  const std::vector<ErrorCase> cases{
      {401, FailureClass::key, false, "answered 401: mock failure; check its api_key"},
      {429, FailureClass::quota, true, "answered 429: mock failure; too many requests"},
      {529, FailureClass::server, true, "answered 529: mock failure"},
      {500, FailureClass::server, true, "answered 500: mock failure"},
      {404, FailureClass::client, false, "answered 404: mock failure; check its base_url"},
  };
  VendorLine line;
  const auto anthropic = claude(failing(cases));
  const auto gemini = google(failing(cases));
  line.backend("claude", "anthropic", anthropic->base_url());
  line.backend("google", "gemini", gemini->base_url());
  line.request.messages.push_back(user_message("Hi"));
  check_errors(line, *anthropic, "claude/claude-x", cases);
  check_errors(line, *gemini, "google/gemini-3-pro", cases);
}

TEST_CASE("a key that is none is a failure of the key at both vendors") {
  const auto anthropic = mock_anthropic({in_turn({saying("Hi")}), "another"});
  const auto gemini = mock_gemini({in_turn({saying("Hi")}), "another"});
  VendorLine line;
  line.backend("claude", "anthropic", anthropic->base_url());
  line.backend("google", "gemini", gemini->base_url());
  line.request.messages.push_back(user_message("Hi"));
  const ModelOutcome one = line.ask("claude/claude-x", false);
  CHECK(failure_in(one).failure_class == FailureClass::key);
  CHECK_THAT(failure_in(one).message, Catch::EndsWith("invalid x-api-key; check its api_key"));
  const ModelOutcome other = line.ask("google/gemini-3-pro", true);
  CHECK(failure_in(other).failure_class == FailureClass::key);
  CHECK_THAT(failure_in(other).message, Catch::EndsWith("; check its api_key"));
}

struct FaultCase {
  MockFault fault;
  StreamFault named;
  FailureClass failure_class;
  std::string said;
};

void check_fault(const FaultCase& one, const std::string& preset) {
  VendorTurn turn = saying("Once upon a time there was a server.");
  turn.thinking = {"A story."};
  turn.fault = one.fault;
  turn.events = 4;
  if (one.fault == MockFault::empty_reply) turn.text.clear();
  if (one.fault == MockFault::empty_reply) turn.thinking.clear();
  MockVendor::Options options{in_turn({turn}), ""};
  const auto server = preset == "anthropic" ? mock_anthropic(options) : mock_gemini(options);
  VendorLine line;
  BackendSettings& settings = line.backend("lab", preset, server->base_url());
  if (one.fault == MockFault::stall) settings.idle_timeout = std::chrono::milliseconds(1'500);
  line.request.messages.push_back(user_message("Tell me a story"));
  const ModelOutcome outcome = line.ask("lab/gemini-3-pro", true);
  INFO(preset << ": " << one.said);
  const ModelFailure& failure = failure_in(outcome);
  CHECK(failure.fault == one.named);
  CHECK(failure.failure_class == one.failure_class);
  CHECK_THAT(failure.message, Catch::Contains(one.said));
  CHECK(failure.retryable == (one.fault != MockFault::html));
}

TEST_CASE("a stream of either vendor's fails in each way with a name of its own") {
  const FailureClass network = FailureClass::network;
  const FailureClass malformed = FailureClass::malformed;
  for (const std::string preset : {"anthropic", "gemini"}) {
    const std::string early =
        preset == "anthropic" ? "ended before message_stop" : "ended in the middle of the reply";
    for (const FaultCase& one : std::vector<FaultCase>{
             {MockFault::cut, StreamFault::cut, network, "broke in the middle of the stream"},
             {MockFault::stall, StreamFault::idle, network, "fell silent"},
             {MockFault::clean_end, StreamFault::cut, malformed, early},
             {MockFault::malformed_event, StreamFault::malformed, malformed, "is no JSON"},
             {MockFault::error_in_200, StreamFault::error_in_ok, FailureClass::server,
              "mock failure"},
             {MockFault::empty_body, StreamFault::empty, malformed, "without one event"},
             {MockFault::empty_reply, StreamFault::empty, malformed, "the reply is empty"},
             {MockFault::html, StreamFault::malformed, malformed, "text/html instead of JSON"},
         }) {
      check_fault(one, preset);
    }
  }
}

TEST_CASE("a stream of either vendor's that comes byte by byte is the same reply") {
  for (const std::string preset : {"anthropic", "gemini"}) {
    VendorTurn turn = calling("weather_now", R"({"place": "Troms\u00f8"})");
    turn.text = "Å, la meg se.";
    turn.piece_bytes = 1;
    turn.fault = MockFault::dribble;
    MockVendor::Options options{in_turn({turn}), ""};
    const auto server = preset == "anthropic" ? mock_anthropic(options) : mock_gemini(options);
    VendorLine line;
    line.backend("lab", preset, server->base_url());
    ask_about_weather(line);
    const ModelReply reply = line.step("lab/gemini-3-pro", true);
    CHECK(text_of(reply.message) == "Å, la meg se.");
    CHECK(calls_in(reply.message).at(0).args == json(R"({"place": "Tromsø"})"));
    CHECK(reasoning_of(reply.message) == "I need weather_now for that.");
  }
}

TEST_CASE("images come out of Gemini and go into both vendors") {
  VendorTurn drawing = saying("Here:");
  drawing.image = "iVBORw0KGgo=";
  const auto gemini = google({drawing, saying("It is blue.")});
  const auto anthropic = claude({saying("A bird.")});
  VendorLine line;
  line.backend("claude", "anthropic", anthropic->base_url());
  line.backend("google", "gemini", gemini->base_url());
  line.request.messages.push_back(user_message("Draw a bird like this one"));
  line.request.messages[0].parts.emplace_back(
      ImagePart{"image/png", "data:image/png;base64,iVBORw0KGgo="});
  const ModelReply drawn = line.step("google/gemini-3-pro-image", true);
  CHECK(std::get<ImagePart>(drawn.message.parts[1]).url == "data:image/png;base64,iVBORw0KGgo=");
  line.request.messages.push_back(user_message("What is it?"));
  CHECK(text_of(line.step("claude/claude-x", false).message) == "A bird.");
  CHECK(anthropic->requests()[0]["messages"][0]["content"][1]["type"] == "image");
  line.request.messages.push_back(user_message("And its colour?"));
  CHECK(text_of(line.step("google/gemini-3-pro-image", false).message) == "It is blue.");
}

TEST_CASE("an answer of a given shape and a cached prefix are asked for as both vendors take it") {
  const auto anthropic = claude({calling("weather_now"), saying(R"({"rain":true})")});
  const auto gemini = google({calling("weather_now"), saying(R"({"rain":true})")});
  for (const std::string target : {"claude/claude-x", "google/gemini-2.5-pro"}) {
    VendorLine line;
    line.backend("claude", "anthropic", anthropic->base_url());
    line.backend("google", "gemini", gemini->base_url());
    ask_about_weather(line);
    line.request.cache_key = "run-1";
    line.request.output_schema = json(R"({"type": "object", "required": ["rain"],
      "properties": {"rain": {"type": "boolean"}, "mm": {"type": "number", "minimum": 0}}})");
    line.step(target, false);
    CHECK(text_of(line.step(target, true).message) == R"({"rain":true})");
  }
  CHECK(anthropic->refusals().empty());
  CHECK(gemini->refusals().empty());
}

}  // namespace
}  // namespace yoke
