#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/agent.h"
#include "runtime/ports/model.h"
#include "runtime/ports/policy.h"
#include "tests/sim/outside.h"

// Model, tools and policy of a simulated process. What they do depends on the seed and on what they
// are asked alone; when they do it does not matter.
namespace yoke::sim {

inline constexpr LoopClock::duration kToolTimeout = std::chrono::seconds(3);

// What a seed is about.
struct Scenario {
  explicit Scenario(std::uint64_t seed);

  std::uint64_t seed;
  int runs = 1;
  std::uint64_t turns_max = 3;
  int calls_at_once = 16;
  bool session = false;       // the second run goes on with the first one's conversation
  bool overlaps = false;      // … and begins before the first has ended
  bool queues = false;        // … or waits for it
  bool at_once = false;       // a run's first call is journaled with its start
  bool interrupts = false;    // … or interrupts it, and goes on from there
  bool caller_tools = false;  // models are offered tools that the client carries out
  bool parts = false;         // runs have plans, scripts and children
  bool changes = false;       // … and every process but the first has other scripts
  RunLimits limits;
  NanoUsd budget = 0;  // of a day, shared by all runs; 0: none
};

class SimTool final : public Tool {
 public:
  SimTool(std::string name, Effect effect, bool has_probe, std::uint64_t seed, Outside& world,
          const std::int64_t& epoch);

  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override;
  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override;
  awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) override;

 private:
  ToolSpec spec_;
  const std::uint64_t seed_;
  Outside& world_;
  const std::int64_t& epoch_;  // of the process that the tool runs in
};

class SimTools final : public ToolSet {
 public:
  SimTools(std::uint64_t seed, Outside& world, const std::int64_t& epoch);

  Tool* find(std::string_view name) const override;
  std::vector<const ToolSpec*> list() const override;

 private:
  std::map<std::string, std::unique_ptr<SimTool>, std::less<>> tools_;
};

class SimModel final : public Model {
 public:
  SimModel(const Scenario& scenario, Outside& world) : scenario_(scenario), world_(world) {}

  awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) override;
  Result<ModelEstimate> estimate(const ModelRequest& request) const override;

 private:
  ModelReply reply_to(const ModelRequest& request, Chance& chance) const;

  const Scenario& scenario_;
  Outside& world_;
};

// Tools whose name begins with "ask" need a person's leave, "deny" is forbidden.
class SimPolicy final : public Policy {
 public:
  PolicyDecision decide(const PolicyQuery& query) const override;
};

class SimPrograms final : public Programs {
 public:
  awaitable<Result<Program>> restore(Json source) override;
  Program program;
  Program helper;  // of children
};

// What a model, a script or a plan may want called.
std::string random_tool(Chance& chance, bool of_clients);
Json random_args(Chance& chance);

// Tools of the clients, and what a client says came of a call: always the same, whoever asks. Null:
// it never says anything.
std::vector<ToolSpec> tools_of_clients();
Json caller_answer(std::uint64_t seed, const QuestionState& question);
// What it says when it is too late to say anything.
Json late_answer();

// What a person answers: to a request for leave always the same, whoever asks how often.
Json approval_answer(std::uint64_t seed, const QuestionState& question);

}  // namespace yoke::sim
