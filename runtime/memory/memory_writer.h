#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/memory/memory.h"
#include "runtime/memory/vectors.h"
#include "runtime/store/sqlite/database.h"

// Changes to the memory's file. Each is one transaction of its own, or a slice of what is too
// large for one.
namespace yoke::recall {

struct Written {
  SavedMemory saved;
  bool erased = false;  // something was: the log is to be cut
};

struct SaveOrder {
  NewMemory entry;
  std::string id;
  Micros now = 0;
  std::int64_t entries_max = 0;  // of the tenant
};
// Errors: exhausted.
Result<Written> save(sqlite::Database& database, const SaveOrder& order);

// Gives the entry its one vector, unless it is gone.
void put_vector(sqlite::Database& database, const std::string& id, const std::string& model,
                const PackedVector& vector);

// Errors: conflict.
Result<std::vector<MemoryEntry>> forget(sqlite::Database& database, const Forgetting& wanted);

// A part of what is there, at most so many places; 0 when nothing is left.
std::int64_t erase_some(sqlite::Database& database, const MemoryWhere& where, int places_max);

}  // namespace yoke::recall
