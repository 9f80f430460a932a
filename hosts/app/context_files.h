#pragma once

#include <string>
#include <vector>

#include "agents/agent_extras.h"
#include "hosts/config/config.h"
#include "runtime/engine/agent.h"
#include "tools/skills/skills.h"

namespace yoke {

// What agents of a project are shown besides their instructions, and have besides their tools.

struct ContextFile {
  std::string name;  // relative to the project
  std::string text;
};

// Those of [context]; without one AGENTS.md, where there is one. Blocks on the disk. Errors:
// invalid (a named file that is not there or is no text), too_large (they are over bytes_max
// together); the place is the setting's.
Result<std::vector<ContextFile>> read_context(const Config& config);

// The skills of [skills], as they lie there now; a setting that is wrong is a problem.
FoundSkills skills_of(const Config& config);

// The instructions with what the files say and what is offered beside it. Pure.
std::string with_context(const std::string& instructions, const std::vector<ContextFile>& files,
                         const std::string& offer);

// The program with its context and its skills, both kept in its source. Errors: invalid.
Result<Program> in_context(Program program, const AgentExtras& extras, const Config& config);
// The tools with the skills that a program's source keeps. Errors: invalid.
Result<std::shared_ptr<const ToolSet>> with_kept_skills(std::shared_ptr<const ToolSet> tools,
                                                        const Json& source);

}  // namespace yoke
