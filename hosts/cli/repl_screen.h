#pragma once

#include "hosts/cli/options.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

// Whether all three streams are one terminal that can be drawn on, and a person is to look at it.
bool has_screen(const Terminal& terminal, const CommonOptions& common);

// The conversation with all that a terminal can do.
int repl_at_screen(Terminal& terminal, const CommonOptions& common, const RunOptions& options);

}  // namespace yoke
