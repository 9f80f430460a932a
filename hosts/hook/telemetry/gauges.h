#pragma once

#include "hosts/hook/services.h"
#include "hosts/hook/telemetry/exporter.h"
#include "hosts/hook/telemetry/metrics.h"
#include "runtime/http/server.h"

namespace yoke {

// Figures that are read when somebody asks for them. Borrows the metrics.
class Gauges {
 public:
  explicit Gauges(Metrics& metrics);

  void take(const HttpServerStats& server);
  void take(const OtlpExporter::Stats& traces, std::uint64_t runs_dropped);
  void take_process();
  // Runs, outbox and budgets.
  awaitable<void> take_hook(HookServices services);

 private:
  Metrics& metrics_;
  Metrics::Id connections_, accepted_, refusals_, bodies_, traces_, runs_, readers_, outbox_due_,
      outbox_lag_, budgets_, resident_, virtual_, cpu_, files_, start_;
};

}  // namespace yoke
