#include "hosts/hook/telemetry/gauges.h"

#include "hosts/hook/telemetry/process_facts.h"

namespace yoke {
namespace {

using Kind = Metrics::Kind;

}  // namespace

Gauges::Gauges(Metrics& metrics)
    : metrics_(metrics),
      connections_(metrics.declare(
          {Kind::gauge, "yoke_http_connections", "Connections open now.", {"state"}})),
      accepted_(metrics.declare(
          {Kind::counter, "yoke_http_connections_accepted_total", "Connections accepted."})),
      refusals_(metrics.declare({Kind::counter,
                                 "yoke_http_refusals_total",
                                 "Connections and requests that no endpoint saw, and why.",
                                 {"why"}})),
      bodies_(metrics.declare({Kind::gauge, "yoke_http_body_bytes", "Of the requests under way."})),
      traces_(metrics.declare({Kind::counter,
                               "yoke_otlp_spans_total",
                               "Spans for the collector: sent, dropped (the queue was full), lost "
                               "(not taken).",
                               {"outcome"}})),
      runs_(metrics.declare({Kind::gauge, "yoke_runs", "Runs of this process.", {"state"}})),
      readers_(metrics.declare({Kind::gauge, "yoke_run_readers", "Who follows runs as they go."})),
      outbox_due_(metrics.declare(
          {Kind::gauge, "yoke_outbox_late", "1 while a webhook is due and not sent."})),
      outbox_lag_(metrics.declare({Kind::gauge, "yoke_outbox_lag_seconds",
                                   "For how long the oldest due webhook has not been sent."})),
      budgets_(metrics.declare({Kind::gauge,
                                "yoke_budget_usd",
                                "Budgets of all, of agents and of tenants, this day and month.",
                                {"scope", "window", "kind"}})),
      resident_(metrics.declare(
          {Kind::gauge, "process_resident_memory_bytes", "Resident memory size in bytes."})),
      virtual_(metrics.declare(
          {Kind::gauge, "process_virtual_memory_bytes", "Virtual memory size in bytes."})),
      cpu_(metrics.declare({Kind::counter, "process_cpu_seconds_total",
                            "Total user and system CPU time spent in seconds."})),
      files_(
          metrics.declare({Kind::gauge, "process_open_fds", "Number of open file descriptors."})),
      start_(metrics.declare({Kind::gauge, "process_start_time_seconds",
                              "Start time of the process since unix epoch in seconds."})) {}

void Gauges::take(const HttpServerStats& server) {
  const auto idle = static_cast<double>(server.connections_idle);
  const auto open = static_cast<double>(server.connections_open);
  metrics_.set(connections_, {"idle"}, idle);
  metrics_.set(connections_, {"active"}, open - idle);
  metrics_.set(accepted_, {}, static_cast<double>(server.connections_accepted));
  metrics_.set(bodies_, {}, static_cast<double>(server.body_bytes));
  for (std::size_t i = 0; i < kHttpRefusals; ++i) {
    const auto why = static_cast<HttpRefusal>(i);
    metrics_.set(refusals_, {std::string(name_of(why))}, static_cast<double>(server.refused(why)));
  }
}

void Gauges::take(const OtlpExporter::Stats& traces, std::uint64_t runs_dropped) {
  metrics_.set(traces_, {"sent"}, static_cast<double>(traces.sent));
  metrics_.set(traces_, {"dropped"}, static_cast<double>(traces.dropped + runs_dropped));
  metrics_.set(traces_, {"lost"}, static_cast<double>(traces.lost));
}

void Gauges::take_process() {
  const ProcessFacts facts = read_process_facts();
  metrics_.set(resident_, {}, static_cast<double>(facts.resident_bytes));
  metrics_.set(virtual_, {}, static_cast<double>(facts.virtual_bytes));
  metrics_.set(cpu_, {}, facts.cpu_seconds);
  metrics_.set(files_, {}, static_cast<double>(facts.open_files));
  metrics_.set(start_, {}, facts.start_seconds);
}

awaitable<void> Gauges::take_hook(HookServices services) {
  metrics_.set(runs_, {"driven"}, static_cast<double>(services.drivers.driving()));
  metrics_.set(runs_, {"waiting"}, static_cast<double>(services.drivers.waiting()));
  metrics_.set(readers_, {}, static_cast<double>(services.feed.readers()));
  Store& store = services.app.store();
  const Micros now = services.wall.now();
  auto looking = store.next_outbox();
  const Micros due = co_await std::move(looking);
  const bool late = due > 0 && due <= now;
  metrics_.set(outbox_due_, {}, late ? 1 : 0);
  metrics_.set(outbox_lag_, {}, late ? static_cast<double>(now - due) / 1e6 : 0);
  auto reading = store.budgets();
  const std::vector<BudgetRow> budgets = co_await std::move(reading);
  metrics_.clear(budgets_);
  for (const BudgetRow& row : budgets) {
    const std::string& scope = row.key.scope;
    const bool bounded =
        scope == "all" || scope.starts_with("agent:") || scope.starts_with("tenant:");
    std::string window = row.key.window.substr(0, row.key.window.find(':'));
    for (const BudgetSpan span : {BudgetSpan::day, BudgetSpan::month, BudgetSpan::ever}) {
      if (!bounded || row.key.unit != BudgetUnit::usd) continue;
      if (row.key.window != window_of(span, now)) continue;
      metrics_.set(budgets_, {scope, window, "cap"}, static_cast<double>(row.cap) / 1e9);
      metrics_.set(budgets_, {scope, window, "spent"}, static_cast<double>(row.settled) / 1e9);
      metrics_.set(budgets_, {scope, window, "reserved"}, static_cast<double>(row.reserved) / 1e9);
    }
  }
}

}  // namespace yoke
