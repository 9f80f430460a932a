#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "runtime/base/json.h"
#include "runtime/loop/clock.h"

namespace yoke {

struct SqliteLimits {
  std::size_t rows_max = 1'000;            // of one answer
  std::size_t answer_bytes_max = 200'000;  // cells of one answer
  std::int64_t steps_max = 50'000'000;     // of SQLite's own machine
  int cell_bytes_max = 256 << 10;          // longer texts are refused, also within a statement
  std::int64_t memory_bytes_max = 64 << 20;
  std::chrono::milliseconds time_max = std::chrono::seconds(10);
};

struct SqliteQuestion {
  std::string sql;
  Json params = Json::array();
  std::size_t rows = 100;  // of the answer, at most
};

// Answers one SQL statement that only reads from the database in `file`, a descriptor open for
// reading: {"columns":[…],"rows":[[…],…],"more":false}; `more` when rows were left out. A BLOB is
// {"base64":…}. Statements that do more than read are refused before they run: the schema of the
// file is a stranger's too, and gets no further.
//
// Threads: any; blocks, until `deadline` at most.
// Errors:  invalid (the statement, with SQLite's words), denied (it does more than read), too_large
//          (a bound, named), timed_out, unavailable (no database, or somebody is writing to it).
Result<Json> ask_sqlite(int file, const SqliteQuestion& question, Deadline deadline,
                        const SqliteLimits& limits = {});

}  // namespace yoke
