#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/engine/agent.h"
#include "runtime/loop/clock.h"
#include "runtime/ports/model.h"
#include "runtime/ports/policy.h"
#include "runtime/ports/tool.h"

// Hand-written stand-ins for what the engine drives. All for the loop thread only.
namespace yoke {

// Wall time that moves with the loop's virtual clock.
class VirtualWall final : public WallClock {
 public:
  Micros now() override;
  Micros skew = 0;
};

inline constexpr LoopClock::duration kNever = LoopClock::duration::max();
// Waits that long on the loop's clock; kNever: until cancelled.
awaitable<void> pause_for(LoopClock::duration delay);

struct FakeReply {
  ModelOutcome outcome;
  LoopClock::duration delay{};
  std::vector<Delta> deltas = {};
  std::exception_ptr throws = {};
};
FakeReply says(std::string words, NanoUsd cost = 0);
FakeReply wants(std::vector<Part> calls, NanoUsd cost = 0);
FakeReply breaks(FailureClass failure_class, std::string message);

// A model that answers as its script says: the n-th call (from 1) of this request.
class FakeModel final : public Model {
 public:
  using Script = std::function<FakeReply(const ModelRequest&, int number)>;

  awaitable<ModelOutcome> call(ModelRequest request, Deadline deadline, DeltaSink sink) override;
  Result<ModelEstimate> estimate(const ModelRequest& request) const override;

  void answer_in_turn(std::vector<FakeReply> replies);

  Script script;
  NanoUsd estimated_cost = 0;
  NanoUsd most_cost = 0;       // with all that a route would add; 0: nothing
  bool priced = true;          // whether its price is known
  std::string unknown_target;  // estimate() knows no such target
  std::vector<ModelRequest> requests;
  int stopped = 0;  // calls that were cancelled
};

class FakeTool final : public Tool {
 public:
  FakeTool(std::string name, Effect effect);

  const ToolSpec& spec() const override { return spec_; }
  Result<Json> check(const Json& args) const override;
  awaitable<ToolOutcome> call(ToolRequest request, CallContext& context) override;
  awaitable<ProbeOutcome> probe(ToolRequest request, CallContext& context) override;

  ToolSpec& change() { return spec_; }
  void answer_probes(ProbeOutcome outcome);

  std::function<ToolOutcome(const ToolRequest&)> answer;
  std::function<LoopClock::duration(const ToolRequest&)> delay;
  std::function<void(const ToolRequest&, CallContext&)> on_start;
  // Beside all that: what the call does with its context, and its outcome.
  std::function<awaitable<ToolOutcome>(ToolRequest, CallContext&)> work;
  std::exception_ptr throws;
  std::string refuses;  // check() says so
  Json defaults = Json::object();
  ProbeOutcome probed;
  LoopClock::duration probe_delay{};
  std::vector<ToolRequest> started;
  int finished = 0;
  int stopped = 0;
  int probes = 0;

 private:
  ToolSpec spec_;
};

class FakeTools final : public ToolSet {
 public:
  FakeTool& add(std::string name, Effect effect);
  FakeTool& at(const std::string& name) { return *tools_.at(name); }
  void remove(const std::string& name) { tools_.erase(name); }

  Tool* find(std::string_view name) const override;
  std::vector<const ToolSpec*> list() const override;

 private:
  std::map<std::string, std::unique_ptr<FakeTool>, std::less<>> tools_;
};

// Verdicts by tool; what is not named is allowed by "default", or asked about when the agent asks.
class FakePolicy final : public Policy {
 public:
  PolicyDecision decide(const PolicyQuery& query) const override;

  std::map<std::string, PolicyDecision, std::less<>> rules;
  mutable std::vector<PolicyQuery> queries;
};

// An agent whose next() is a function of the test's.
class FakeAgent final : public Agent {
 public:
  const AgentSpec& spec() const override { return described; }
  std::vector<Action> next(const RunState& state) const override { return decide(state); }
  std::string note_after(const Turn&) const override { return {}; }

  AgentSpec described;
  std::function<std::vector<Action>(const RunState&)> decide;
};

// Restores the one program there is, or what the test makes of the source.
class FakePrograms final : public Programs {
 public:
  awaitable<Result<Program>> restore(Json source) override;

  Program program;
  std::function<Program(const Json& source)> of_source;
  std::string refuses;  // restores nothing, and says this
  LoopClock::duration delay{};
  std::vector<Json> restored;
};

}  // namespace yoke
