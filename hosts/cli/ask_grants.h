#pragma once

#include <string>

#include "hosts/app/app.h"
#include "hosts/app/project.h"
#include "hosts/cli/options.h"

namespace yoke {

// Asks the person for what tools need and were not granted, and remembers a yes in yoke.lock. Where
// nobody can be asked it says how to grant. False: something stays ungranted. Blocks on standard
// input.
// For all that a run of the program may call, itself and through the agents that it starts.
bool ask_grants(Project& project, Terminal& terminal, const Program& program, WhenAsked when_asked);
bool ask_grants(Project& project, Terminal& terminal, const std::string& tool,
                WhenAsked when_asked);

// The same for packages whose plugins nobody has taken, of the program and the agents that it
// starts, and for the shared keys that they name: a yes pins them in yoke.lock. Else their first
// call in a run asks.
bool ask_packages(App& app, Terminal& terminal, const Program& program, WhenAsked when_asked);
// For the shared keys that the plugin of one tool names.
bool ask_keys(App& app, Terminal& terminal, const std::string& tool, WhenAsked when_asked);

}  // namespace yoke
