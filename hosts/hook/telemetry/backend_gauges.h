#pragma once

#include "hosts/app/app.h"
#include "hosts/hook/telemetry/metrics.h"
#include "models/local/local_servers.h"
#include "models/router.h"
#include "tools/workers/worker_pool.h"

namespace yoke {

// What runs work with, read when somebody asks for it: breakers and queues of backends, servers of
// this machine, workers of the sandbox. Labels are backends of yoke.toml and states, never a model
// that a caller names, a tenant or a run.
//
// Ownership: borrows the metrics.
class BackendGauges {
 public:
  explicit BackendGauges(Metrics& metrics);

  void take(App& app);  // all of the following

  void take(const std::vector<Router::BackendHealth>& backends);
  void take(const std::map<std::string, std::size_t>& waiting);
  void take(const std::map<std::string, LocalLook>& servers);
  void take(const WorkerPool::Stats& workers);

 private:
  Metrics& metrics_;
  Metrics::Id breakers_, up_, queue_, server_, slots_, restarts_, workers_, calls_, script_queue_,
      lost_;
};

}  // namespace yoke
