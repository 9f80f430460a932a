#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/journal/run_state.h"
#include "runtime/store/store.h"

// Reading journals: needs a store and nothing else, so that it works beside a running host.
namespace yoke {

awaitable<Result<std::vector<Event>>> read_events(Store& store, std::string run_id);
awaitable<Result<std::vector<Record>>> read_records(Store& store, std::string run_id);

// The run as its journal says; `prior` holds the messages of its session's earlier runs, as far as
// they had come when this one began.
// Errors: not_found; unavailable when the journal is damaged: which run's, and at which event.
awaitable<Result<RunState>> read_state(Store& store, std::string run_id);
// The same up to event `seq` (0: all there is), without `prior`.
awaitable<Result<RunState>> read_state_at(Store& store, std::string run_id, std::int64_t seq);
// The messages of a session's runs up to and with event `seq` of this one, oldest first; of what
// was erased there are none.
awaitable<Result<std::vector<Message>>> session_before(Store& store, std::string run_id,
                                                       std::int64_t seq);

}  // namespace yoke
