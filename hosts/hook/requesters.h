#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/store/store.h"

// Who had a run started, so that they can be kept from answering for others what it asks.
namespace yoke {

// The note of a run that something started by itself (a schedule): whoever had it do so.
Json note_of_requesters(const std::vector<std::string>& names);

// The run's `by`, and those in its note and in the notes of the runs that it was made for.
// Errors: those of reading the journal.
awaitable<Result<std::vector<std::string>>> requesters_of(Store& store, RunRow row);

}  // namespace yoke
