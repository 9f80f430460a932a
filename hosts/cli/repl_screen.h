#pragma once

#include <string>

#include "hosts/cli/options.h"
#include "hosts/terminal/terminal.h"

namespace yoke {

// Whether all three streams are one terminal that can be drawn on, and a person is to look at it.
bool has_screen(const Terminal& terminal, const CommonOptions& common);

// The conversation with all that a terminal can do. `url`: of the host to talk to; empty: whoever
// holds the store, else this process.
int repl_at_screen(Terminal& terminal, const CommonOptions& common, const RunOptions& options,
                   const std::string& url);

// `yoke repl`: at a screen, or plainly.
int repl_with(const CommonOptions& common, const RunOptions& options, const std::string& url);

}  // namespace yoke
