#pragma once

#include <string>

#include "hosts/app/project.h"
#include "hosts/cli/options.h"

namespace yoke {

// Asks the person for what tools need and were not granted, and remembers a yes in yoke.lock. Where
// nobody can be asked it says how to grant. False: something stays ungranted. Blocks on standard
// input.
bool ask_grants(Project& project, Terminal& terminal, const ToolSet& tools, WhenAsked when_asked);
bool ask_grants(Project& project, Terminal& terminal, const std::string& tool,
                WhenAsked when_asked);

}  // namespace yoke
