#pragma once

#include <functional>
#include <memory>
#include <string>

#include "runtime/base/id.h"
#include "runtime/loop/clock.h"
#include "runtime/loop/offload.h"
#include "runtime/memory/memory.h"
#include "runtime/ports/embedder.h"

namespace yoke {

struct MemoryOptions {
  std::string path;                       // of the file; empty: in memory, gone with the process
  bool read_only = false;                 // beside a writer; what changes is refused as denied
  std::int64_t entries_max = 100'000;     // of one tenant
  std::size_t text_bytes_max = 16 << 10;  // of one entry
  std::string embed = {};                 // a route or "backend/model"; empty: words alone
  std::chrono::seconds embed_patience{20};
};

// Memory in one SQLite file. It is made when something is first remembered; until then nothing is
// there and nothing is found.
//
// Ownership: borrows its services, which must outlive it.
// Threads:   loop thread; the file is read on one thread of its own and written on another.
// Limits:    a search reads a bounded number of the words' places, however common they are, and
//            every vector of the places that it looks in.
class SqliteMemory final : public Memory {
 public:
  struct Services {
    WallClock& wall;
    Random& random;
    // Asked for at each use, as it is built later than this is; null: words alone.
    std::function<Embedder*()> embedder = {};
  };
  SqliteMemory(Services services, MemoryOptions options);
  ~SqliteMemory() override;

  awaitable<Result<SavedMemory>> save(NewMemory entry) override;
  awaitable<Result<MemoryFound>> search(MemoryQuery query) override;
  awaitable<Result<std::vector<MemoryEntry>>> list(MemoryListing listing) override;
  awaitable<Result<std::vector<MemoryEntry>>> forget(Forgetting wanted) override;
  awaitable<Result<std::int64_t>> erase(MemoryWhere where) override;
  awaitable<Result<std::int64_t>> embed_missing(std::string tenant, int limit) override;

 private:
  class Files;
  struct Asked;  // what an embedder made of texts

  Result<void> check(const NewMemory& entry) const;
  Embedder* embedder() const;
  awaitable<Asked> embed(EmbedRequest request);
  awaitable<std::string> add_vector(std::string id, std::string tenant, std::string caller,
                                    std::string text);
  Pool& reader();

  Services services_;
  const MemoryOptions options_;
  const std::shared_ptr<Files> files_;  // shared with jobs that still run when this has gone
  Pool writing_;
  Pool reading_;
};

// Where the memory of a store is: "memory.db" in the folder of a SQLite file, "" for a store in
// memory. Errors: unsupported (another kind of store, which has no file to be beside).
Result<std::string> memory_path_of(const std::string& store_url);

}  // namespace yoke
