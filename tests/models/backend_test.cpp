#include "models/wire/http_backend.h"

#include <catch2/catch.hpp>

#include "tests/models/fake_sender.h"
#include "tests/support/test_loop.h"

namespace yoke {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// One call of backend 'lab' in virtual time.
struct Bench {
  FakeSender sender;
  FixedRandom random;
  FixedWall wall;
  BackendSettings settings;
  std::string preset = "openai-compatible";
  Deltas deltas;
  ModelRequest request = hello();
  std::unique_ptr<Backend> backend;
  Started<ModelOutcome> started;
  TestLoop loop;

  Bench() {
    settings.base_url = "http://lab.example/v1";
    settings.api_key = Secret("sk-test-0123456789");
  }

  void start(Deadline deadline = kNoDeadline, bool streams = false) {
    const BackendServices services{sender, random, wall};
    auto made = HttpBackend::make("lab", *find_preset(preset),
                                  std::make_unique<openai_chat::ChatWire>(profile_of(preset)),
                                  settings, services);
    backend = std::move(made.value());
    DeltaSink sink;
    if (streams) sink = deltas.sink();
    started.on(loop.io, backend->call(request, deadline, sink));
    loop.settle();
  }
  void finish() {
    for (int step = 0; step < 1000 && !started.ended(); ++step) loop.advance(milliseconds(100));
    REQUIRE(started.ended());
  }
  std::vector<int> sent_at_ms() const {
    std::vector<int> times;
    for (const auto& at : sender.sent_at) {
      const auto since = at - sender.sent_at.front();
      times.push_back(static_cast<int>(since / milliseconds(1)));
    }
    return times;
  }
};

using Times = std::vector<int>;
using Texts = std::vector<std::string>;

TEST_CASE("a call sends one request with the key in its header and nowhere else") {
  Bench bench;
  bench.settings.headers = {{"X-Team", "blue"}};
  bench.sender.answers.push_back(FakeSender::text("Hi"));
  bench.start();
  const ModelReply& reply = reply_in(bench.started.value());
  CHECK(text_of(reply.message) == "Hi");
  CHECK(reply.attempts == 1);
  const HttpRequest& sent = bench.sender.sent.at(0);
  CHECK(sent.method == "POST");
  CHECK(sent.url == "http://lab.example/v1/chat/completions");
  CHECK(sent.headers.get("Authorization") == "Bearer sk-test-0123456789");
  CHECK(sent.headers.get("X-Team") == "blue");
  CHECK(sent.body.find("sk-test") == std::string::npos);
  CHECK(sent.body.find("\"stream\"") == std::string::npos);
}

TEST_CASE("Azure gets its key in its own header, and its query stays behind the path") {
  Bench bench;
  bench.preset = "azure";
  bench.settings.base_url = "https://x.openai.azure.com/openai/deployments/d/?api-version=v1";
  bench.sender.answers.push_back(FakeSender::text("Hi"));
  bench.start();
  const HttpRequest& sent = bench.sender.sent.at(0);
  CHECK(sent.url ==
        "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=v1");
  CHECK(sent.headers.get("api-key") == "sk-test-0123456789");
  CHECK_FALSE(sent.headers.has("Authorization"));
}

TEST_CASE("a vendor's backend without a key fails before anything is sent") {
  Bench bench;
  bench.preset = "groq";
  bench.settings.api_key = Secret();
  bench.start();
  const ModelFailure& failure = failure_in(bench.started.value());
  CHECK(failure.failure_class == FailureClass::key);
  CHECK(failure.message == "backend 'lab' has no key: set GROQ_API_KEY or backends.lab.api_key");
  CHECK(bench.sender.sent.empty());
}

TEST_CASE("a server without keys is called without one") {
  Bench bench;
  bench.settings.api_key = Secret();
  bench.sender.answers.push_back(FakeSender::text("Hi"));
  bench.start();
  CHECK_FALSE(bench.sender.sent.at(0).headers.has("Authorization"));
}

TEST_CASE("an overloaded server is asked again after a growing wait") {
  Bench bench;
  bench.sender.answers = {FakeSender::status(503), FakeSender::status(529), FakeSender::text("Hi")};
  bench.start();
  CHECK_FALSE(bench.started.ended());
  bench.finish();
  CHECK(reply_in(bench.started.value()).attempts == 3);
  CHECK(bench.sent_at_ms() == Times{0, 500, 1500});
}

TEST_CASE("the jitter of a wait comes from the given randomness alone") {
  Bench bench;
  bench.random.value = 250;  // the most that is taken off the first wait: half
  bench.sender.answers = {FakeSender::status(500), FakeSender::text("Hi")};
  bench.start();
  bench.finish();
  CHECK(bench.sent_at_ms() == Times{0, 300});  // 250 ms, seen at the next step of 100
}

TEST_CASE("a Retry-After is waited for to the second") {
  Bench bench;
  bench.sender.answers = {FakeSender::status(429, "7"), FakeSender::text("Hi")};
  bench.start();
  bench.loop.advance(milliseconds(6900));
  CHECK(bench.sender.sent.size() == 1);
  bench.loop.advance(milliseconds(100));
  CHECK(bench.sender.sent.size() == 2);
  CHECK(reply_in(bench.started.value()).attempts == 2);
}

TEST_CASE("a Retry-After given as a date is waited for") {
  Bench bench;
  bench.sender.answers = {FakeSender::status(429, "Sun, 06 Nov 1994 08:49:39 GMT"),
                          FakeSender::text("Hi")};
  bench.start();
  bench.finish();
  CHECK(bench.sent_at_ms() == Times{0, 2000});
}

TEST_CASE("a Retry-After beyond the bound ends the call and is passed on") {
  Bench bench;
  bench.sender.answers = {FakeSender::status(429, "3600")};
  bench.start();
  const ModelFailure& failure = failure_in(bench.started.value());
  CHECK(failure.failure_class == FailureClass::quota);
  CHECK(failure.retry_after == seconds(3600));
  CHECK(failure.attempts == 1);
}

TEST_CASE("no attempt is made that the deadline leaves no time for") {
  Bench bench;
  bench.sender.answers = {FakeSender::status(429, "5")};
  bench.start(LoopClock::now() + seconds(4));
  const ModelFailure& failure = failure_in(bench.started.value());
  CHECK(failure.failure_class == FailureClass::quota);
  CHECK(bench.sender.sent.size() == 1);
}

TEST_CASE("a call gives up after as many attempts as its backend allows") {
  Bench bench;
  bench.settings.retry.attempts_max = 2;
  bench.sender.answers = {FakeSender::status(500), FakeSender::status(500)};
  bench.start();
  bench.finish();
  const ModelFailure& failure = failure_in(bench.started.value());
  CHECK(failure.attempts == 2);
  CHECK(failure.message == "backend 'lab' answered 500: not now");
}

// Answers that are none and are billed all the same: 10 tokens in, 90 out.
FakeSender::Answer billed_nonsense() {
  FakeSender::Answer answer;
  answer.body = R"({"choices":[{"message":{"content":""},"finish_reason":"stop"}],)"
                R"("usage":{"prompt_tokens":10,"completion_tokens":90}})";
  return answer;
}

TEST_CASE("no attempt begins that could cost more than was reserved for the call") {
  for (const NanoUsd reserved : {200, 299, 300}) {
    Bench bench;
    bench.settings.prices = {{"*", Price{0, 0, 0, 1'000'000}}};  // a nano-dollar a token out
    bench.request.output_tokens_max = 100;
    bench.request.reserved = reserved;
    bench.sender.answers = {billed_nonsense(), billed_nonsense(), billed_nonsense()};
    bench.start();
    bench.finish();
    const ModelFailure& failure = failure_in(bench.started.value());
    const int attempts = reserved < 280 ? 2 : 3;  // 90 + 90 + 100
    CHECK(failure.attempts == attempts);
    CHECK(failure.cost == attempts * 90);
    CHECK(failure.cost <= reserved);
    const bool told = failure.message.ends_with(
        "; not tried again: that could come to more than the $0.0000002 reserved for the call");
    CHECK(told == (reserved == 200));
  }
}

TEST_CASE("an attempt that failed for nothing is made again within the reservation of one") {
  Bench bench;
  bench.settings.prices = {{"*", Price{0, 0, 0, 1'000'000}}};
  bench.request.output_tokens_max = 100;
  bench.request.reserved = 100;
  bench.sender.answers = {FakeSender::status(429), FakeSender::broken(HttpFailure::Kind::connect),
                          FakeSender::text("Hi")};
  bench.start();
  bench.finish();
  CHECK(reply_in(bench.started.value()).attempts == 3);
}

TEST_CASE("without a limit of money a billed answer that is none is asked for again") {
  Bench bench;
  bench.settings.prices = {{"*", Price{0, 0, 0, 1'000'000}}};
  bench.sender.answers = {billed_nonsense(), billed_nonsense(), FakeSender::text("Hi")};
  bench.start();
  bench.finish();
  CHECK(reply_in(bench.started.value()).cost == 181);
}

TEST_CASE("the secrets in a backend's headers are sent, and in no message") {
  Bench bench;
  bench.settings.headers = {{"X-Tenant", "very-secret-tenant"}};
  bench.settings.header_secrets = {Secret("very-secret-tenant")};
  FakeSender::Answer refused = FakeSender::status(401);
  refused.body = R"({"error":{"message":"no tenant very-secret-tenant"}})";
  bench.sender.answers = {refused};
  bench.start();
  CHECK(bench.sender.sent[0].headers.get("X-Tenant") == "very-secret-tenant");
  CHECK(failure_in(bench.started.value()).message ==
        "backend 'lab' answered 401: no tenant [key removed]; check its api_key");
}

TEST_CASE("what is wrong with the request or the key is not tried again") {
  for (const int status : {400, 401, 403, 404, 422}) {
    Bench bench;
    bench.sender.answers = {FakeSender::status(status)};
    bench.start();
    CHECK(failure_in(bench.started.value()).attempts == 1);
  }
}

TEST_CASE("each way the transport can fail has its class") {
  using Kind = HttpFailure::Kind;
  struct Row {
    Kind kind;
    FailureClass failure_class;
    int attempts;
  };
  for (const Row& row : std::vector<Row>{{Kind::resolve, FailureClass::network, 3},
                                         {Kind::connect, FailureClass::network, 3},
                                         {Kind::tls, FailureClass::network, 1},
                                         {Kind::timeout, FailureClass::network, 3},
                                         {Kind::cut, FailureClass::network, 3},
                                         {Kind::bad_response, FailureClass::malformed, 3},
                                         {Kind::too_large, FailureClass::malformed, 1},
                                         {Kind::denied, FailureClass::client, 1},
                                         {Kind::bad_request, FailureClass::client, 1}}) {
    Bench bench;
    for (int at = 0; at < 3; ++at) bench.sender.answers.push_back(FakeSender::broken(row.kind));
    bench.start();
    bench.finish();
    const ModelFailure& failure = failure_in(bench.started.value());
    INFO(name_of(row.kind));
    CHECK(failure.failure_class == row.failure_class);
    CHECK(failure.attempts == row.attempts);
    CHECK(failure.message.starts_with("backend 'lab': it broke"));
  }
}

TEST_CASE("a deadline that passes is its own class and is not tried again") {
  Bench bench;
  FakeSender::Answer late = FakeSender::broken(HttpFailure::Kind::timeout);
  late.waits_for_deadline = true;
  bench.sender.answers = {late};
  bench.start(LoopClock::now() + seconds(9));
  bench.finish();
  const ModelFailure& failure = failure_in(bench.started.value());
  CHECK(failure.failure_class == FailureClass::timed_out);
  CHECK(failure.message == "backend 'lab': no whole answer before the deadline");
  CHECK(failure.attempts == 1);
}

const std::string kHel = R"({"choices":[{"delta":{"content":"Hel"}}]})";
const std::string kHello = R"({"choices":[{"delta":{"content":"Hello"}}]})";
const std::string kStop = R"({"choices":[{"delta":{},"finish_reason":"stop"}]})";
const std::string kCounts = R"({"choices":[],"usage":{"prompt_tokens":8,"completion_tokens":2}})";

TEST_CASE("a stream that breaks is voided before it is asked for again, and its cost is counted") {
  Bench bench;
  FakeSender::Answer cut = FakeSender::stream({kHel});
  cut.failure = HttpFailure{HttpFailure::Kind::cut, "it broke"};
  bench.sender.answers = {cut, FakeSender::stream({kHello, kStop, kCounts, "[DONE]"})};
  bench.settings.prices = {{"*", Price{1'000'000, 1'000'000, 1'000'000, 2'000'000}}};
  bench.start(kNoDeadline, true);
  bench.finish();
  CHECK(bench.deltas.seen == Texts{"text:Hel", "reset:", "text:Hello"});
  const ModelReply& reply = reply_in(bench.started.value());
  CHECK(text_of(reply.message) == "Hello");
  CHECK(reply.attempts == 2);
  CHECK(reply.usage.estimated);  // the lost attempt's part of it
  const std::int64_t lost_input = reply.usage.input - 8;
  CHECK(lost_input > 0);
  CHECK(reply.usage.output == 2 + 1);
  CHECK(reply.cost == (lost_input + 8) + 2 * 3);
}

TEST_CASE("a stream that breaks for good leaves what it streamed standing") {
  Bench bench;
  bench.settings.retry.attempts_max = 1;
  bench.sender.answers = {FakeSender::stream({kHel})};
  bench.start(kNoDeadline, true);
  CHECK(bench.deltas.seen == Texts{"text:Hel"});
  CHECK(failure_in(bench.started.value()).message ==
        "backend 'lab': the stream ended in the middle of the reply");
}

TEST_CASE("a server that does not stream although it was asked to is understood") {
  Bench bench;
  bench.sender.answers = {FakeSender::text("Hi")};
  bench.start(kNoDeadline, true);
  CHECK(bench.deltas.seen == Texts{"text:Hi"});
  CHECK(text_of(reply_in(bench.started.value()).message) == "Hi");
}

TEST_CASE("a server that streams although it was not asked to is understood") {
  Bench bench;
  bench.sender.answers = {FakeSender::stream({kHello, kStop, kCounts, "[DONE]"})};
  bench.start();
  CHECK(text_of(reply_in(bench.started.value()).message) == "Hello");
}

TEST_CASE("an answer of another type names the type and the mend") {
  Bench bench;
  FakeSender::Answer page;
  page.headers = {{"Content-Type", "text/html"}};
  page.body = "<html></html>";
  bench.sender.answers = {page};
  bench.start();
  const ModelFailure& failure = failure_in(bench.started.value());
  CHECK(failure.message ==
        "backend 'lab': the answer is text/html instead of JSON; check its base_url");
  CHECK(failure.failure_class == FailureClass::malformed);
}

TEST_CASE("the operator's own request fields are sent") {
  Bench bench;
  bench.settings.extra_body = {{"chat_template_kwargs", {{"enable_thinking", false}}}};
  bench.sender.answers = {FakeSender::text("Hi")};
  bench.start();
  const Json body = parse_json(bench.sender.sent.at(0).body).value();
  CHECK(body["chat_template_kwargs"]["enable_thinking"] == false);
}

TEST_CASE("a key that a transport message repeats is cut out of the failure") {
  Bench bench;
  bench.sender.answers = {
      FakeSender::broken(HttpFailure::Kind::tls, "cannot send Bearer sk-test-0123456789 there")};
  bench.start();
  const std::string message = failure_in(bench.started.value()).message;
  CHECK(message.find("0123456789") == std::string::npos);
}

}  // namespace
}  // namespace yoke
