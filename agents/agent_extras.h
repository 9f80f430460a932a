#pragma once

#include <string>
#include <vector>

#include "runtime/ports/script_host.h"

namespace yoke {

// What an agent's file says of what its host adds to it. Plain data.
struct AgentExtras {
  std::vector<std::string> skills = {"*"};  // patterns of names: offered to the model
  std::vector<std::string> guards = {};     // names of [guards.NAME]
  // {"most":5,"scopes":["session","user","agent","shared"]}: what its runs are shown of memory as
  // they begin; null: nothing.
  Json recall = nullptr;
  bool context = true;  // whether it is shown the project's context files
};

// The same fields of `agent {…}` that agent_spec_from leaves. Errors name the field and the mend;
// `place` is file:line.
Result<AgentExtras> agent_extras_from(const ScriptDefinition& definition,
                                      const ScriptSource& source);
// Of an agent's Lua file, which defines exactly one agent.
Result<AgentExtras> agent_extras_of(const ScriptSource& source, ScriptHost& scripts);

}  // namespace yoke
