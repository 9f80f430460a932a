#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/ports/policy.h"
#include "runtime/ports/script_host.h"
#include "tools/broker/broker.h"
#include "tools/script_place.h"
#include "tools/script_quotas.h"

namespace yoke {

// Runs Lua: each call in a fresh state, its host calls through the broker. The same source, call
// (by run_id and call_id), time and replies give the same outcome.
//
// Ownership: borrows everything in Services, which outlives it.
// Threads:   loop thread only. define() blocks while the file's body runs, within its quota; what
//            it read is kept, so that the same source costs nothing again.
// Cancellation: what a script is computing is stopped or ends at its quota, unseen; what the broker
//            performs may or may not have taken place.
class ScriptRunner final : public ScriptHost {
 public:
  struct Services {
    Broker& broker;
    const Policy& policy;
    WallClock& wall;
    ScriptPlace& inside;             // for scripts that ship with the program
    ScriptPlace* outside = nullptr;  // for all others; null, in simulations: own ones run inside
    ScriptQuotas quotas = {};
  };
  static constexpr std::size_t kDefinitionsMax = 1'024;  // sources whose definitions are kept

  explicit ScriptRunner(Services services) : services_(services) {}

  Result<std::vector<ScriptDefinition>> define(const ScriptSource& source) override;
  awaitable<ToolOutcome> call(std::shared_ptr<const ScriptSource> source, ScriptCall call,
                              CallContext& context) override;

 private:
  Result<ScriptPlace*> place_of(const ScriptSource& source) const;
  Result<void> leave_of_run(sandbox::Quota& quota, const ScriptCall& call) const;
  Result<SessionOrder> order_of(std::shared_ptr<const ScriptSource> source, ScriptCall call,
                                const Permissions& permissions, CallContext& context) const;
  awaitable<ToolOutcome> drive(ScriptPlace& place, SessionOrder order, CallScope& scope,
                               std::unique_ptr<ScriptSession>& session);

  Services services_;
  std::map<std::string, std::vector<ScriptDefinition>> definitions_;  // by origin, hash and name
};

}  // namespace yoke
