#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agents/agent_extras.h"
#include "guards/guard_set.h"
#include "runtime/engine/agent.h"
#include "runtime/ports/run_extras.h"

namespace yoke {

// What a host adds to every run besides its tools: guardrails, and how much its model has room for.
// A run keeps what it began with: it is in its program's source.
//
// Ownership: the programs it hands out borrow its services; they end before it does.
class RunAdditions {
 public:
  // How many tokens a route or "backend/model" has room for; 0: not known.
  using WindowOf = std::function<std::int64_t(const std::string& target)>;

  RunAdditions(std::vector<guards::GuardRule> rules, guards::GuardServices services,
               WindowOf window_of);

  // The program with its additions. Errors: invalid: the agent names a guard that is none.
  Result<Program> add(Program program, const AgentExtras& extras) const;
  // The tools with what a program's source says of additions. Errors: invalid.
  Result<std::shared_ptr<const ToolSet>> kept(std::shared_ptr<const ToolSet> tools,
                                              const Json& source) const;

 private:
  const std::vector<guards::GuardRule> rules_;
  const guards::GuardServices services_;
  const WindowOf window_of_;
};

}  // namespace yoke
