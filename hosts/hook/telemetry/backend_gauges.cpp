#include "hosts/hook/telemetry/backend_gauges.h"

#include <algorithm>
#include <array>

namespace yoke {
namespace {

using Kind = Metrics::Kind;

constexpr std::array kStates{BreakerState::closed, BreakerState::open, BreakerState::half_open};

double counted(std::size_t count) { return static_cast<double>(count); }

}  // namespace

BackendGauges::BackendGauges(Metrics& metrics)
    : metrics_(metrics),
      breakers_(metrics.declare({Kind::gauge,
                                 "yoke_model_breakers",
                                 "Pairs of model and key that were used, by the state of their "
                                 "breaker: closed, open, half_open.",
                                 {"backend", "state"}})),
      up_(metrics.declare({Kind::gauge,
                           "yoke_backend_up",
                           "1 while a backend that was used takes requests, 0 while all of its "
                           "breakers are open.",
                           {"backend"}})),
      queue_(metrics.declare({Kind::gauge,
                              "yoke_model_queue",
                              "Requests that wait for their turn at a backend.",
                              {"backend"}})),
      server_(metrics.declare({Kind::gauge,
                               "yoke_local_server",
                               "1 for the state that a server of this machine is in.",
                               {"backend", "state"}})),
      slots_(metrics.declare({Kind::gauge,
                              "yoke_local_server_slots",
                              "Requests that a server of this machine takes at once.",
                              {"backend", "state"}})),
      restarts_(metrics.declare({Kind::counter,
                                 "yoke_local_server_restarts_total",
                                 "How often a server of this machine was started again.",
                                 {"backend"}})),
      workers_(metrics.declare({Kind::gauge, "yoke_sandbox_workers",
                                "Processes that scripts run in, the spare one included."})),
      calls_(metrics.declare({Kind::gauge, "yoke_sandbox_calls", "Scripts that run now."})),
      script_queue_(
          metrics.declare({Kind::gauge, "yoke_sandbox_queue", "Scripts that wait for a worker."})),
      lost_(metrics.declare({Kind::counter, "yoke_sandbox_workers_lost_total",
                             "Workers that ended without being told to."})) {}

void BackendGauges::take(App& app) {
  take(app.models().health());
  take(app.models().waiting());
  std::map<std::string, LocalLook> servers;
  for (const std::string& name : app.models().backend_names()) {
    const std::optional<LocalLook> look = app.local().look(name);
    if (look) servers.emplace(name, *look);
  }
  take(servers);
  take(app.workers().stats());
}

void BackendGauges::take(const std::vector<Router::BackendHealth>& backends) {
  metrics_.clear(breakers_);
  metrics_.clear(up_);
  for (const Router::BackendHealth& each : backends) {
    std::size_t open = 0;
    for (const BreakerState state : kStates) {
      const auto count =
          std::count_if(each.keys.begin(), each.keys.end(),
                        [state](const KeyHealth& key) { return key.state == state; });
      if (state == BreakerState::open) open = static_cast<std::size_t>(count);
      metrics_.set(breakers_, {each.backend, std::string(name_of(state))},
                   static_cast<double>(count));
    }
    metrics_.set(up_, {each.backend}, open < each.keys.size() ? 1 : 0);
  }
}

void BackendGauges::take(const std::map<std::string, std::size_t>& waiting) {
  for (const auto& [backend, count] : waiting) metrics_.set(queue_, {backend}, counted(count));
}

void BackendGauges::take(const std::map<std::string, LocalLook>& servers) {
  metrics_.clear(server_);
  for (const auto& [backend, look] : servers) {
    metrics_.set(server_, {backend, look.state}, 1);
    metrics_.set(slots_, {backend, "busy"}, look.busy);
    metrics_.set(slots_, {backend, "idle"}, std::max(look.slots - look.busy, 0));
    metrics_.set(restarts_, {backend}, look.restarts);
  }
}

void BackendGauges::take(const WorkerPool::Stats& workers) {
  metrics_.set(workers_, {}, counted(workers.workers));
  metrics_.set(calls_, {}, counted(workers.calls));
  metrics_.set(script_queue_, {}, counted(workers.waiting));
  metrics_.set(lost_, {}, counted(workers.lost));
}

}  // namespace yoke
