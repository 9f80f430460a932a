#pragma once

#include <memory>

#include "agents/strategy.h"
#include "runtime/schema/schema.h"

namespace yoke {

// The strategy "loop": propose, act, observe, until a reply wants no more calls. A structured
// answer that does not fit its schema is sent back with what is wrong, at most twice.
class LoopAgent final : public DefinedAgent {
 public:
  // `output` is the compiled spec.output_schema, or null for free text.
  LoopAgent(AgentSpec spec, std::shared_ptr<const Schema> output, StrategyOptions options = {});

  std::vector<Action> next(const RunState& state) const override;
  std::string note_after(const Turn& turn) const override;
  void shape(ModelRequest& request) const override;

 private:
  std::shared_ptr<const Schema> output_;  // shared: immutable, compiled once for an agent's file
};

}  // namespace yoke
