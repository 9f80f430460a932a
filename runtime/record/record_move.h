#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/record/record_file.h"

// Runs out of a store and into another. Each is read and written whole, one after the other.
namespace yoke {

// A run with all that belongs to it; with the newest root that covers it, where `keeper` (may be
// null) has one. Errors: not_found; unavailable (its journal cannot be read).
awaitable<Result<FiledRun>> read_filed(Store& store, StoreKeeper* keeper, std::string run_id);

// Everything that a store holds and that outlasts it: runs of all tenants, oldest first, roots,
// small values, what was spent outside of runs. Errors: a run that cannot be read, or whose chain
// is broken: nothing is to be made of the file then.
awaitable<Result<FiledCounts>> export_store(Store& store, StoreKeeper& keeper,
                                            RecordFileWriter& writer);

struct Imported {
  std::int64_t runs = 0;  // that are new here
  std::int64_t same = 0;  // that were here already
  std::int64_t events = 0;
  std::int64_t roots = 0;
  bool roots_left_out = false;  // the store had runs of its own, and has roots of its own
  std::int64_t values = 0;      // small values, keys and schedules among them
  std::int64_t values_left_out = 0;
};

// Small values come in only where the store takes the other's place by this file, and only those
// that are not there: what was removed since, a revoked key above all, does not come back.
//
// Takes in what `next_line` gives (false: no more), verifying each run first, and each root against
// the runs that it covers and the root before it, also where it is left out. What is wrong ends it:
// what came before that stays, and the same file can be taken in again. Who wants nothing of a file
// that is not whole calls check_record_file() first; keys and roots kept elsewhere are its matter.
awaitable<Result<Imported>> import_store(Store& store, StoreKeeper& keeper,
                                         std::function<bool(std::string&)> next_line);

}  // namespace yoke
