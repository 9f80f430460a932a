#include <catch2/catch.hpp>

#include "models/router.h"
#include "runtime/http/client.h"
#include "tests/models/fake_sender.h"
#include "tests/support/mock_openai.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

using testing::MockFault;
using testing::MockOpenAi;
using testing::MockTurn;

// A way for a stream to go wrong, after so many pieces of "Once upon a time", and what the caller
// sees of a call under each policy: the pieces as they come, "<reset>" where they are void, and
// behind "=>" how it ends. Behind that each request: who was asked, why, how it failed, and "$"
// when it is billed.
struct Row {
  const char* name;
  MockFault fault;
  int events;
  const char* error;
  const char* restart;
  const char* go_on;
  const char* whole;  // under any policy
};

const std::vector<Row> kCorpus{
    {"refused", MockFault::status, 0, "The end. => The end. | a server, b $",
     "The end. => The end. | a server, b $", "The end. => The end. | a server, b $",
     "The end. => The end. | a server, b $"},
    {"no word", MockFault::nothing, 0, "The end. => The end. | a network/cut, b $",
     "The end. => The end. | a network/cut, b $", "The end. => The end. | a network/cut, b $",
     "The end. => The end. | a network/cut, b $"},
    {"cut before a token", MockFault::cut, 1, "The end. => The end. | a network/cut, b $",
     "The end. => The end. | a network/cut, b $", "The end. => The end. | a network/cut, b $",
     "The end. => The end. | a network/cut, b $"},
    {"cut after one", MockFault::cut, 2, "Once upon a  => network/cut | a network/cut $",
     "Once upon a <reset>The end. => The end. | a network/cut $, b restart $",
     "Once upon a wood. => Once upon a wood. | a network/cut $, b continue $",
     "The end. => The end. | a network/cut $, b $"},
    {"cut after two", MockFault::cut, 3, "Once upon a time => network/cut | a network/cut $",
     "Once upon a time<reset>The end. => The end. | a network/cut $, b restart $",
     "Once upon a timewood. => Once upon a timewood. | a network/cut $, b continue $",
     "The end. => The end. | a network/cut $, b $"},
    {"an end too soon", MockFault::clean_end, 2,
     "Once upon a  => malformed/cut | a malformed/cut $",
     "Once upon a <reset>The end. => The end. | a malformed/cut $, b restart $",
     "Once upon a wood. => Once upon a wood. | a malformed/cut $, b continue $",
     "The end. => The end. | a malformed/cut $, b $"},
    {"stalled", MockFault::stall, 2, "Once upon a  => network/idle | a network/idle $",
     "Once upon a <reset>The end. => The end. | a network/idle $, b restart $",
     "Once upon a wood. => Once upon a wood. | a network/idle $, b continue $",
     "The end. => The end. | a network/idle $, b $"},
    {"a malformed event", MockFault::malformed_event, 2,
     "Once upon a  => malformed/malformed | a malformed/malformed $",
     "Once upon a <reset>The end. => The end. | a malformed/malformed $, b restart $",
     "Once upon a wood. => Once upon a wood. | a malformed/malformed $, b continue $",
     "The end. => The end. | a malformed/malformed $, b $"},
    {"an error in 200", MockFault::error_in_200, 2,
     "Once upon a  => server/error_in_ok | a server/error_in_ok $",
     "Once upon a <reset>The end. => The end. | a server/error_in_ok $, b restart $",
     "Once upon a wood. => Once upon a wood. | a server/error_in_ok $, b continue $",
     "The end. => The end. | a server/error_in_ok $, b $"},
    {"empty", MockFault::empty_reply, 0, "The end. => The end. | a malformed/empty $, b $",
     "The end. => The end. | a malformed/empty $, b $",
     "The end. => The end. | a malformed/empty $, b $",
     "The end. => The end. | a malformed/empty $, b $"},
    {"no [DONE]", MockFault::no_done, 0, "Once upon a time => malformed/cut | a malformed/cut $",
     "Once upon a time<reset>The end. => The end. | a malformed/cut $, b restart $",
     "Once upon a timewood. => Once upon a timewood. | a malformed/cut $, b continue $",
     "The end. => The end. | a malformed/cut $, b $"},
    {"10 MB in one event", MockFault::big_event, 2,
     "Once upon a  => malformed/too_large | a malformed/too_large $",
     "Once upon a <reset>The end. => The end. | a malformed/too_large $, b restart $",
     "Once upon a wood. => Once upon a wood. | a malformed/too_large $, b continue $",
     "The end. => The end. | a malformed/too_large $, b $"},
    {"byte by byte", MockFault::dribble, 0, "Once upon a time => Once upon a time | a $",
     "Once upon a time => Once upon a time | a $", "Once upon a time => Once upon a time | a $",
     "Once upon a time => Once upon a time | a $"},
};

