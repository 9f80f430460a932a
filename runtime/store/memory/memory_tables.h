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
  std::vector<SessionRow> sessions(const SessionFilter& filter);
  Result<void> erase(const std::string& run_id, const std::string& by, Micros now);
  std::vector<OutboxRow> claim_outbox(Micros now, int limit);
  Result<void> settle_outbox(std::int64_t id, const OutboxOutcome& outcome, Micros now);
  std::vector<OutboxRow> list_outbox(const OutboxFilter& filter);
  Micros next_outbox();
  std::int64_t drop_outbox(Micros settled_before);
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
  Run* run_with_key(const NewRun& run);
  Run new_row(const NewRun& run) const;
  Result<void> check_turn(const NewRun& run);
  Created queue_up(const NewRun& run, Run& queued);
  // Those of a session, oldest first.
  std::vector<Run*> in_session(const std::string& tenant, const std::string& session);
  Run* first_in_session(const std::string& tenant, const std::string& session);
  std::string call_next_in_session(const Run& ended, Micros now);
  Result<void> may_be_erased(const Run& run);
  void write_outbox(const std::vector<OutboxRow>& rows, const RunRow& run);
  bool is_first_of_lane(const OutboxRow& row) const;
  Result<Run*> owned(const std::string& run_id, std::int64_t fence);
  Result<Run*> fork_parent(const NewRun& run);
  const Record* record_at(const std::string& run_id, std::int64_t seq);
  std::vector<Hash> write_records(Run& run, std::vector<RecordIn>& records);
  void move_money(const MoneyMoves& moves, const store_rules::BudgetsAfter& budgets);
  void close_call(const std::string& call_id);
  void close_orphan(const OpenCall& call, Micros now);
  void close_orphans(const std::string& run_id, Micros now);
  // Gives the run of the same session whose turn has come thereby, or an empty id.
  std::string write_row(Run& run, const RunUpdate& update, Micros now);
  void end_ownership(Run& run);
  void tell_parent(const RunRow& ended, Micros now);
  void keep(const std::vector<std::string>& blobs);

  const std::shared_ptr<MemoryDisk> disk_;  // shared with the incarnations before and after
  MemoryDisk::Tables& tables_;
  const std::string node_id_;
  const std::int64_t epoch_;
};

}  // namespace yoke
