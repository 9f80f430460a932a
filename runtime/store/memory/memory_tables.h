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
  BudgetState budget(const std::string& scope, const std::string& window);

 private:
  using Run = MemoryDisk::Run;

  Run* find(const std::string& run_id);
  std::string run_with_key(const std::string& tenant, const std::string& key) const;
  Result<Run*> owned(const std::string& run_id, std::int64_t fence);
  Result<Run*> fork_parent(const NewRun& run);
  const Record* record_at(const std::string& run_id, std::int64_t seq);
  std::vector<Hash> write_records(Run& run, std::vector<RecordIn>& records);
  void write_budgets(const store_rules::BudgetChange& change, const std::string& run_id);
  void write_row(Run& run, const RunUpdate& update, Micros now);
  void end_ownership(Run& run);
  void release_reservations(const std::string& run_id);
  void keep(const std::vector<std::string>& blobs);

  const std::shared_ptr<MemoryDisk> disk_;  // shared with the incarnations before and after
  MemoryDisk::Tables& tables_;
  const std::string node_id_;
  const std::int64_t epoch_;
};

}  // namespace yoke
