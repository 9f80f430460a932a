#pragma once

#include <cstdint>
#include <string>

#include "hosts/config/config.h"
#include "models/router.h"

namespace yoke {

// How many tokens a request to the route or "backend/model" and its answer may have together: the
// least of what is known of its targets, from [backends.NAME.models] and the table that ships with
// the program; 0: nothing is known.
std::int64_t window_of(const Config& config, const Router& models, const std::string& target);

}  // namespace yoke