// Sends over sockets, and counts the events of streams that have come so far.
class CountingSender final : public HttpSender {
 public:
  explicit CountingSender(HttpClient& client) : client_(client) {}

  awaitable<HttpOutcome> send(HttpRequest request, Deadline deadline, HttpSinks sinks) override {
    ENSURE(sinks.on_data);
    sinks.on_data = [this, take = std::move(sinks.on_data)](std::string_view bytes) {
      for (const char byte : bytes) {
        if (byte == '\n' && last_ == '\n') ++events;
        last_ = byte;
      }
      return take(bytes);
    };
    return client_.send(std::move(request), deadline, std::move(sinks));
  }

  int events = 0;

 private:
  HttpClient& client_;
  char last_ = 0;
};

// Backend a fails as the row says; b answers, and writes on where it is asked to. Time stands still
// until a has fallen silent, so that no machine is too slow for the idle limit.
struct Line {
  TestLoop loop;
  HttpClient client{loop.executor()};
  CountingSender sender{client};
  std::optional<int> silent_after;  // so many events
  FixedRandom random;
  FixedWall wall;
  ModelsConfig config;
  MockOpenAi failing;
  MockOpenAi answering;

  explicit Line(const MockTurn& turn) : failing(playing(turn)), answering(answers()) {
    add("a", "openai-compatible", failing);
    add("b", "vllm", answering);
    config.routes["r"].targets = {"a/m", "b/m"};
    if (turn.fault == MockFault::stall) silent_after = turn.events;
  }

  void add(const std::string& name, const std::string& preset, const MockOpenAi& server) {
    BackendSettings& settings = config.backends[name];
    settings.preset = preset;
    settings.base_url = server.base_url();
    settings.retry.attempts_max = 1;
    settings.prices["*"] = Price{1'000'000, 1'000'000, 1'000'000, 1'000'000};
  }
  static MockOpenAi::Options playing(const MockTurn& turn) {
    MockOpenAi::Options options;
    options.strict = false;
    options.script = [turn](const Json&, int) { return turn; };
    return options;
  }
  static MockOpenAi::Options answers() {
    MockOpenAi::Options options;
    options.strict = false;
    options.script = [](const Json& request, int) {
      MockTurn turn;
      turn.text = bool_at(request, "continue_final_message") ? "wood." : "The end.";
      return turn;
    };
    return options;
  }

  // The call as a row has it.
  std::string play(AfterCommit after, CommitPoint::Kind commit) {
    RouteSettings& route = config.routes["r"];
    route.after = after;
    route.commit.kind = commit;
    const ModelServices services{sender, random, wall};
    const auto router = make_router(config, services).value();
    std::string shown;
    const DeltaSink sink = [&shown](const Delta& delta) {
      shown += delta.kind == Delta::Kind::reset ? "<reset>" : delta.text;
    };
    sender.events = 0;
    Started<ModelOutcome> call;
    call.on(loop.io, router->call(hello("r"), kNoDeadline, sink));
    if (silent_after) {
      run_until(loop.io, [&] { return sender.events == *silent_after; });
      loop.advance(config.backends["a"].idle_timeout + std::chrono::seconds(1));
    }
    run_until(loop.io, [&] { return call.ended(); });
    return shown_of(call.value(), shown);
  }

