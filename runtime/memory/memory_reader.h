#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/memory/memory.h"
#include "runtime/memory/ranking.h"
#include "runtime/memory/vectors.h"
#include "runtime/store/sqlite/database.h"

// Looks into the memory's file. Each is called within a Snapshot or a transaction.
namespace yoke::recall {

// A place as the file knows it.
struct Space {
  std::int64_t number = 0;
  MemoryPlace place;
  Collection collection;
};

// Those of the places that hold anything, at most kMemoryPlacesMax, last written to first.
std::vector<Space> spaces_of(sqlite::Database& database, const MemoryWhere& where);

// A question, ready to be looked for.
struct Question {
  MemoryWhere where;
  std::string text;
  std::string model = {};    // whose vector it is
  PackedVector vector = {};  // empty: by words alone
  int limit = 10;
  Micros now = 0;
};
std::vector<MemoryHit> search(sqlite::Database& database, const Question& question);

std::vector<MemoryEntry> list(sqlite::Database& database, const MemoryListing& listing, Micros now);

// The entry of that number; none when there is none.
std::optional<MemoryEntry> load(sqlite::Database& database, std::int64_t entry);
// The numbers of entries that have this key or id, in any of the places.
std::vector<std::int64_t> numbers_of(sqlite::Database& database, const MemoryWhere& where,
                                     const std::string& key);

// Ids and texts of a tenant's entries without a vector of that model; `model` empty: of any.
std::vector<std::pair<std::string, std::string>> without_vector(sqlite::Database& database,
                                                                const std::string& tenant,
                                                                const std::string& model,
                                                                int limit);

}  // namespace yoke::recall
