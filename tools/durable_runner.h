#pragma once

#include <memory>

#include "runtime/loop/clock.h"
#include "runtime/ports/durable_script.h"
#include "runtime/ports/durable_source.h"
#include "tools/script_place.h"
#include "tools/script_quotas.h"

namespace yoke {

// Runs durable scripts: workflows, and what models write in code mode. A script has no host module
// and no permission; all that it does is asked of ScriptSteps by position, so that the same source,
// input and completions make the same wants.
//
// Ownership: borrows everything in Services, which outlives it.
// Threads:   loop thread only.
// Errors:    all in the outcome; whatever step() throws passes through.
// Cancellation: what the script is computing ends unseen; it may be run anew from its start.
// Limits:    the profile "workflow" of quota_of(), its processor time and instructions per stretch
//            between two answers; what a run's scripts may use together bounds the whole.
class DurableRunner final : public DurableScripts {
 public:
  struct Services {
    ScriptPlace& inside;             // null `outside`, in simulations: scripts run here
    ScriptPlace* outside = nullptr;  // workers
    ScriptQuotas quotas = {};
  };
  explicit DurableRunner(Services services) : services_(services) {}

  awaitable<ToolOutcome> run(DurableScript script, ScriptSteps& steps,
                             CallContext& context) override;

 private:
  Result<SessionOrder> order_of(const DurableScript& script, DurableSource source,
                                CallContext& context) const;

  Services services_;
};

}  // namespace yoke
