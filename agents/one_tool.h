#pragma once

#include <memory>
#include <string>

#include "runtime/engine/agent.h"

// Calling a tool once, as a run: so that it is journaled, asked about, within the budgets and
// replayable.
namespace yoke {

// The agent of such a run: its input is the call's arguments, and it ends as the call does: the
// tool's value is its output, a failure its message, with the reason "tool.OUTCOME". It asks no
// model.
//
// `listed_as`: the agent's name in lists of runs.
std::shared_ptr<const Agent> one_tool_agent(std::string listed_as, std::string tool);

// Whether an agent's specification is of such a one; the agent again.
bool is_one_tool(const Json& spec);
std::shared_ptr<const Agent> restore_one_tool(const Json& spec);

}  // namespace yoke
