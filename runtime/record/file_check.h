#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runtime/record/record_file.h"
#include "runtime/record/root_file.h"

// A file of the record by itself, without any store: its runs, the roots in it, and both against
// roots and keys that somebody kept elsewhere. Pure.
namespace yoke {

struct FileFinding {
  std::string run_id;  // empty: of the file
  std::int64_t seq = 0;
  std::string what;
};
struct FileReport {
  std::vector<FileFinding> findings;
  FiledCounts counts;
  // How far runs are sealed and by whom, what was erased, and what nothing vouches for.
  std::vector<std::string> notes = {};
};

// `keys`: whose signature the roots must have that cover the runs, by a proof or in the file.
// `exported`: roots that were kept elsewhere, one of which each run is held to; only what is newer
// than that root in a file that goes on from it is not.
FileReport check_record_file(const std::function<bool(std::string&)>& next_line,
                             const std::vector<std::string>& keys,
                             const std::vector<RootFile>& exported);

}  // namespace yoke
