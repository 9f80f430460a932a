#pragma once

#include <functional>
#include <memory>

#include "hosts/hook/dispatcher.h"
#include "hosts/hook/hook_log.h"
#include "hosts/hook/services.h"
#include "runtime/http/server.h"

namespace yoke {

// What operators see of this process: /metrics, a log on standard error, and traces of runs to an
// OpenTelemetry collector, as [telemetry] says.
//
// Ownership: borrows the app, which outlives it; its other sources are asked only while a request
//            for /metrics is answered.
// Threads:   loop thread only.
class Telemetry {
 public:
  // Errors: invalid ([telemetry] names no address, or a secret that is not there).
  static Result<std::unique_ptr<Telemetry>> open(App& app, WallClock& wall,
                                                 const std::string& version);
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;

  // Adds /metrics, with the figures of these. `server` may be empty.
  void add_endpoints(Endpoints& endpoints, HookServices services,
                     std::function<HttpServerStats()> server);
  // To be told of every request.
  void on_done(const Dispatcher::Done& done);
  HookLog log();  // good for as long as this is

  // What has ended is sent to the collector, until then.
  awaitable<void> stop(Deadline until);

  struct Parts;
  explicit Telemetry(std::unique_ptr<Parts> parts);  // open() makes them

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace yoke
