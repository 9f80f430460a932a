#pragma once

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "hosts/config/config.h"

namespace yoke {

// Reads `[sandbox]` of a yoke.toml. Whether a key is a quota, and its value within bounds, is for
// tools/ to say. Errors: invalid; `place` is file:line.
Result<void> read_sandbox(const toml::table& root, Config& config);

}  // namespace yoke
