#pragma once

#include <memory>

#include "agents/strategy.h"
#include "runtime/schema/schema.h"

namespace yoke {

// The tool that a model with the strategy "code" is offered in place of its own: it takes the
// script.
inline constexpr const char* kCodeTool = "code.run";

// The strategy "code": the model writes a Lua script that calls the agent's tools, as often and in
// whatever order it likes; it runs as a durable script. What the script returned goes back to the
// model, and is the answer itself where it fits the agent's output. An error goes back too, to be
// mended: after kMendsMax in a row the run fails as `code.failed`.
class CodeAgent final : public DefinedAgent {
 public:
  static constexpr int kMendsMax = 4;
  static constexpr int kRepairsMax = 2;  // of an answer that does not fit its schema

  CodeAgent(AgentSpec spec, StrategyOptions options, std::shared_ptr<const Schema> output)
      : DefinedAgent(std::move(spec), std::move(options)), output_(std::move(output)) {}

  std::vector<Action> next(const RunState& state) const override;
  std::string note_after(const Turn& turn) const override;
  void shape(ModelRequest& request) const override;

 private:
  Action act_on(const RunState& state, const std::string& id, const ToolCallPart& part) const;
  std::vector<Action> after_scripts(const RunState& state, const Turn& turn) const;

  std::shared_ptr<const Schema> output_;  // shared: immutable
};

// A tool as a script sees it: "tools.csv.stats{ file: string, column?: string } -> { mean: number
// }" and its description.
std::string lua_signature(const ToolSpec& tool);

}  // namespace yoke
