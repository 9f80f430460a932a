#pragma once

#include <string>

#include "hosts/app/app.h"
#include "hosts/cli/options.h"

namespace yoke {

struct AttendedOptions {
  CommonOptions common;
  WhenAsked when_asked = WhenAsked::ask;
  bool with_totals = true;  // a line of what it came to, at the end
};

// Starts a run, shows it, answers for the person, prints the totals; the exit status.
awaitable<int> run_attended(App& app, Terminal& terminal, StartRun start, AttendedOptions options);
// The same for a run that is there already.
awaitable<int> resume_attended(App& app, Terminal& terminal, std::string run_id,
                               AttendedOptions options);

// Hands the run to the process that holds the store, prints its id and leaves.
int run_detached(const CommonOptions& common, const RunOptions& options);

}  // namespace yoke
