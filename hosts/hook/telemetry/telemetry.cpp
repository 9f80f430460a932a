#include "hosts/hook/telemetry/telemetry.h"

#include "hosts/hook/telemetry/backend_gauges.h"
#include "hosts/hook/telemetry/gauges.h"
#include "hosts/hook/telemetry/run_metrics.h"
#include "hosts/hook/telemetry/run_traces.h"
#include "hosts/hook/telemetry/settings.h"
#include "runtime/http/client.h"

namespace yoke {
namespace {

void write_to_stderr(const std::string& line) { std::fwrite(line.data(), 1, line.size(), stderr); }

}  // namespace

struct Telemetry::Parts {
  Parts(App& served, WallClock& wall, TelemetrySettings chosen)
      : app(served),
        settings(std::move(chosen)),
        run_metrics(metrics),
        gauges(metrics),
        backend_gauges(metrics),
        service_log(settings.log, wall, write_to_stderr) {}

  ~Parts() {
    app.engine().unsubscribe(run_metrics);
    app.engine().unsubscribe(service_log);
    if (traces) app.engine().unsubscribe(*traces);
  }

  void begin() {
    app.engine().subscribe(run_metrics);
    app.engine().subscribe(service_log);
    if (settings.otlp.url.empty()) return;
    client = std::make_unique<HttpClient>(app.executor());
    sender = std::make_unique<ClientSender>(*client);
    exporter = std::make_unique<OtlpExporter>(app.executor(), *sender, settings.otlp);
    SpanOptions options;
    options.newest_names = settings.newest_names;
    options.content = settings.content;
    options.provider = [this](const std::string& target) {
      return telemetry_provider(app.config(), target);
    };
    traces = std::make_unique<RunTraces>(app.executor(), app.store(), *exporter, options);
    exporter->start();
    traces->start();
    app.engine().subscribe(*traces);
  }

  App& app;
  const TelemetrySettings settings;
  Metrics metrics;
  RunMetrics run_metrics;
  Gauges gauges;
  BackendGauges backend_gauges;
  ServiceLog service_log;
  std::unique_ptr<HttpClient> client;  // these four: null where nothing is sent
  std::unique_ptr<ClientSender> sender;
  std::unique_ptr<OtlpExporter> exporter;
  std::unique_ptr<RunTraces> traces;
};

Result<std::unique_ptr<Telemetry>> Telemetry::open(App& app, WallClock& wall,
                                                   const std::string& version) {
  Result<TelemetrySettings> settings = telemetry_settings(app.config(), version);
  if (!settings) return settings.error();
  auto parts = std::make_unique<Parts>(app, wall, std::move(*settings));
  parts->begin();
  return std::make_unique<Telemetry>(std::move(parts));
}

Telemetry::Telemetry(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Telemetry::~Telemetry() = default;

void Telemetry::on_done(const Dispatcher::Done& done) {
  parts_->run_metrics.on_done(done);
  parts_->service_log.on_done(done);
}

HookLog Telemetry::log() {
  ServiceLog& log = parts_->service_log;
  return [&log](std::string_view event, const Json& fields) { log.tell(event, fields); };
}

awaitable<void> Telemetry::stop(Deadline until) {
  if (!parts_->traces) co_return;
  auto reading = parts_->traces->stop();
  co_await std::move(reading);
  auto sending = parts_->exporter->stop(until);
  co_await std::move(sending);
}

namespace {

awaitable<HttpReply> answer_metrics(Gauges& gauges, const Metrics& metrics, HookServices services) {
  gauges.take_process();
  auto taking = gauges.take_hook(services);
  co_await std::move(taking);
  HttpReply reply;
  reply.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
  reply.body = metrics.text();
  co_return reply;
}

}  // namespace

void Telemetry::add_endpoints(Endpoints& endpoints, HookServices services,
                              std::function<HttpServerStats()> server) {
  Endpoint one;
  one.method = "GET";
  one.path = "/metrics";
  one.scope = Scope::metrics;
  one.doc = Json{{"summary", "Figures of this process, in Prometheus' text form."},
                 {"responses", {{"200", {{"description", "The figures."}}}}}};
  Parts& parts = *parts_;
  one.answer = [&parts, services, server = std::move(server)](HookCall) {
    if (server) parts.gauges.take(server());
    if (parts.exporter) parts.gauges.take(parts.exporter->stats(), parts.traces->dropped());
    parts.backend_gauges.take(services.app);
    return answer_metrics(parts.gauges, parts.metrics, services);
  };
  endpoints.push_back(std::move(one));
}

}  // namespace yoke
