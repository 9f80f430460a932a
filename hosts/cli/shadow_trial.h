#pragma once

#include <string>

#include "hosts/app/app.h"
#include "runtime/base/time.h"
#include "trials/comparison.h"

namespace yoke {

// What a route answered beside what its shadows answered, from their journals: the route is the
// trial's first. `since`: of calls from then on.
// Errors: not_found, no shadow of that route is on record.
awaitable<Result<Trial>> trial_of_shadows(App& app, std::string route, Micros since);

}  // namespace yoke
