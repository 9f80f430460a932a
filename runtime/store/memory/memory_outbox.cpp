#include <algorithm>
#include <tuple>

#include "runtime/store/memory/memory_tables.h"

// The calls of a memory store that concern what is to be sent.
namespace yoke {

void MemoryTables::write_outbox(const std::vector<OutboxRow>& rows, const RunRow& run) {
  for (const OutboxRow& row : rows) {
    if (!row.dedupe.empty() && !tables_.deduped.insert(row.dedupe).second) continue;
    const std::int64_t id = ++tables_.outbox_ids;
    OutboxRow& kept = tables_.outbox[id].row;
    kept = row;
    kept.id = id;
    kept.run_id = run.run_id;
    kept.tenant = run.tenant;
    kept.tries = 0;
    kept.state = OutboxState::unsent;
  }
}

bool MemoryTables::is_first_of_lane(const OutboxRow& row) const {
  if (row.lane.empty()) return true;
  for (const auto& [id, other] : tables_.outbox) {
    if (id >= row.id) break;
    if (other.row.lane == row.lane && other.row.state == OutboxState::unsent) return false;
  }
  return true;
}

std::vector<OutboxRow> MemoryTables::claim_outbox(Micros now, int limit) {
  std::vector<MemoryDisk::Sending*> due;
  for (auto& [id, sending] : tables_.outbox) {
    const OutboxRow& row = sending.row;
    const bool free = row.state == OutboxState::unsent && sending.claimed != epoch_;
    if (free && row.next_at <= now && is_first_of_lane(row)) due.push_back(&sending);
  }
  std::sort(due.begin(), due.end(), [](const auto* a, const auto* b) {
    return std::tie(a->row.next_at, a->row.id) < std::tie(b->row.next_at, b->row.id);
  });
  if (due.size() > static_cast<std::size_t>(std::max(limit, 0))) {
    due.resize(static_cast<std::size_t>(std::max(limit, 0)));
  }
  std::vector<OutboxRow> rows;
  for (MemoryDisk::Sending* sending : due) {
    sending->claimed = epoch_;
    ++sending->row.tries;
    rows.push_back(sending->row);
  }
  if (!rows.empty()) disk_->sync();
  return rows;
}

Result<void> MemoryTables::settle_outbox(std::int64_t id, const OutboxOutcome& outcome,
                                         Micros now) {
  const auto found = tables_.outbox.find(id);
  if (found == tables_.outbox.end()) return store_rules::no_such_outbox_row(id);
  auto& [row, claimed] = found->second;
  if (row.state != OutboxState::unsent) return store_rules::outbox_row_settled(id, row.state);
  if (claimed != epoch_) return store_rules::outbox_row_unclaimed(id);
  disk_->sync();
  if (const auto* again = std::get_if<OutboxRetry>(&outcome)) {
    claimed = 0;
    row.next_at = again->at;
    row.last_error = again->error;
    return {};
  }
  const auto* lost = std::get_if<OutboxGivenUp>(&outcome);
  row.state = lost == nullptr ? OutboxState::sent : OutboxState::given_up;
  row.last_error = lost == nullptr ? std::string() : lost->error;
  row.settled_at = now;
  return {};
}

std::vector<OutboxRow> MemoryTables::list_outbox(const OutboxFilter& filter) {
  const auto fits = [&filter](const OutboxRow& row) {
    return (filter.tenant.empty() || row.tenant == filter.tenant) &&
           (filter.run_id.empty() || row.run_id == filter.run_id) &&
           (filter.destination.empty() || row.destination == filter.destination) &&
           (!filter.state || row.state == *filter.state) &&
           (filter.before == 0 || row.id < filter.before);
  };
  std::vector<OutboxRow> rows;
  for (auto entry = tables_.outbox.rbegin(); entry != tables_.outbox.rend(); ++entry) {
    if (static_cast<int>(rows.size()) >= filter.limit) break;
    if (fits(entry->second.row)) rows.push_back(entry->second.row);
  }
  return rows;
}

Micros MemoryTables::next_outbox() {
  Micros next = 0;
  for (const auto& [id, sending] : tables_.outbox) {
    const OutboxRow& row = sending.row;
    const bool free = row.state == OutboxState::unsent && sending.claimed != epoch_;
    if (!free || !is_first_of_lane(row)) continue;
    const Micros at = std::max<Micros>(row.next_at, 1);
    next = next == 0 ? at : std::min(next, at);
  }
  return next;
}

std::int64_t MemoryTables::drop_outbox(Micros settled_before) {
  std::int64_t dropped = 0;
  for (auto entry = tables_.outbox.begin(); entry != tables_.outbox.end();) {
    const OutboxRow& row = entry->second.row;
    const bool old = row.state != OutboxState::unsent && row.settled_at < settled_before;
    if (old) tables_.deduped.erase(row.dedupe);
    entry = old ? tables_.outbox.erase(entry) : std::next(entry);
    dropped += old ? 1 : 0;
  }
  if (dropped > 0) disk_->sync();
  return dropped;
}

}  // namespace yoke
