#pragma once

#include <vector>

#include "hosts/packages/read_package.h"
#include "tools/skills/skills.h"

namespace yoke {

// The skills that an agent of the package may load: those of its own manifest, then its app's. What
// cannot be used is left out, and told. Reads the package's files.
std::vector<Skill> skills_of_package(const ReadPackage& read, const PackagedAgent& agent,
                                     PluginFindings& findings);

}  // namespace yoke
