#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/store/roots.h"
#include "runtime/store/store.h"

namespace yoke {

// A head as a root covers it, and what the journal says there now.
struct CoveredHead : RunHead {
  std::int64_t n = 0;              // of the root
  std::optional<Hash> found = {};  // none: the run or its event is gone
};

// A run as it moves from one store to another, with all that belongs to it.
struct MovedRun {
  RunRow row;
  // 1..head_seq as Store::read() gives them: a fork's begin with its parent's.
  std::vector<Record> records = {};
  std::vector<LedgerRow> ledger = {};    // of its own calls
  std::vector<InboxMessage> inbox = {};  // not yet taken
  std::vector<OutboxRow> outbox = {};    // not yet sent
  std::string program = {};              // the blob of row.plan_hash; empty: it is gone
};

struct KeptValue {
  std::string space;
  KvEntry entry;
};

struct EndedRun {
  Micros finished_at = 0;
  std::string run_id = {};
};

struct SweptFiles {
  std::int64_t files = 0;
  std::int64_t bytes = 0;
};

// What only a store that outlasts its process is asked: to seal what it holds, and to say so.
// Every store on a disk is one; keeper_of() finds out.
//
// Threads and errors: as of Store.
class StoreKeeper {
 public:
  virtual ~StoreKeeper() = default;

  virtual awaitable<std::string> store_id() = 0;  // made with the store; its copies have the same

  // One more root, over at most kHeadsPerRoot heads of one tenant that changed since its last; none
  // when nothing has. `signer` may be null and outlives the call. Called until there is none.
  // Errors: denied (the store was opened for reading).
  virtual awaitable<Result<std::optional<AuditRoot>>> seal(const RootSigner* signer) = 0;
  // Roots above `after`, oldest first, at most `limit`.
  virtual awaitable<std::vector<AuditRoot>> roots(std::string tenant, std::int64_t after,
                                                  int limit) = 0;
  virtual awaitable<std::vector<std::string>> tenants_with_roots() = 0;
  virtual awaitable<std::vector<CoveredHead>> heads_of_root(std::string tenant, std::int64_t n) = 0;
  // The hash of an event that the run itself wrote; none: there is no such run or event.
  virtual awaitable<std::optional<Hash>> hash_at(std::string run_id, std::int64_t seq) = 0;
  // Of one run, in the order of the roots.
  virtual awaitable<std::vector<CoveredHead>> heads_of_run(std::string run_id) = 0;

  // Takes a run in whose chain was verified. False: it is there already, the same. A run that
  // somebody owned is ready to be taken up. Errors: denied; conflict (another run has its id);
  // not_found (the run that it was forked off is not here, or is another).
  virtual awaitable<Result<bool>> adopt(MovedRun run) = 0;
  // An empty store takes the place of the one that had this id, so that its roots go on to hold.
  // False: it is not empty and keeps its own.
  virtual awaitable<Result<bool>> adopt_id(std::string store_id) = 0;
  // The root that comes next of its tenant, with what it covers. Errors: denied; conflict (it does
  // not continue those that are here).
  virtual awaitable<Result<void>> adopt_root(AuditRoot root, std::vector<RunHead> heads) = 0;
  // Runs that ended so before then and are not erased, the longest ago first, after that one.
  virtual awaitable<std::vector<EndedRun>> ended_before(RunStatus status, Micros before,
                                                        EndedRun after, int limit) = 0;
  // Removes files of contents that no record names any more, left behind by a crash. `before`:
  // only what was written before then. Errors: denied.
  virtual awaitable<Result<SweptFiles>> sweep(Micros before) = 0;
  // All small values, in the order of space and key, after that pair.
  virtual awaitable<std::vector<KeptValue>> values(std::string after_space, std::string after_key,
                                                   int limit) = 0;
};

inline constexpr int kHeadsPerRoot = 4096;  // so that sealing never holds up appends for long

// The same store; unsupported where it keeps nothing (memory:).
Result<StoreKeeper*> keeper_of(Store& store);

}  // namespace yoke
