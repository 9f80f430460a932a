#pragma once

#include "hosts/config/config.h"
#include "hosts/packages/capabilities.h"

namespace yoke {

// What the project has for the capabilities of declarative agents.
PackageMeans package_means_of(const Config& config);

}  // namespace yoke
