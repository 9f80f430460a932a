#pragma once

#include <string>
#include <vector>

#include "hosts/config/config.h"

namespace yoke {

class Project;

// What the project's agents and workflows are run by: the names of the files in their folders. None
// is read.
std::vector<std::string> agent_names(const Config& config);

// Entries of [budgets.agents] that are no agent's name and come near one's: a budget with a typo
// bounds nothing. Others may be of agents elsewhere.
std::vector<Error> misspelt_budgets(const Config& config, Project& project);
// Those others.
std::vector<Error> budgets_of_strangers(const Config& config, Project& project);

}  // namespace yoke
