#pragma once

#include <sqlite3.h>

#include "runtime/base/result.h"

namespace yoke {

// Opens the database in `file`, a descriptor that is open for reading, and reads it through that
// descriptor alone: no name is looked up again, no other file is opened, nothing is written.
// What others change meanwhile is kept apart by SQLite's own locks. A write-ahead log is not read.
//
// Ownership: `file` stays open until the connection is closed; the caller closes both.
// Threads:   any; one connection is used by one at a time.
// Errors:    unavailable.
Result<sqlite3*> open_database_file(int file);

}  // namespace yoke
