#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agents/agent_extras.h"
#include "guards/guard_set.h"
#include "runtime/engine/agent.h"
#include "runtime/memory/memory.h"
#include "runtime/ports/run_extras.h"
#include "runtime/ports/run_hooks.h"
#include "tools/mcp/find_tools.h"

namespace yoke {

// What a host adds to every run besides its tools: guardrails, how much its model has room for,
// what is remembered that may matter to it, tools that are looked for, and hooks. Of all but hooks
// a run keeps what it began with: it is in its program's source. Hooks are those of the host that
// drives it.
//
// Ownership: the programs it hands out borrow its services; they end before it does.
class RunAdditions {
 public:
  // How many tokens the model of an agent, a route or "backend/model", and every route has room
  // for; those of which it is not known are left out.
  using WindowsOf = std::function<std::map<std::string, std::int64_t>(const std::string& model)>;

  RunAdditions(std::vector<guards::GuardRule> rules, guards::GuardServices services,
               WindowsOf windows_of, std::shared_ptr<RunHooks> hooks);

  // Where runs whose agents want it look for what is remembered; outlives them.
  void recall_from(Memory& memory) { memory_ = &memory; }

  // How many tools of MCP servers a model is shown; without it all.
  void show_tools(mcp::ShownTools shown) { shown_ = std::move(shown); }

  // The program with its additions. Errors: invalid: the agent names a guard that is none,
  // or wants to recall where nothing is remembered.
  Result<Program> add(Program program, const AgentExtras& extras) const;
  // The tools with what a program's source says of additions. Errors: invalid.
  Result<std::shared_ptr<const ToolSet>> kept(std::shared_ptr<const ToolSet> tools,
                                              const Json& source) const;

 private:
  const std::vector<guards::GuardRule> rules_;
  const guards::GuardServices services_;
  const WindowsOf windows_of_;
  const std::shared_ptr<RunHooks> hooks_;  // shared with every run's tools; null: none
  Memory* memory_ = nullptr;               // null: the project has none
  std::optional<mcp::ShownTools> shown_;
};

}  // namespace yoke
