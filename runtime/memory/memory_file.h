#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/store/sqlite/database.h"
#include "runtime/store/sqlite/side_lock.h"

// The file that memory is kept in.
namespace yoke::recall {

inline constexpr int kFileVersion = 1;

// The side that changes the file: one connection, which also does all checkpoints, behind the lock
// that keeps other processes from writing. An empty path is a database in memory.
//
// Threads: one at a time.
class WriteFile {
 public:
  // Errors: conflict (another process writes it), unavailable, unsupported (of a newer version).
  // SqlError and StoreFault pass through.
  static Result<std::unique_ptr<WriteFile>> open(const std::string& path);
  WriteFile(std::optional<sqlite::SideLock> lock, const std::string& path);  // open() makes them
  ~WriteFile();
  WriteFile(const WriteFile&) = delete;
  WriteFile& operator=(const WriteFile&) = delete;

  sqlite::Database& database() { return database_; }
  // After a commit. What was erased is in the log until that is cut: `erased` says that it must be.
  void settle(bool erased);

 private:
  std::optional<sqlite::SideLock> lock_;
  sqlite::Database database_;
  const bool on_disk_;
  bool erased_ = false;  // something that was erased is still in the log
};

// A connection that only reads; none where there is no file yet. Errors: unsupported.
Result<std::unique_ptr<sqlite::Database>> open_to_read(const std::string& path);

// A look at the file as it stood at one moment: a scope.
class Snapshot {
 public:
  explicit Snapshot(sqlite::Database& database);
  ~Snapshot();
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

 private:
  sqlite::Database& database_;
};

}  // namespace yoke::recall
