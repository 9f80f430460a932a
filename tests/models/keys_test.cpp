#include <catch2/catch.hpp>

#include "models/wire/http_backend.h"
#include "tests/models/fake_sender.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Texts = std::vector<std::string>;

// Backend 'lab' with several keys, over calls that share it.
struct Bench {
  FakeSender sender;
  FixedRandom random;
  FixedWall wall;
  BackendSettings settings;
  CallTerms terms;
  std::unique_ptr<Backend> backend;
  TestLoop loop;
  std::optional<seconds> deadline_after;  // of each call

  explicit Bench(const Texts& keys) {
    settings.base_url = "http://lab.example/v1";
    settings.retry.attempts_max = 1;
    for (const std::string& key : keys) {
      settings.api_keys.push_back({"env:" + key, Secret("sk-0123456789-" + key)});
    }
    if (!keys.empty()) settings.api_key = settings.api_keys.front().secret;
  }

  ModelOutcome call(const std::string& model = "m") {
    if (!backend) make();
    Started<ModelOutcome> started;
    const Deadline deadline =
        deadline_after ? LoopClock::now() + *deadline_after : Deadline(kNoDeadline);
    started.on(loop.io, backend->call_within(terms, hello(model), deadline, {}));
    loop.settle();
    for (int step = 0; step < 1000 && !started.ended(); ++step) loop.advance(milliseconds(100));
    return started.value();
  }
  void make() {
    const BackendServices services{sender, random, wall};
    const std::string preset = "openai-compatible";
    backend =
        std::move(HttpBackend::make("lab", *find_preset(preset),
                                    std::make_unique<openai_chat::ChatWire>(profile_of(preset)),
                                    settings, services)
                      .value());
  }
  void fail_times(int times, int status) {
    for (int call_number = 0; call_number < times; ++call_number) {
      sender.answers = {FakeSender::status(status)};
      call();
    }
  }
  Texts keys_sent() const {
    Texts keys;
    for (const HttpRequest& request : sender.sent) {
      const std::string header(request.headers.get("Authorization"));
      keys.push_back(header.empty() ? "" : header.substr(header.size() - 1));
    }
    return keys;
  }
};

TEST_CASE("keys that are refused with no time to wait are each tried once before the next wait") {
  Bench bench({"A", "B"});
  bench.settings.retry.attempts_max = 3;
  for (int times = 0; times < 40; ++times) {
    bench.sender.answers.push_back(FakeSender::status(429, "0"));
  }
  const ModelOutcome outcome = bench.call();
  CHECK(failure_in(outcome).failure_class == FailureClass::quota);
  CHECK(bench.sender.sent.size() <= 6);
}

TEST_CASE("requests go out with the keys in turn") {
  Bench bench({"A", "B"});
  for (int times = 0; times < 3; ++times) {
    bench.sender.answers.push_back(FakeSender::text("Hi"));
    bench.call();
  }
  CHECK(bench.keys_sent() == Texts{"A", "B", "A"});
}

TEST_CASE("a key that has had enough is left alone as long as it says, and another goes at once") {
  Bench bench({"A", "B"});
  bench.sender.answers = {FakeSender::status(429, "3600"), FakeSender::text("Hi")};
  const ModelOutcome outcome = bench.call();
  CHECK(reply_in(outcome).attempts == 2);
  CHECK(bench.sender.sent_at[0] == bench.sender.sent_at[1]);
  for (int times = 0; times < 2; ++times) {
    bench.sender.answers.push_back(FakeSender::text("Hi"));
    bench.call();
  }
  CHECK(bench.keys_sent() == Texts{"A", "B", "B", "B"});
  bench.loop.advance(hours(1));
  bench.sender.answers = {FakeSender::text("Hi")};
  bench.call();
  CHECK(bench.keys_sent().back() == "A");
}

TEST_CASE("a key that is none is replaced by the next one, and all are tried once") {
  Bench bench({"A", "B", "C"});
  bench.sender.answers = {FakeSender::status(401), FakeSender::status(401),
                          FakeSender::status(401)};
  const ModelOutcome outcome = bench.call();
  CHECK(failure_in(outcome).failure_class == FailureClass::key);
  CHECK(failure_in(outcome).attempts == 3);
  CHECK(bench.keys_sent() == Texts{"A", "B", "C"});
}

TEST_CASE("each key is cut out of what is said of its own request") {
  Bench bench({"A", "B"});
  FakeSender::Answer echo = FakeSender::status(401);
  echo.body = R"({"error":{"message":"wrong: sk-0123456789-B"}})";
  bench.sender.answers = {FakeSender::status(401), echo};
  const ModelOutcome outcome = bench.call();
  CHECK(failure_in(outcome).message ==
        "backend 'lab' answered 401: wrong: [key removed]; check its api_key");
}

TEST_CASE("what fails again and again is asked no more, for a while and for this model only") {
  Bench bench({"A"});
  bench.fail_times(5, 503);
  const ModelOutcome held = bench.call();
  CHECK(bench.sender.sent.size() == 5);
  CHECK(failure_in(held).failure_class == FailureClass::server);
  CHECK(failure_in(held).attempts == 0);
  CHECK(failure_in(held).retry_after == seconds(5));
  CHECK(failure_in(held).message == "backend 'lab': it kept failing; it is left alone for 5 s");
  bench.sender.answers = {FakeSender::text("Hi")};
  CHECK(text_of(reply_in(bench.call("other")).message) == "Hi");
  bench.loop.advance(seconds(5));
  bench.sender.answers = {FakeSender::text("Hi again")};
  CHECK(text_of(reply_in(bench.call()).message) == "Hi again");
}

