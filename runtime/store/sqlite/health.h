#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "runtime/store/sqlite/database.h"
#include "runtime/store/store.h"

namespace yoke::sqlite {

// Whether the disk can still be trusted. Once it cannot, every later call is a fault: a sync that
// failed must never be tried again, for the kernel may have dropped what was not written.
//
// Threads: any.
class Health {
 public:
  explicit Health(std::string store_path) : path_(std::move(store_path)) {}

  // Throws StoreFault when a call has ended it.
  void check() const;
  // What the callers shall read; ends the store when the failure says that the disk is bad.
  std::string judge(const SqlError& error);
  void end(const std::string& why);

 private:
  const std::string path_;
  std::atomic<bool> ended_ = false;
  mutable std::mutex mutex_;
  std::string why_;
};

// What the store has done since it was opened; for tests, benchmarks and metrics.
struct Counters {
  std::atomic<std::uint64_t> commits = 0;
  std::atomic<std::uint64_t> calls = 0;  // that shared these commits
  std::atomic<std::uint64_t> records = 0;
  std::atomic<std::uint64_t> checkpoints = 0;
};

}  // namespace yoke::sqlite
