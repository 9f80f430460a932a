#pragma once

#include <functional>
#include <map>
#include <string>

#include "runtime/store/keeper.h"

namespace yoke {

// How long what was said in runs is kept after they ended, by how they did.
using KeptFor = std::map<RunStatus, Micros>;

struct RetentionReport {
  std::int64_t erased = 0;
  // Past their time, and still needed: forks share them, or a run of their session goes on.
  std::int64_t kept = 0;
};

// Forgets what was kept of a run elsewhere, once it is erased. May be empty. It is called again by
// the next pass where it failed, or the process ended before it came back.
using ForgetRun = std::function<awaitable<Result<void>>(RunRow row)>;

// Erases what is past its time, the longest ago first; hashes, ledger and bare facts stay. `by`:
// who the rows say it was. Errors: of forget; denied (the store was opened for reading).
awaitable<Result<RetentionReport>> apply_retention(Store& store, StoreKeeper& keeper, KeptFor kept,
                                                   Micros now, std::string by, ForgetRun forget);

}  // namespace yoke
