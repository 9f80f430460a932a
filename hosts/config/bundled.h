#pragma once

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "hosts/config/config.h"

namespace yoke {

// Reads `[bundled]` of a yoke.toml into config.bundled. config.secrets is read before.
// Errors: invalid; `place` is file:line; an unknown key comes with the nearest known one.
Result<void> read_bundled(const toml::table& root, Config& config);

}  // namespace yoke
