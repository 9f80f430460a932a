#pragma once

#include <string>

#include "hosts/cli/options.h"

namespace yoke {

// `yoke repl`: at a screen with all that a terminal can do, else in plain lines. `url`: of the host
// to talk to; empty: whoever holds the store, else this process.
int repl_with(const CommonOptions& common, const RunOptions& options, const std::string& url);

}  // namespace yoke
