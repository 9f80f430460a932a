#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/agent.h"
#include "runtime/ports/script_host.h"

namespace yoke {

// What `agent {…}` and `workflow {…}` say beside AgentSpec. Plain data, kept with the run.
struct StrategyOptions {
  Json input_schema = nullptr;                // null: any input
  std::vector<std::string> agents = {};       // workflow: patterns of those it may start
  std::vector<std::string> tool_names = {};   // code, plan: set by whoever matches spec.tools
  std::vector<std::string> agent_names = {};  // plan: of those in spec.tools, likewise
  std::vector<std::string> handoff = {};      // loop: patterns of those it may hand over to
  bool approve_plan = false;                  // a person is asked before a plan is carried out
  int plans_max = 5;                          // of one run: the first and what it is replaced by
  Json plan = nullptr;                // a saved one, carried out without asking a model to plan
  Json script = nullptr;              // workflow: a DurableSource
  std::string reasoning_effort = {};  // loop, code: of each model call; empty: the model's usual
};
Json to_json(const StrategyOptions& options);
Result<StrategyOptions> strategy_options_from_json(const Json& value);

// From the fields of `agent {…}` and `workflow {…}` that agent_spec_from leaves. Errors name the
// field.
Result<StrategyOptions> strategy_options_from(const Json& fields, bool is_workflow);

// An agent that was defined by a file or by JSON.
class DefinedAgent : public Agent {
 public:
  DefinedAgent(AgentSpec spec, StrategyOptions options)
      : spec_(std::move(spec)), options_(std::move(options)) {}

  const AgentSpec& spec() const override { return spec_; }
  const StrategyOptions& options() const { return options_; }

 private:
  const AgentSpec spec_;
  const StrategyOptions options_;
};
// Those of an agent that has none are empty.
StrategyOptions options_of(const Agent& agent);

// The input of a run, completed with its schema's defaults. `task` counts as the field "task" of an
// input that has one. Errors: invalid, in one line.
Result<Json> fitting_input(const StrategyOptions& options, const Json& input,
                           const std::string& task);

}  // namespace yoke
