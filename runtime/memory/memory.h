#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/label.h"
#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "runtime/loop/asio.h"

namespace yoke {

// Who finds an entry again. Each owner of each scope is a place of its own in a tenant, and no
// search looks beyond the places that it names.
enum class MemoryScope : std::uint8_t { run, session, user, agent, shared };
std::string_view name_of(MemoryScope scope);
std::optional<MemoryScope> memory_scope_from_name(std::string_view name);

struct MemoryPlace {
  MemoryScope scope = MemoryScope::shared;
  std::string owner;  // the run, session, user or agent; empty for `shared`

  bool operator==(const MemoryPlace&) const = default;
};
std::string to_text(const MemoryPlace& place);  // "session:ops", "shared"

// Where to look: within one tenant, always.
struct MemoryWhere {
  std::string tenant;
  std::vector<MemoryPlace> places = {};   // these; none: all that the next two leave
  std::optional<MemoryScope> scope = {};  // of this scope
  std::optional<std::string> owner = {};  // of this owner
};

// Who remembered it.
struct MemorySource {
  std::string run;
  std::string call;
  std::string agent;
};

struct MemoryEntry {
  std::string id;  // a ULID; a replaced entry's is gone with it
  MemoryPlace place;
  std::string key;  // unique in its place; made of the text where none was given
  std::string text;
  Label label;  // of what was remembered: whoever reads it is tainted by it
  MemorySource source;
  Micros created = 0;  // when the key was first remembered
  Micros updated = 0;
  Micros expires = 0;  // 0: never
  bool has_vector = false;
};

struct NewMemory {
  std::string tenant;
  MemoryPlace place;
  std::string key = {};  // one of the place is replaced; empty: made of the text
  std::string text;
  Label label;
  MemorySource source = {};
  Micros expires = 0;
  std::string caller = {};  // whose budgets the vector draws on
};

struct SavedMemory {
  std::string id;
  std::string key;
  bool replaced = false;
  std::string note;  // why it has no vector although one was wanted; else empty
};

struct MemoryQuery {
  MemoryWhere where;
  std::string text;
  int limit = 10;
  std::string caller = {};  // whose budgets the query's vector draws on
};

struct MemoryHit {
  MemoryEntry entry;
  double score = 0;  // of this search: higher is nearer, comparable with nothing else
  bool by_words = false;
  bool by_vector = false;
};

struct MemoryFound {
  std::vector<MemoryHit> hits;  // the nearest first
  std::string note;             // why vectors had no part in it although they should; else empty
};

struct MemoryListing {
  MemoryWhere where;
  std::string key = {};     // of this key or id
  std::string before = {};  // an id: those older than it
  int limit = 50;
};

struct Forgetting {
  MemoryWhere where;
  std::string key;   // or id
  bool all = false;  // where several places have such a key: all of them
};

// Bounds of one entry and one request.
inline constexpr std::size_t kMemoryKeyBytesMax = 200;
inline constexpr std::size_t kMemoryQueryBytesMax = 8'192;
inline constexpr int kMemoryHitsMax = 100;
inline constexpr int kMemoryPageMax = 1'000;
inline constexpr int kMemoryPlacesMax = 1'000;  // that one search looks in, the newest first

// What agents remember: texts that are found again by their words and by their sense.
//
// Threads: called and answered on the loop thread; the work itself is done elsewhere.
// Errors:  outcomes in Result: invalid, too_large and exhausted name the bound. StoreFault when
//          the disk or the file is bad.
// Cancellation: the call is abandoned; what it was to change is wholly changed or not at all.
class Memory {
 public:
  virtual ~Memory() = default;

  // Errors: too_large (text), exhausted (the tenant's entries), invalid (key, owner, expiry).
  virtual awaitable<Result<SavedMemory>> save(NewMemory entry) = 0;
  virtual awaitable<Result<MemoryFound>> search(MemoryQuery query) = 0;
  virtual awaitable<Result<std::vector<MemoryEntry>>> list(
      MemoryListing listing) = 0;  // newest first

  // Erases text, words and vector, from the file and its log. What was forgotten, without its text;
  // none: there was no such entry. Errors: conflict (several places have it; names them).
  virtual awaitable<Result<std::vector<MemoryEntry>>> forget(Forgetting wanted) = 0;
  // Everything there; gives how many entries.
  virtual awaitable<Result<std::int64_t>> erase(MemoryWhere where) = 0;

  // Makes the vectors that are missing, at most `limit`; gives how many. Errors: unsupported (no
  // embedder), unavailable (it failed; those before it are kept).
  virtual awaitable<Result<std::int64_t>> embed_missing(std::string tenant, int limit) = 0;
};

}  // namespace yoke
