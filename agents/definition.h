#pragma once

#include <memory>
#include <string>

#include "agents/strategy.h"
#include "runtime/engine/agent.h"
#include "runtime/ports/script_host.h"

namespace yoke {

// An agent's specification from the fields of `agent {…}`. Errors name the field, the mend and, as
// `place`, the file and line.
Result<AgentSpec> agent_spec_from(const ScriptDefinition& definition, const ScriptSource& source);

// Reads an agent's Lua file. Exactly one definition: an agent, or a workflow, whose source the
// agent keeps.
Result<std::shared_ptr<const Agent>> agent_from_script(const ScriptSource& source,
                                                       ScriptHost& scripts);

// The agent of `yoke run -p`: no file, every tool of the project where it has any, the given route.
Result<std::shared_ptr<const Agent>> plain_agent(const std::string& model, bool with_tools);

// An agent of the strategy that its specification names.
Result<std::shared_ptr<const Agent>> make_agent(AgentSpec spec, StrategyOptions options = {});

// A specification as data, so that a run can keep it: agent_spec_from_json(to_json(s)) is s.
Json to_json(const AgentSpec& spec);
Result<AgentSpec> agent_spec_from_json(const Json& value);

// "steps=20,tokens=100000,usd=0.5,seconds=120" over `defaults`.
Result<RunLimits> parse_limits(const std::string& text, const RunLimits& defaults);

}  // namespace yoke
