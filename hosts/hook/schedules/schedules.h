#pragma once

#include <memory>

#include "hosts/hook/endpoint.h"
#include "hosts/hook/hook_log.h"
#include "hosts/hook/schedules/scheduler.h"
#include "hosts/hook/services.h"

namespace yoke {

// The schedules of yoke.toml and those made by API, started through `services`.
//
// Ownership: the scheduler borrows the services. Call load() before it is used, then run() as a
// task.
// Errors: what is wrong with a section, with its line.
Result<std::unique_ptr<Scheduler>> make_scheduler(HookServices services, HookLog log = {});

// A schedule as lists show it: what was written, where it is from, its next times, its last start.
Json schedule_view(const Scheduler::Entry& entry, Micros now);

// /v1/schedules. `scheduler` outlives the endpoints.
void add_schedules(Endpoints& endpoints, HookServices services, Scheduler& scheduler);

}  // namespace yoke
