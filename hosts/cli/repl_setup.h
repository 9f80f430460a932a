#pragma once

#include "hosts/app/options.h"
#include "hosts/config/config.h"
#include "runtime/base/result.h"

namespace yoke {

// Where there is no yoke.toml: looks for keys and local servers, lets the person choose a model,
// and writes a yoke.toml into the current folder that has it as the default route. Reads lines from
// standard input, and blocks. False: the person wants none. Errors: not_found (there is no model to
// choose), unavailable.
Result<bool> set_up_first_run(Terminal& terminal, const Config& config);

}  // namespace yoke
