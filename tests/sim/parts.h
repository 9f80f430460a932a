#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/loop_agent.h"
#include "runtime/engine/agent.h"
#include "tests/sim/actors.h"

// Runs of several parts: plans, durable scripts and children, from a seed. As with models and
// tools, what they want depends on the seed and on what they are told alone.
namespace yoke::sim {

inline constexpr const char* kHelperTool = "crew.helper";  // a tool that stands for an agent
inline constexpr const char* kCodeTool = "code.run";       // a script that a model wrote
inline constexpr const char* kHelper = "helper";           // the agent of all children
inline constexpr const char* kSignalNames[] = {"paid", "shipped"};

// An agent that works as its task says: it asks its model as any agent, where that may write
// scripts too; runs one script; or carries out a plan of calls, children, scripts, questions and
// timers, and changes it where a step fails.
class PartsAgent final : public Agent {
 public:
  PartsAgent(AgentSpec spec, std::uint64_t seed);

  const AgentSpec& spec() const override { return spec_; }
  std::vector<Action> next(const RunState& state) const override;
  std::string note_after(const Turn& turn) const override { return loop_.note_after(turn); }

 private:
  std::vector<Action> work_with_model(const RunState& state) const;
  std::vector<Action> run_script(const RunState& state) const;
  std::vector<Action> carry_out(const RunState& state) const;
  Action step_of(const RunState& state, int number) const;

  const AgentSpec spec_;
  const std::uint64_t seed_;
  const LoopAgent loop_;
};

// A script that the seed and its source make: sequences, branches side by side, races.
class SimScripts final : public DurableScripts {
 public:
  // `is_changed`: they are others than those that this scenario's runs began with.
  SimScripts(const Scenario& scenario, Outside& world, bool is_changed)
      : scenario_(scenario), world_(world), is_changed_(is_changed) {}

  awaitable<ToolOutcome> run(DurableScript script, ScriptSteps& steps,
                             CallContext& context) override;

 private:
  const Scenario& scenario_;
  Outside& world_;
  const bool is_changed_;
};

// The one agent that may be a child.
class SimFamily final : public Family {
 public:
  explicit SimFamily(std::function<Program()> make) : make_(std::move(make)) {}
  std::vector<std::string> names() const override { return {kHelper}; }
  Result<Program> program(std::string_view agent) const override;

 private:
  const std::function<Program()> make_;
};

}  // namespace yoke::sim
