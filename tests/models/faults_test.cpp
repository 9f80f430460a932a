#include <catch2/catch.hpp>

#include "runtime/http/client.h"
#include "tests/models/fake_sender.h"
#include "tests/support/held_port.h"
#include "tests/support/mock_openai.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

using testing::HeldPort;
using testing::MockFault;
using testing::MockOpenAi;
using testing::MockTurn;

// One call over a real socket, as the caller sees it.
struct Seen {
  ModelOutcome outcome;
  std::vector<std::string> deltas;
};

struct Line {
  asio::io_context io{1};
  HttpClient client{io.get_executor()};
  ClientSender sender{client};
  FixedRandom random;
  FixedWall wall;
  std::string preset = "openai-compatible";
  BackendSettings settings;

  explicit Line(const MockOpenAi& server) {
    settings.base_url = server.base_url();
    settings.api_key = Secret("sk-real-socket-key");
    settings.retry.attempts_max = 1;
    settings.retry.backoff_first = std::chrono::milliseconds(1);
  }

  Seen call(ModelRequest request, bool streams) {
    const BackendServices services{sender, random, wall};
    auto backend = HttpBackend::make("lab", *find_preset(preset),
                                     std::make_unique<openai_chat::ChatWire>(profile_of(preset)),
                                     settings, services);
    Deltas deltas;
    DeltaSink sink;
    if (streams) sink = deltas.sink();
    ModelOutcome outcome =
        run(io, backend.value()->call(std::move(request), kNoDeadline, std::move(sink)));
    return {std::move(outcome), deltas.seen};
  }
};

MockOpenAi::Options playing(MockTurn turn) {
  MockOpenAi::Options options;
  options.script = [turn](const Json&, int) { return turn; };
  return options;
}

MockTurn fault(MockFault kind) {
  MockTurn turn;
  turn.text = "Once upon a time";
  turn.fault = kind;
  if (kind == MockFault::empty_reply) turn.text.clear();
  return turn;
}

struct Expected {
  MockFault fault;
  FailureClass failure_class;
  bool retryable;
  std::string message;  // its beginning
};

