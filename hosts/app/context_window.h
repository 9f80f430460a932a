#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "hosts/config/config.h"
#include "models/router.h"

namespace yoke {

// How many tokens a request to the route or "backend/model" and its answer may have together: the
// least of what is known of its targets, from [backends.NAME.models] and the table that ships with
// the program; 0: nothing is known.
std::int64_t window_of(const Config& config, const Router& models, const std::string& target);

// The windows that are known, of a model and of every route.
std::map<std::string, std::int64_t> windows_of(const Config& config, const Router& models,
                                               const std::string& model);

}  // namespace yoke
