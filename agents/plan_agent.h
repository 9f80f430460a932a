#pragma once

#include <memory>
#include <optional>

#include "agents/plan.h"
#include "agents/strategy.h"
#include "runtime/schema/schema.h"

namespace yoke {

// The tool by which a model proposes its plan.
inline constexpr const char* kPlanTool = "plan.propose";

// The strategy "plan": the model proposes a graph of steps, which is checked, shown, where the
// agent says so approved by a person, and carried out as a durable script, independent steps side
// by side. What came of it goes back to the model: it answers, or proposes another plan that may
// use what was done. A plan that is none goes back too; after kMendsMax such in a row the run fails
// as `plan.invalid`. With options().plan no model plans: the saved plan is carried out and one
// model call answers.
class PlanAgent final : public DefinedAgent {
 public:
  static constexpr int kMendsMax = 4;
  static constexpr int kRepairsMax = 2;  // of an answer that does not fit its schema
  static constexpr int kEditsMax = 3;    // of a plan by a person that are wrong

  PlanAgent(AgentSpec spec, StrategyOptions options, std::shared_ptr<const Schema> output)
      : DefinedAgent(std::move(spec), std::move(options)), output_(std::move(output)) {}

  std::vector<Action> next(const RunState& state) const override;
  std::string note_after(const Turn& turn) const override;
  void shape(ModelRequest& request) const override;

 private:
  std::vector<Action> follow_saved(const RunState& state) const;
  std::vector<Action> act_on(const RunState& state, const std::string& id, const Json& args) const;
  std::vector<Action> carry_out(const RunState& state, const std::string& id, Json plan) const;
  std::vector<Action> after_plans(const RunState& state, const Turn& turn) const;
  PlanScope scope_of(const RunState& state) const;

  std::shared_ptr<const Schema> output_;  // shared: immutable
};

}  // namespace yoke