void check(const Expected& expected, bool streams) {
  INFO(expected.message << (streams ? " (streamed)" : " (whole)"));
  const MockOpenAi server(playing(fault(expected.fault)));
  Line line(server);
  const bool quiet = expected.fault == MockFault::stall || expected.fault == MockFault::silence;
  if (quiet) line.settings.idle_timeout = std::chrono::milliseconds(1'500);
  const Seen seen = line.call(hello(), streams);
  const ModelFailure& failure = failure_in(seen.outcome);
  CHECK_THAT(failure.message, Catch::StartsWith(expected.message));
  CHECK(failure.failure_class == expected.failure_class);
  CHECK(failure.retryable == expected.retryable);
  CHECK(failure.message.find("sk-real") == std::string::npos);
  CHECK(server.requests().size() == 1);
}

TEST_CASE("a whole answer over a socket fails in each way with a message of its own") {
  const FailureClass network = FailureClass::network;
  const FailureClass malformed = FailureClass::malformed;
  const std::vector<Expected> cases{
      {MockFault::status, FailureClass::server, true, "backend 'lab' answered 500: mock failure"},
      {MockFault::nothing, network, true, "backend 'lab': "},
      {MockFault::silence, network, true, "backend 'lab': "},
      {MockFault::cut, network, true, "backend 'lab': "},
      {MockFault::empty_body, malformed, true, "backend 'lab': the answer has no body"},
      {MockFault::not_json, malformed, true, "backend 'lab': the answer is no JSON: "},
      {MockFault::html, malformed, false,
       "backend 'lab': the answer is text/html instead of JSON; check its base_url"},
      {MockFault::error_in_200, FailureClass::server, true,
       "backend 'lab' answered 200 with an error: upstream died"},
      {MockFault::no_choices, malformed, true, "backend 'lab': the answer has no choices"},
      {MockFault::empty_reply, malformed, true,
       "backend 'lab': the reply is empty: no text and no tool call"},
  };
  for (const Expected& expected : cases) check(expected, false);
}

TEST_CASE("a stream over a socket fails in each way with a message of its own") {
  const FailureClass network = FailureClass::network;
  const FailureClass malformed = FailureClass::malformed;
  const std::vector<Expected> cases{
      {MockFault::status, FailureClass::server, true, "backend 'lab' answered 500: mock failure"},
      {MockFault::nothing, network, true, "backend 'lab': "},
      {MockFault::silence, network, true, "backend 'lab': "},
      {MockFault::html, malformed, false,
       "backend 'lab': the answer is text/html instead of JSON; check its base_url"},
      {MockFault::cut, network, true,
       "backend 'lab': the connection broke in the middle of the stream"},
      {MockFault::clean_end, malformed, true,
       "backend 'lab': the stream ended in the middle of the reply"},
      {MockFault::stall, network, true, "backend 'lab': the stream fell silent: "},
      {MockFault::malformed_event, malformed, true,
       "backend 'lab': an event of the stream is no JSON: "},
      {MockFault::error_in_200, FailureClass::server, true,
       "backend 'lab' answered 200 with an error: upstream died"},
      {MockFault::empty_body, malformed, true, "backend 'lab': the stream ended without one event"},
      {MockFault::no_choices, malformed, true, "backend 'lab': the stream has no choices"},
      {MockFault::empty_reply, malformed, true,
       "backend 'lab': the reply is empty: no text and no tool call"},
      {MockFault::no_done, malformed, true, "backend 'lab': the stream ended before [DONE]"},
      {MockFault::done_only, malformed, true,
       "backend 'lab': the stream ended without a finish_reason"},
      {MockFault::big_event, malformed, true,
       "backend 'lab': an event of the stream is over 4 MiB"},
      {MockFault::endless, malformed, false, "backend 'lab': the reply does not end: "},
  };
  for (const Expected& expected : cases) check(expected, true);
}

TEST_CASE("a server that nobody runs is named as such") {
  const HeldPort nobody;
  const MockOpenAi other(playing({}));
  Line line(other);
  line.settings.base_url = "http://127.0.0.1:" + std::to_string(nobody.number()) + "/v1";
  const Seen seen = line.call(hello(), false);
  CHECK(failure_in(seen.outcome).failure_class == FailureClass::network);
  CHECK_THAT(failure_in(seen.outcome).message, Catch::EndsWith("is it running?"));
}

TEST_CASE("an answer that dribbles in byte by byte is whole, streamed or not") {
  MockTurn turn = fault(MockFault::dribble);
  turn.reasoning = "Let me think";
  const MockOpenAi server(playing(turn));
  Line line(server);
  for (const bool streams : {false, true}) {
    const Seen seen = line.call(hello(), streams);
    CHECK(text_of(reply_in(seen.outcome).message) == "Once upon a time");
    CHECK(reasoning_of(reply_in(seen.outcome).message) == "Let me think");
    CHECK(reply_in(seen.outcome).usage.input == 100);
  }
}

TEST_CASE("calls share one connection, after a stream too") {
  const MockOpenAi server(playing(fault(MockFault::none)));
  Line line(server);
  for (const bool streams : {true, false, true}) {
    const Seen seen = line.call(hello(), streams);
    CHECK(text_of(reply_in(seen.outcome).message) == "Once upon a time");
  }
  CHECK(server.connections() == 1);
}

TEST_CASE("fifty calls at once come whole, streamed or not") {
  const MockOpenAi server({});
  Line line(server);
  for (const bool streams : {false, true}) {
    ModelRequest request = hello("fifty-calls");
    request.tools.push_back(tool_named("count.up"));
    const Seen seen = line.call(request, streams);
    const auto calls = calls_in(reply_in(seen.outcome).message);
    REQUIRE(calls.size() == 50);
    for (int at = 0; at < 50; ++at) {
      const auto& call = calls[static_cast<std::size_t>(at)];
      CHECK(call.name == "count.up");
      CHECK(call.args == Json({{"n", at}}));
    }
  }
}

TEST_CASE("a server out of quota is asked again when it says so") {
  MockOpenAi::Options options;
  options.script = [](const Json&, int number) {
    MockTurn turn = fault(number == 1 ? MockFault::status : MockFault::none);
    turn.status = 429;
    turn.headers = {{"Retry-After", "3600"}, {"retry-after-ms", "20"}};
    return turn;
  };
  const MockOpenAi server(options);
  Line line(server);
  line.settings.retry.attempts_max = 2;
  const Seen seen = line.call(hello(), false);
  CHECK(reply_in(seen.outcome).attempts == 2);
}

TEST_CASE("a wrong key is said to be wrong without being shown") {
  MockOpenAi::Options options = playing(fault(MockFault::none));
  options.key = "another";
  const MockOpenAi server(options);
  Line line(server);
  const Seen seen = line.call(hello(), false);
  const ModelFailure& failure = failure_in(seen.outcome);
  CHECK(failure.failure_class == FailureClass::key);
  CHECK(failure.message ==
        "backend 'lab' answered 401: Incorrect API key provided: [key removed]; check its api_key");
}

// A whole tool loop: each reply goes into the next request, and the strict server takes them all.
void run_tool_loop(const std::string& preset, MockOpenAi::Options options, bool streams) {
  const MockOpenAi server(std::move(options));
  Line line(server);
  line.preset = preset;
  ModelRequest request = hello("one-call");
  request.tools.push_back(tool_named("weather.now"));
  const Seen first = line.call(request, streams);
  const auto calls = calls_in(reply_in(first.outcome).message);
  REQUIRE(calls.size() == 1);
  CHECK(calls[0].name == "weather.now");
  request.messages.push_back(reply_in(first.outcome).message);
  request.messages.push_back(tool_result(calls[0].id, calls[0].name, "3 degrees"));
  const Seen second = line.call(request, streams);
  CHECK(text_of(reply_in(second.outcome).message) == "The tool said: 3 degrees");
  request.messages.push_back(reply_in(second.outcome).message);
  request.messages.push_back(user_message("And now?"));
  const Seen third = line.call(request, streams);
  CHECK(calls_in(reply_in(third.outcome).message).size() == 1);
}

TEST_CASE("a tool loop is accepted by a server as strict as OpenAI") {
  for (const bool streams : {false, true}) run_tool_loop("openai", {}, streams);
}

TEST_CASE("a tool loop is accepted by a server that wants its reasoning back") {
  MockOpenAi::Options options;
  options.wants_reasoning = true;
  for (const bool streams : {false, true}) run_tool_loop("deepseek", options, streams);
}

TEST_CASE("a server that wants its reasoning back refuses a conversation without it") {
  MockOpenAi::Options options;
  options.wants_reasoning = true;
  const MockOpenAi server(options);
  Line line(server);
  ModelRequest request = hello("one-call");
  request.messages.push_back(assistant({call_part("call_1", "weather.now", Json::object())}));
  request.messages.push_back(tool_result("call_1", "weather.now", "3"));
  line.preset = "openai";
  const Seen refused = line.call(request, false);
  CHECK(failure_in(refused.outcome).failure_class == FailureClass::client);
  line.preset = "deepseek";
  const Seen accepted = line.call(request, false);
  CHECK(text_of(reply_in(accepted.outcome).message) == "The tool said: 3");
}

}  // namespace
}  // namespace yoke
