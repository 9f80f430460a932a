#pragma once

#include "hosts/app/app.h"
#include "hosts/hook/schedules/schedule.h"

namespace yoke {

// What starting the schedule's run takes, save its key. Errors: invalid (no such agent, its
// limits). An agent's path is the operator's to write, in yoke.toml: one that was made by API has
// a name of the project's, whenever it starts.
Result<StartRun> run_of_schedule(App& app, const Schedule& schedule);

// That each schedule of yoke.toml can be started. Errors: invalid, with its line.
Result<void> check_schedules(App& app);

}  // namespace yoke
