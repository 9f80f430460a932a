#pragma once

#include <string>
#include <vector>

#include "runtime/journal/run_state.h"
#include "runtime/store/store.h"

// Reading journals: needs a store and nothing else, so that it works beside a running host.
namespace yoke {

awaitable<Result<std::vector<Event>>> read_events(Store& store, std::string run_id);
awaitable<Result<std::vector<Record>>> read_records(Store& store, std::string run_id);

// The run as its journal says; `prior` holds the messages of its session's earlier runs.
// Errors: not_found; invalid when the journal is broken, with the event where.
awaitable<Result<RunState>> read_state(Store& store, std::string run_id);

}  // namespace yoke
