#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/record/record_file.h"
#include "runtime/record/root_file.h"

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
};

// Takes in what `next_line` gives (false: no more), verifying each run first. What is wrong ends
// it: runs before that stay, and the same file can be taken in again.
awaitable<Result<Imported>> import_store(Store& store, StoreKeeper& keeper,
                                         std::function<bool(std::string&)> next_line);

// What is found in a file without any store.
struct FileFinding {
  std::string run_id;  // empty: of the file
  std::int64_t seq = 0;
  std::string what;
};
struct FileReport {
  std::vector<FileFinding> findings;
  FiledCounts counts;
  std::vector<std::string> notes = {};  // how far runs are sealed, and by whom
};
// `keys` as of wrong_in_proof(); `exported`: roots that runs in the file may be covered by.
FileReport check_record_file(const std::function<bool(std::string&)>& next_line,
                             const std::vector<std::string>& keys,
                             const std::vector<RootFile>& exported);

}  // namespace yoke
