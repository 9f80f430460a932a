#pragma once

#include "hosts/app/command.h"
#include "hosts/cli/options.h"
#include "trials/comparison.h"

namespace yoke {

// Prints the comparison of a trial, as a table or as JSON, and writes the page that was asked for;
// the exit status.
int report_trial(Terminal& terminal, const Trial& trial, const ModelsOptions& options,
                 const CommonOptions& common);

}  // namespace yoke
