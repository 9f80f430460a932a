#pragma once

#include "hosts/config/config.h"
#include "models/routes/settings.h"
#include "runtime/base/result.h"

namespace yoke {

// The route as the router takes it, its scripts read. Errors: of a script or a pattern, with their
// place.
Result<RouteSettings> route_settings_of(const Config& config, const std::string& name,
                                        const RouteConfig& route);

}  // namespace yoke
