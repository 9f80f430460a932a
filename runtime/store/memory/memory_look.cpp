#include <algorithm>

#include "runtime/store/called.h"
#include "runtime/store/memory/memory_tables.h"

// The calls of a memory store that concern messages and small values, or only look.
namespace yoke {
namespace {

bool is_due(const RunRow& row, Micros by) {
  if (row.status == RunStatus::ready) return true;
  return row.status == RunStatus::waiting && row.ready_at > 0 && row.ready_at <= by;
}

bool fits(const RunRow& row, const RunFilter& filter) {
  const auto& left_out = filter.agents_left_out;
  return (!filter.tenant || row.tenant == *filter.tenant) && filter.status.has(row.status) &&
         (filter.session.empty() || row.session == filter.session) &&
         (filter.agent.empty() || row.agent == filter.agent) &&
         std::find(left_out.begin(), left_out.end(), row.agent) == left_out.end() &&
         !(filter.children_left_out && is_call(row)) && row.created_at >= filter.since &&
         (filter.due_by == 0 || is_due(row, filter.due_by)) &&
         row.run_id.starts_with(filter.id_prefix);
}

bool is_newer(const MemoryDisk::Run& a, const MemoryDisk::Run& b) {
  if (a.row.created_at != b.row.created_at) return a.row.created_at > b.row.created_at;
  return a.number > b.number;
}

}  // namespace

Result<std::vector<Record>> MemoryTables::read(const std::string& run_id, std::int64_t after_seq,
                                               int limit) {
  const Run* run = find(run_id);
  if (run == nullptr) return store_rules::no_such_run(run_id);
  std::vector<Record> records;
  const std::int64_t first = std::max<std::int64_t>(after_seq, 0) + 1;
  for (std::int64_t seq = first; seq <= run->row.head_seq; ++seq) {
    if (static_cast<int>(records.size()) >= limit) break;
    records.push_back(*record_at(run_id, seq));
  }
  return records;
}

Result<RunRow> MemoryTables::get(const std::string& run_id) {
  const Run* run = find(run_id);
  if (run == nullptr) return store_rules::no_such_run(run_id);
  return run->row;
}

std::vector<RunRow> MemoryTables::list(const RunFilter& filter) {
  const Run* before = filter.before.empty() ? nullptr : find(filter.before);
  if (before == nullptr && !filter.before.empty()) return {};
  if (before != nullptr && filter.tenant && before->row.tenant != *filter.tenant) return {};
  std::vector<const Run*> found;
  for (const auto& [run_id, run] : tables_.runs) {
    const bool behind = before == nullptr || is_newer(*before, run);
    if (behind && fits(run.row, filter)) found.push_back(&run);
  }
  std::sort(found.begin(), found.end(),
            [](const Run* a, const Run* b) { return is_newer(*a, *b); });
  std::vector<RunRow> rows;
  for (const Run* run : found) {
    if (static_cast<int>(rows.size()) >= filter.limit) break;
    rows.push_back(run->row);
  }
  return rows;
}

Result<std::string> MemoryTables::blob(const Hash& hash) {
  const auto found = tables_.blobs.find(hash);
  if (found == tables_.blobs.end()) return store_rules::no_such_blob(hash);
  return found->second;
}

Result<Posted> MemoryTables::post(InboxMessage& message) {
  Run* run = find(message.run_id);
  if (run == nullptr) return store_rules::no_such_run(message.run_id);
  for (const MemoryDisk::Message& standing : run->inbox) {
    if (standing.message.id == message.id) return Posted{false, standing.message};
  }
  RunRow& row = run->row;
  if (is_final(row.status)) return store_rules::run_ended(row.run_id, row.status, row.reason);
  run->inbox.push_back(MemoryDisk::Message{message, std::nullopt});
  if (row.status == RunStatus::waiting) {
    row.ready_at = store_rules::woken_at(row.ready_at, message.at);
  }
  disk_->sync();
  return Posted{true, std::move(message)};
}

std::vector<InboxMessage> MemoryTables::inbox(const std::string& run_id) {
  std::vector<InboxMessage> messages;
  const Run* run = find(run_id);
  if (run == nullptr) return messages;
  for (const MemoryDisk::Message& message : run->inbox) {
    if (!message.taken_seq) messages.push_back(message.message);
  }
  return messages;
}

Result<Json> MemoryTables::kv_get(const std::string& space, const std::string& key) {
  const auto values = tables_.kv.find(space);
  if (values == tables_.kv.end() || !values->second.contains(key)) {
    return store_rules::no_such_key(space, key);
  }
  return values->second.at(key);
}

Result<void> MemoryTables::kv_set(const std::string& space, const std::string& key, Json& value) {
  tables_.kv[space].insert_or_assign(key, std::move(value));
  disk_->sync();
  return {};
}

Result<void> MemoryTables::kv_remove(const std::string& space, const std::string& key) {
  tables_.kv[space].erase(key);
  disk_->sync();
  return {};
}

std::vector<KvEntry> MemoryTables::kv_list(const std::string& space, const std::string& prefix,
                                           int limit) {
  std::vector<KvEntry> entries;
  const auto values = tables_.kv.find(space);
  if (values == tables_.kv.end()) return entries;
  for (auto entry = values->second.lower_bound(prefix); entry != values->second.end(); ++entry) {
    const bool full = static_cast<int>(entries.size()) >= limit;
    if (full || !entry->first.starts_with(prefix)) break;
    entries.push_back(KvEntry{entry->first, entry->second});
  }
  return entries;
}

}  // namespace yoke
