#pragma once

#include <memory>

#include "agents/strategy.h"
#include "runtime/schema/schema.h"

namespace yoke {

// A workflow: one durable script, from the run's input to its answer. An input that does not fit
// its schema ends the run before anything is done.
class WorkflowAgent final : public DefinedAgent {
 public:
  // `output` is the compiled spec.output_schema, or null for any value.
  WorkflowAgent(AgentSpec spec, StrategyOptions options, std::shared_ptr<const Schema> output)
      : DefinedAgent(std::move(spec), std::move(options)), output_(std::move(output)) {}

  std::vector<Action> next(const RunState& state) const override;
  std::string note_after(const Turn&) const override { return {}; }

 private:
  std::vector<Action> finish(const CallState& script) const;

  std::shared_ptr<const Schema> output_;  // shared: immutable
};

}  // namespace yoke