TEST_CASE("a vendor that hangs until the deadlines of its calls is asked no more for a while") {
  for (const int patience : {29, 30}) {
    Bench bench({"A"});
    bench.deadline_after = seconds(patience);
    FakeSender::Answer silent = FakeSender::broken(HttpFailure::Kind::timeout);
    silent.waits_for_deadline = true;
    for (int call = 0; call < 5; ++call) {
      bench.sender.answers = {silent};
      CHECK(failure_in(bench.call()).failure_class == FailureClass::timed_out);
    }
    bench.sender.answers = {FakeSender::text("Hi")};
    const ModelOutcome next = bench.call();
    // Less than that, any model may think for.
    CHECK(std::holds_alternative<ModelReply>(next) == (patience == 29));
  }
}

TEST_CASE("a vendor that had begun to answer does not hang, whenever the deadline comes") {
  Bench bench({"A"});
  bench.deadline_after = seconds(60);
  FakeSender::Answer slow = FakeSender::broken(HttpFailure::Kind::timeout);
  slow.waits_for_deadline = true;
  slow.failure->received_bytes = 1;
  for (int call = 0; call < 5; ++call) {
    bench.sender.answers = {slow};
    bench.call();
  }
  bench.sender.answers = {FakeSender::text("Hi")};
  CHECK(text_of(reply_in(bench.call()).message) == "Hi");
}

TEST_CASE("after the pause one request finds out, and the others wait for what becomes of it") {
  Bench bench({"A"});
  bench.fail_times(5, 500);
  bench.loop.advance(seconds(5));
  FakeSender::Answer slow = FakeSender::text("Hi");
  slow.after = seconds(3);
  bench.sender.answers = {slow};
  Started<ModelOutcome> probe;
  probe.on(bench.loop.io, bench.backend->call(hello(), kNoDeadline, {}));
  bench.loop.settle();
  const ModelOutcome held = bench.call();
  CHECK_THAT(failure_in(held).message,
             Catch::EndsWith("; one request is finding out whether it is well again"));
  bench.loop.advance(seconds(3));
  CHECK(reply_in(probe.value()).attempts == 1);
  bench.sender.answers = {FakeSender::text("Hi")};
  CHECK(reply_in(bench.call()).attempts == 1);
}

TEST_CASE("a call whose patience allows it waits until a key is back") {
  Bench bench({"A"});
  bench.settings.retry.attempts_max = 3;
  bench.sender.answers = {FakeSender::status(429, "60")};
  CHECK(failure_in(bench.call()).failure_class == FailureClass::quota);
  bench.loop.advance(seconds(40));
  const auto begun = LoopClock::now();
  bench.sender.answers = {FakeSender::text("Hi")};
  CHECK(reply_in(bench.call()).attempts == 1);
  CHECK(bench.sender.sent_at.back() - begun == seconds(20));
}

TEST_CASE("a route that goes elsewhere rather than wait is not kept waiting") {
  Bench bench({"A"});
  bench.settings.retry.attempts_max = 3;
  std::vector<milliseconds> asked;
  bench.terms.may_retry = [&asked](const ModelFailure&, milliseconds wait) {
    asked.push_back(wait);
    return false;
  };
  bench.sender.answers = {FakeSender::status(429, "20")};
  CHECK(failure_in(bench.call()).attempts == 1);
  CHECK(asked == std::vector<milliseconds>{seconds(20)});
  CHECK(failure_in(bench.call()).attempts == 0);  // it is still resting
}

TEST_CASE("a limit makes requests wait, and a wait that is given up is a matter of quota") {
  Bench bench({"A"});
  bench.settings.limits.requests_per_minute = 1;
  bench.sender.answers = {FakeSender::text("1"), FakeSender::text("2")};
  bench.call();
  bench.call();
  CHECK(bench.sender.sent_at[1] - bench.sender.sent_at[0] == seconds(60));
  bench.terms.queue_until = LoopClock::now() + seconds(1);
  const ModelOutcome spilled = bench.call();
  CHECK(failure_in(spilled).failure_class == FailureClass::quota);
  CHECK(failure_in(spilled).attempts == 0);
  CHECK(bench.backend->gate()->expected_wait(gate_request(hello())) > seconds(30));
}

TEST_CASE("the health of a backend names its keys and why they rest, never a key") {
  Bench bench({"A", "B"});
  bench.sender.answers = {FakeSender::status(429, "3600"), FakeSender::text("Hi")};
  bench.call();
  const std::vector<KeyHealth> rows = bench.backend->health();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].key == "env:A");
  CHECK(rows[0].state == BreakerState::open);
  CHECK(rows[0].left == std::chrono::minutes(10));   // however long it is asked to stay away
  CHECK(rows[0].reason == "its quota was used up");  // a vendor's words may quote a tenant's
  CHECK(rows[1].state == BreakerState::closed);
}

}  // namespace
}  // namespace yoke
