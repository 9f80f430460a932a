#include "hosts/hook/telemetry/metrics.h"

#include <catch2/catch.hpp>

#include "hosts/hook/telemetry/log.h"
#include "hosts/hook/telemetry/run_metrics.h"

namespace yoke {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("figures are told in Prometheus' text form, labels escaped") {
  Metrics metrics;
  const auto calls =
      metrics.declare({Metrics::Kind::counter, "calls_total", "Calls\nmade.", {"tool", "how"}});
  metrics.add(calls, {"a\"b\\c\nd", "ok"});
  metrics.add(calls, {"x", "ok"}, 2.5);
  const std::string text = metrics.text();
  CHECK(has_line(text, "# HELP calls_total Calls\\nmade."));
  CHECK(has_line(text, "# TYPE calls_total counter"));
  CHECK(has_line(text, R"(calls_total{tool="a\"b\\c\nd",how="ok"} 1)"));
  CHECK(has_line(text, R"(calls_total{tool="x",how="ok"} 2.5)"));
}

TEST_CASE("a histogram counts what is at most each bound, and all of it") {
  Metrics metrics;
  const auto took =
      metrics.declare({Metrics::Kind::histogram, "took_seconds", "t", {"e"}, {0.1, 1}});
  for (const double value : {0.05, 0.1, 0.5, 7.0}) metrics.observe(took, {"/x"}, value);
  const std::string text = metrics.text();
  CHECK(has_line(text, R"(took_seconds_bucket{e="/x",le="0.1"} 2)"));
  CHECK(has_line(text, R"(took_seconds_bucket{e="/x",le="1"} 3)"));
  CHECK(has_line(text, R"(took_seconds_bucket{e="/x",le="+Inf"} 4)"));
  CHECK(has_line(text, R"(took_seconds_sum{e="/x"} 7.65)"));
  CHECK(has_line(text, R"(took_seconds_count{e="/x"} 4)"));
}

TEST_CASE("series beyond the bound are counted together, and nothing is lost") {
  Metrics metrics;
  const auto calls = metrics.declare({Metrics::Kind::counter, "calls_total", "c", {"tool"}});
  for (int i = 0; i < 10'000; ++i) metrics.add(calls, {"t" + std::to_string(i)});
  const std::string text = metrics.text();
  CHECK(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) <=
        kMetricSeriesMax + 2);
  CHECK(has_line(
      text, R"(calls_total{tool="other"} )" + std::to_string(10'000 - (kMetricSeriesMax - 1))));
}

Event event_of(EventKind kind, std::string call, Json fields, Micros at = 0) {
  Event event;
  event.kind = kind;
  event.run_id = "01RUN";
  event.call_id = std::move(call);
  event.at = at;
  event.fields = std::move(fields);
  return event;
}

TEST_CASE("a run's calls, tokens and end are counted by agent and target, never by its id") {
  Metrics metrics;
  RunMetrics counts(metrics);
  counts.on_event(event_of(EventKind::run_started, "", {{"agent", "analyst"}}));
  counts.on_event(event_of(EventKind::model_called, "1", {{"target", "route"}}, 1'000'000));
  counts.on_event(event_of(EventKind::model_replied, "1",
                           {{"target", "openai/gpt"},
                            {"usage", {{"input", 100}, {"output", 7}, {"cached", 60}}},
                            {"cost", 1'500'000'000}},
                           3'000'000));
  counts.on_event(event_of(EventKind::tool_called, "2", {{"tool", "csv.stats"}}, 3'000'000));
  counts.on_event(event_of(EventKind::tool_returned, "2", {{"outcome", "ok"}}, 3'500'000));
  counts.on_event(
      event_of(EventKind::tool_called, "3", {{"tool", "anything"}, {"caller", true}}, 3'500'000));
  counts.on_event(event_of(EventKind::tool_returned, "3", {{"outcome", "ok"}}, 3'600'000));
  counts.on_event(event_of(EventKind::run_completed, "", {{"text", "secret answer"}}));
  const std::string text = metrics.text();
  CHECK(has_line(text, R"(yoke_runs_started_total{agent="analyst"} 1)"));
  CHECK(has_line(text, R"(yoke_runs_ended_total{agent="analyst",status="completed"} 1)"));
  CHECK(has_line(text, R"(yoke_model_calls_total{target="openai/gpt",outcome="ok"} 1)"));
  CHECK(has_line(text, R"(yoke_model_tokens_total{target="openai/gpt",type="cached"} 60)"));
  CHECK(has_line(text, R"(yoke_model_cost_usd_total{target="openai/gpt"} 1.5)"));
  CHECK(has_line(text, R"(yoke_model_call_duration_seconds_sum{target="openai/gpt"} 2)"));
  CHECK(has_line(text, R"(yoke_tool_calls_total{tool="csv.stats",outcome="ok"} 1)"));
  CHECK(has_line(text, R"(yoke_tool_calls_total{tool="caller's",outcome="ok"} 1)"));
  CHECK(text.find("01RUN") == std::string::npos);
  CHECK(text.find("secret") == std::string::npos);
  CHECK(text.find("anything") == std::string::npos);
}

TEST_CASE("a log line is JSON, or names and values that are easily cut apart") {
  const Json fields{{"run", "01RUN"}, {"reason", "limit.usd"}, {"title", "two words"}, {"n", 3}};
  CHECK(log_line(ServiceLog::Form::json, 0, "run.failed", fields) ==
        R"({"at":"1970-01-01T00:00:00.000000Z","event":"run.failed","n":3,"reason":"limit.usd",)"
        R"("run":"01RUN","title":"two words"})"
        "\n");
  CHECK(log_line(ServiceLog::Form::text, 0, "run.failed", fields) ==
        "1970-01-01T00:00:00.000000Z run.failed n=3 reason=limit.usd run=01RUN "
        "title=\"two words\"\n");
}

TEST_CASE("the log of a request names who and what, and no query, body or header") {
  class Clock final : public WallClock {
   public:
    Micros now() override { return 0; }
  } clock;
  std::string told;
  ServiceLog log(ServiceLog::Form::text, clock, [&](std::string line) { told += line; });
  HttpRequest request;
  request.method = "POST";
  request.url = "/v1/runs?token=hidden";
  request.headers.set("Authorization", "Bearer hidden");
  request.body = "hidden";
  const std::string id = "req1";
  const std::string endpoint = "/v1/runs";
  const std::string fault;
  Principal who;
  who.name = "key:ci";
  who.key_id = "k1";
  log.on_done(
      Dispatcher::Done{request, id, endpoint, &who, 201, std::chrono::microseconds(5), fault});
  CHECK(told ==
        "1970-01-01T00:00:00.000000Z request.answered by=key:ci endpoint=/v1/runs key=k1 "
        "method=POST request=req1 status=201 tenant=local us=5\n");
}

}  // namespace
}  // namespace yoke