  static std::string fault_of(FailureClass failure_class, StreamFault fault) {
    std::string text(name_of(failure_class));
    if (fault != StreamFault::none) text.append("/").append(name_of(fault));
    return text;
  }
  static std::string shown_of(const ModelOutcome& outcome, const std::string& shown) {
    const auto* failure = std::get_if<ModelFailure>(&outcome);
    const RouteNote& route = failure != nullptr ? failure->route : reply_in(outcome).route;
    std::string text = shown + " => ";
    text += failure != nullptr ? fault_of(failure->failure_class, failure->fault)
                               : text_of(reply_in(outcome).message);
    std::string separator = " | ";
    NanoUsd sum = 0;
    for (const ModelTry& one : route.tries) {
      text += separator + one.target.substr(0, 1);
      if (!one.role.empty()) text += " " + one.role;
      if (one.failure) text += " " + fault_of(*one.failure, one.fault);
      if (one.cost > 0) text += " $";
      CHECK(one.cost == one.usage.input + one.usage.output);
      sum += one.cost;
      separator = ", ";
    }
    CHECK(sum == (failure != nullptr ? failure->cost : reply_in(outcome).cost));
    return text;
  }
};

MockTurn turn_of(const Row& row) {
  MockTurn turn;
  if (row.fault != MockFault::empty_reply) turn.text = "Once upon a time";
  turn.fault = row.fault;
  turn.events = row.events;
  return turn;
}

TEST_CASE("a stream that fails before anything is seen leaves no trace, whatever the policy") {
  for (const Row& row : kCorpus) {
    Line line(turn_of(row));
    for (const AfterCommit after : {AfterCommit::error, AfterCommit::restart, AfterCommit::go_on}) {
      INFO(row.name);
      CHECK(line.play(after, CommitPoint::Kind::whole) == row.whole);
    }
  }
}

TEST_CASE("a stream that fails after something was seen ends as the policy 'error' says") {
  for (const Row& row : kCorpus) {
    INFO(row.name);
    CHECK(Line(turn_of(row)).play(AfterCommit::error, CommitPoint::Kind::first_token) == row.error);
  }
}

TEST_CASE("a stream that fails after something was seen begins again under 'restart'") {
  for (const Row& row : kCorpus) {
    INFO(row.name);
    CHECK(Line(turn_of(row)).play(AfterCommit::restart, CommitPoint::Kind::first_token) ==
          row.restart);
  }
}

TEST_CASE("a stream that fails after something was seen is written on under 'continue'") {
  for (const Row& row : kCorpus) {
    INFO(row.name);
    CHECK(Line(turn_of(row)).play(AfterCommit::go_on, CommitPoint::Kind::first_token) == row.go_on);
  }
}

TEST_CASE("a probe shows nothing of a stream that fails before it is over") {
  Line line(turn_of(Row{"cut", MockFault::cut, 2, "", "", "", ""}));
  line.config.routes["r"].commit.chars = 14;
  CHECK(line.play(AfterCommit::error, CommitPoint::Kind::probe) ==
        "The end. => The end. | a network/cut $, b $");
  Line later(turn_of(Row{"cut", MockFault::cut, 3, "", "", "", ""}));
  later.config.routes["r"].commit.chars = 14;
  CHECK(later.play(AfterCommit::error, CommitPoint::Kind::probe) ==
        "Once upon a time => network/cut | a network/cut $");
}

TEST_CASE("where nobody can write on, 'continue' begins again") {
  Line line(turn_of(Row{"cut", MockFault::cut, 2, "", "", "", ""}));
  line.config.backends["b"].preset = "openai-compatible";
  CHECK(line.play(AfterCommit::go_on, CommitPoint::Kind::first_token) ==
        "Once upon a <reset>The end. => The end. | a network/cut $, b restart $");
}

TEST_CASE("what is written on is asked for with the beginning as the last message") {
  Line line(turn_of(Row{"cut", MockFault::cut, 2, "", "", "", ""}));
  line.play(AfterCommit::go_on, CommitPoint::Kind::first_token);
  const Json last = line.answering.requests().at(0)["messages"].back();
  CHECK(last["role"] == "assistant");
  CHECK(last["content"] == "Once upon a ");
}

TEST_CASE("usage that cannot be true is bounded, and no fault of the stream") {
  MockTurn turn;
  turn.text = "Once upon a time";
  turn.usage_instead = {{"prompt_tokens", -5}, {"completion_tokens", 1e300}};
  Line line(turn);
  CHECK(line.play(AfterCommit::error, CommitPoint::Kind::first_token)
            .starts_with("Once upon a time => Once upon a time | a"));
}

}  // namespace
}  // namespace yoke
