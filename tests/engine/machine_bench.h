#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agents/loop_agent.h"
#include "runtime/engine/machine.h"
#include "tests/support/fakes.h"
#include "tests/support/told_run.h"

namespace yoke {

// "tool.called c3.0, tool.returned c3.0": events as a test reads them.
inline std::string shape_of(const std::vector<Event>& events) {
  std::string shape;
  for (const Event& event : events) {
    if (!shape.empty()) shape += ", ";
    shape += spec_of(event.kind).name;
    if (!event.call_id.empty()) shape += " " + event.call_id;
  }
  return shape;
}

template <class Kind>
std::vector<std::string> started(const Plan& plan) {
  std::vector<std::string> ids;
  for (const Start& start : plan.starts) {
    if (const auto* wanted = std::get_if<Kind>(&start)) ids.push_back(wanted->call_id);
  }
  return ids;
}

using Ids = std::vector<std::string>;

// The machine with all it asks besides a state; the agent is the loop's unless a test gives
// another.
class MachineBench {
 public:
  explicit MachineBench(RunLimits limits = {}) : run(limits) {
    agent.described.name = "clerk";
    agent.described.model = "lab/small";
    agent.decide = [this](const RunState& state) { return loop_.next(state); };
    program.agent = std::shared_ptr<const Agent>(&agent, [](const Agent*) {});
    program.tools = std::shared_ptr<const ToolSet>(&tools, [](const ToolSet*) {});
    around.program = &program;
    around.policy = &policy;
    around.estimate = [this](const std::string&, const ModelRequest&) { return estimate; };
  }
  MachineBench(const MachineBench&) = delete;
  MachineBench& operator=(const MachineBench&) = delete;

  Plan plan() const { return plan_next(run.state, around, run.now); }
  Plan step() {
    Plan next = plan();
    adopt(next.events);
    return next;
  }
  void adopt(const std::vector<Event>& events) {
    for (const Event& event : events) run.add(event);
  }

  // A reply that wants these tools, with {"n": i}; the id of its first call.
  std::string reply_wants(const std::vector<std::string>& names) {
    std::vector<Part> parts;
    for (std::size_t i = 0; i < names.size(); ++i) {
      parts.push_back(call(names[i], static_cast<int>(i), "v" + std::to_string(i)));
    }
    return call_id_of(run.replied(std::move(parts)), 0);
  }
  const CallState& call_state(const std::string& id) const { return *run.state.find_call(id); }

  ToldRun run;
  FakeTools tools;
  FakeAgent agent;
  FakePolicy policy;
  Program program;
  Surroundings around;
  Result<ModelEstimate> estimate = ModelEstimate{10, 10, 0, true};

 private:
  LoopAgent loop_{AgentSpec{}, nullptr};
};

inline std::string field(const Event& event, const char* name) {
  return string_at(event.fields, name);
}

}  // namespace yoke
