#pragma once

#include <vector>

#include "hosts/config/config.h"
#include "runtime/record/retention.h"

// What is done to the record as a whole, by whoever holds the store: the command line, or the
// process that it asks.
namespace yoke {

// Makes roots over all runs that changed since the last, signed as [record] says. Errors: those of
// signing_key_of() and keeper_of(); invalid (the section).
awaitable<Result<std::vector<AuditRoot>>> seal_as_configured(const Config& config, Store& store);

struct ClearedRecord {
  RetentionReport retained;
  std::int64_t settled = 0;  // webhooks that were sent long ago, forgotten
  SweptFiles swept;
};
// Erases what [retention] says is past its time, and clears up what nothing needs any more. `wall`
// outlives the call. Errors: those of retain_as_configured() and keeper_of().
awaitable<Result<ClearedRecord>> clear_as_configured(const Config& config, Store& store,
                                                     WallClock& wall);

Json to_json(const ClearedRecord& cleared);

}  // namespace yoke
