#include "hosts/hook/telemetry/exporter.h"

#include <catch2/catch.hpp>

#include "tests/support/test_loop.h"

namespace yoke {
namespace {

// A collector that answers with the statuses it was told to, and then with 200.
class Collector final : public HttpSender {
 public:
  struct Answer {
    int status = 200;
    std::string retry_after = {};
  };
  std::deque<Answer> answers;
  std::vector<HttpRequest> sent;
  std::vector<LoopClock::time_point> sent_at;

  awaitable<HttpOutcome> send(HttpRequest request, Deadline, HttpSinks) override {
    sent.push_back(std::move(request));
    sent_at.push_back(LoopClock::now());
    Answer answer;
    if (!answers.empty()) {
      answer = answers.front();
      answers.pop_front();
    }
    HttpResponse response;
    response.status = answer.status;
    if (!answer.retry_after.empty()) response.headers.set("Retry-After", answer.retry_after);
    co_return HttpOutcome(std::move(response));
  }
};

std::vector<Span> spans(std::size_t count) {
  std::vector<Span> list(count);
  for (Span& span : list) span.name = "chat m";
  return list;
}

struct Bench {
  explicit Bench(OtlpExporter::Options given = {})
      : exporter(loop.executor(), collector, [&] {
          given.url = "http://127.0.0.1:4318/v1/traces";
          given.headers.set("api-key", "k");
          return given;
        }()) {
    exporter.start();
    loop.settle();
  }
  ~Bench() {
    Started<bool> stopped;
    stopped.on(loop.io, stop(exporter));
    loop.settle();
    for (int i = 0; i < 100 && !stopped.ended(); ++i) loop.advance(std::chrono::seconds(10));
    CHECK(stopped.ended());
  }
  static awaitable<bool> stop(OtlpExporter& exporter) {
    auto stopping = exporter.stop(LoopClock::now() + std::chrono::seconds(60));
    co_await std::move(stopping);
    co_return true;
  }

  TestLoop loop;
  Collector collector;
  OtlpExporter exporter;
};

TEST_CASE("spans are sent together, when it is time or a batch is full") {
  OtlpExporter::Options options;
  options.batch_max = 3;
  Bench bench(options);
  bench.exporter.offer(spans(2));
  bench.loop.settle();
  CHECK(bench.collector.sent.empty());
  bench.loop.advance(std::chrono::seconds(5));
  REQUIRE(bench.collector.sent.size() == 1);
  const HttpRequest& request = bench.collector.sent[0];
  CHECK(request.method == "POST");
  CHECK(request.url == "http://127.0.0.1:4318/v1/traces");
  CHECK(request.headers.get("Content-Type") == "application/json");
  CHECK(request.headers.get("api-key") == "k");
  bench.exporter.offer(spans(3));
  bench.loop.settle();
  CHECK(bench.collector.sent.size() == 2);
  CHECK(bench.exporter.stats().sent == 5);
}

TEST_CASE("a busy collector is asked again when it says so") {
  Bench bench;
  bench.collector.answers = {{503, "7"}, {429, ""}, {200, ""}};
  bench.exporter.offer(spans(1));
  bench.loop.advance(std::chrono::seconds(5));
  REQUIRE(bench.collector.sent.size() == 1);
  bench.loop.advance(std::chrono::seconds(6));
  CHECK(bench.collector.sent.size() == 1);
  bench.loop.advance(std::chrono::seconds(1));
  CHECK(bench.collector.sent.size() == 2);
  for (int i = 0; i < 40; ++i) bench.loop.advance(std::chrono::seconds(1));
  CHECK(bench.collector.sent.size() == 3);
  CHECK(bench.collector.sent[2].body == bench.collector.sent[0].body);
  CHECK(bench.exporter.stats().sent == 1);
}

TEST_CASE("what a collector refuses is not sent again, and counted") {
  for (const int status : {400, 401, 404, 500}) {
    Bench bench;
    bench.collector.answers = {{status, ""}};
    bench.exporter.offer(spans(2));
    bench.loop.advance(std::chrono::seconds(5));
    for (int i = 0; i < 100; ++i) bench.loop.advance(std::chrono::seconds(1));
    CHECK(bench.collector.sent.size() == 1);
    CHECK(bench.exporter.stats().lost == 2);
  }
}

TEST_CASE("a collector that never takes it is given up") {
  OtlpExporter::Options options;
  options.attempts_max = 3;
  Bench bench(options);
  bench.collector.answers = {{503, ""}, {503, ""}, {503, ""}};
  bench.exporter.offer(spans(1));
  for (int i = 0; i < 200; ++i) bench.loop.advance(std::chrono::seconds(1));
  CHECK(bench.collector.sent.size() == 3);
  CHECK(bench.exporter.stats().lost == 1);
}

TEST_CASE("what does not fit into the queue is dropped and counted") {
  OtlpExporter::Options options;
  options.queue_max = 4;
  Bench bench(options);
  bench.exporter.offer(spans(10));
  CHECK(bench.exporter.stats().queued == 4);
  CHECK(bench.exporter.stats().dropped == 6);
}

TEST_CASE("what is there when the process leaves is sent first") {
  Bench bench;
  bench.exporter.offer(spans(1));
  Started<bool> stopped;
  stopped.on(bench.loop.io, Bench::stop(bench.exporter));
  bench.loop.settle();
  CHECK(stopped.ended());
  CHECK(bench.exporter.stats().sent == 1);
}

}  // namespace
}  // namespace yoke
