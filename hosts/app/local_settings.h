#pragma once

#include "hosts/config/config.h"
#include "models/config.h"

namespace yoke {

// A backend's server on this machine, its references resolved: the environment it gets is what is
// named here, and a few variables that every program needs. A reference that leads nowhere is told
// in `settings`, as `missing`. Errors: invalid, with its place.
Result<LocalSettings> local_settings_of(const Config& config, const BackendConfig& backend,
                                        BackendSettings& settings);

LocalLimits local_limits_of(const Config& config);

}  // namespace yoke
