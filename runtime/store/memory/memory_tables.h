#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/store/memory/memory_disk.h"
#include "runtime/store/store.h"

namespace yoke {

// The calls of the Store interface, carried out at once on a memory disk by one incarnation.
//
// Threads: one.
class MemoryTables {
 public:
  MemoryTables(std::shared_ptr<MemoryDisk> disk, std::string node_id);

  Result<Created> create(NewRun& run);
  Result<Appended> append(Append& append, Micros now);
  Result<Claim> claim(const std::string& run_id, Micros now);
  std::vector<Claim> claim_due(Micros now, int limit);
  Result<void> renew_lease();
  Result<std::vector<Record>> read(const std::string& run_id, std::int64_t after_seq, int limit);
  Result<RunRow> get(const std::string& run_id);
  std::vector<RunRow> list(const RunFilter& filter);
  Result<std::string> blob(const Hash& hash);
  Result<Posted> post(InboxMessage& message);
  std::vector<InboxMessage> inbox(const std::string& run_id);
  Result<Json> kv_get(const std::string& space, const std::string& key);
  Result<void> kv_set(const std::string& space, const std::string& key, Json& value);
  Result<void> kv_remove(const std::string& space, const std::string& key);
  std::vector<KvEntry> kv_list(const std::string& space, const std::string& prefix, int limit);

  Result<void> charge(MoneyMoves& moves);
  BudgetState budget(const BudgetKey& key) { return disk_->budget(key).state; }
  std::vector<BudgetRow> budgets();
  LedgerPage ledger(const LedgerFilter& filter);
  std::vector<OpenCall> open_calls();
  Result<CachedReply> cached_reply(const std::string& space, const std::string& key,
                                   Micros kept_since);
  Result<void> keep_reply(const std::string& space, const std::string& key, CachedReply& reply,
                          const ReplyBounds& bounds);
  std::int64_t drop_replies(const std::string& space);

 private:
  using Run = MemoryDisk::Run;

  Run* find(const std::string& run_id);
  std::string run_with_key(const std::string& tenant, const std::string& key) const;
  Result<Run*> owned(const std::string& run_id, std::int64_t fence);
  Result<Run*> fork_parent(const NewRun& run);
  const Record* record_at(const std::string& run_id, std::int64_t seq);
  std::vector<Hash> write_records(Run& run, std::vector<RecordIn>& records);
  void move_money(const MoneyMoves& moves, const store_rules::BudgetsAfter& budgets);
  void close_call(const std::string& call_id);
  void close_orphan(const OpenCall& call, Micros now);
  void close_orphans(const std::string& run_id, Micros now);
  void write_row(Run& run, const RunUpdate& update, Micros now);
  void end_ownership(Run& run);
  void keep(const std::vector<std::string>& blobs);

  const std::shared_ptr<MemoryDisk> disk_;  // shared with the incarnations before and after
  MemoryDisk::Tables& tables_;
  const std::string node_id_;
  const std::int64_t epoch_;
};

}  // namespace yoke
