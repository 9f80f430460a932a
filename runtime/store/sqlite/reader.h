#pragma once

#include <string>
#include <vector>

#include "runtime/store/call.h"
#include "runtime/store/sqlite/contents.h"
#include "runtime/store/sqlite/database.h"
#include "runtime/store/sqlite/health.h"
#include "runtime/store/sqlite/ledger.h"
#include "runtime/store/sqlite/outbox.h"
#include "runtime/store/sqlite/roots.h"
#include "runtime/store/types.h"

namespace yoke::sqlite {

// Everything that only looks, on a connection that cannot write. Each statement sees all that was
// committed before it began, so it sees what was acknowledged.
//
// Ownership: borrows the database and the health.
// Threads:   one, the desk's.
class Reader {
 public:
  Reader(Database& database, std::string store_path, Health& health)
      : database_(database), contents_(database, std::move(store_path)), health_(health) {}

  void work(std::vector<SharedCall<Reader>>& batch);
  void tidy() {}
  void rest() {}

  Result<std::vector<Record>> read(const std::string& run_id, std::int64_t after_seq, int limit);
  Result<RunRow> get(const std::string& run_id);
  std::vector<RunRow> list(const RunFilter& filter);
  std::vector<SessionRow> sessions(const SessionFilter& filter);
  std::vector<OutboxRow> list_outbox(const OutboxFilter& filter) {
    return outbox_page(database_, filter);
  }
  Micros next_outbox(std::int64_t epoch) { return next_outbox_at(database_, epoch); }
  Result<std::string> blob(const Hash& hash) { return contents_.get(hash); }
  std::vector<InboxMessage> inbox(const std::string& run_id);
  Result<Json> kv_get(const std::string& space, const std::string& key);
  std::vector<KvEntry> kv_list(const std::string& space, const std::string& prefix, int limit);
  BudgetState budget(const BudgetKey& key) { return budget_now(database_, key).state; }
  std::vector<BudgetRow> budgets() { return budget_rows(database_); }
  LedgerPage ledger(const LedgerFilter& filter) { return ledger_page(database_, filter); }
  std::vector<OpenCall> open_calls() { return all_open_calls(database_); }
  Result<CachedReply> cached_reply(const std::string& space, const std::string& key,
                                   Micros kept_since) {
    return kept_reply(database_, space, key, kept_since);
  }
  std::string store_id() { return store_id_of(database_); }
  std::vector<AuditRoot> roots(const std::string& tenant, std::int64_t after, int limit) {
    return roots_of(database_, tenant, after, limit);
  }
  std::vector<std::string> tenants_with_roots() { return tenants_of_roots(database_); }
  std::vector<CoveredHead> heads_of_root(const std::string& tenant, std::int64_t n) {
    return sealed_heads(database_, tenant, n);
  }
  std::optional<Hash> hash_at(const std::string& run_id, std::int64_t seq) {
    return journal_hash(database_, run_id, seq);
  }
  std::vector<EndedRun> ended_before(RunStatus status, Micros before, const EndedRun& after,
                                     int limit);
  std::vector<KeptValue> values(const std::string& after_space, const std::string& after_key,
                                int limit);
  std::vector<CoveredHead> heads_of_run(const std::string& run_id) {
    return sealed_heads_of(database_, run_id);
  }

 private:
  // A run's own stretch of what a reader of a fork sees: records above `low`, up to `high`.
  struct Stretch {
    std::int64_t run_no = 0;
    std::string run_id;
    std::int64_t low = 0;
    std::int64_t high = 0;
    bool erased = false;
  };

  void perform(StoreCall<Reader>& call);
  std::vector<Stretch> lineage(const std::string& run_id);  // oldest first; empty: no such run
  Result<void> read_stretch(const Stretch& stretch, std::int64_t after_seq, int limit,
                            std::vector<Record>& records);

  Database& database_;
  Contents contents_;
  Health& health_;
};

}  // namespace yoke::sqlite
