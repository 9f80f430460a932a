#include "runtime/store/memory/memory_disk.h"

#include "runtime/base/ensure.h"
#include "runtime/base/saturating.h"

namespace yoke {

void MemoryDisk::crash(std::size_t soft_kept) {
  while (undo_.size() > soft_kept) {
    take_back(undo_.back());
    undo_.pop_back();
  }
  undo_.clear();
}

store_rules::KeptBudget MemoryDisk::budget(const BudgetKey& key) const {
  const auto found = tables_.budgets.find(key);
  store_rules::KeptBudget kept;
  if (found != tables_.budgets.end()) kept = found->second;
  const auto rows = static_cast<std::int64_t>(tables_.ledger.size());
  for (; kept.counted < rows; ++kept.counted) {
    const LedgerRow& row = tables_.ledger[static_cast<std::size_t>(kept.counted)];
    if (!counts_in(key, row)) continue;
    kept.state.settled = saturating_add(kept.state.settled, amount_of(key.unit, row));
  }
  return kept;
}

std::vector<LedgerRow> MemoryDisk::ledger_of(const std::string& run_id) const {
  std::vector<LedgerRow> rows;
  for (const LedgerRow& row : tables_.ledger) {
    if (row.run_id == run_id) rows.push_back(row);
  }
  return rows;
}

void MemoryDisk::remember(const Run& run, bool money_changes) {
  Undo undo;
  undo.run_id = run.row.run_id;
  undo.row = run.row;
  undo.owner_epoch = run.owner_epoch;
  undo.records = run.records.size();
  undo.ledger = tables_.ledger.size();
  undo.outbox_ids = tables_.outbox_ids;
  undo.inbox = run.inbox;
  if (money_changes) {
    undo.budgets = tables_.budgets;
    undo.open_calls = tables_.open_calls;
  }
  undo_.push_back(std::move(undo));
}

void MemoryDisk::remember_waking(const Run& run) {
  undo_.back().woken = run.row.run_id;
  undo_.back().woken_before = run.row.ready_at;
}

void MemoryDisk::take_back(Undo& undo) {
  const auto found = tables_.runs.find(undo.run_id);
  ENSURE(found != tables_.runs.end());
  Run& run = found->second;
  run.row = std::move(undo.row);
  run.owner_epoch = undo.owner_epoch;
  run.records.resize(undo.records);
  tables_.ledger.resize(undo.ledger);
  run.inbox = std::move(undo.inbox);
  for (; tables_.outbox_ids > undo.outbox_ids; --tables_.outbox_ids) {
    const auto row = tables_.outbox.find(tables_.outbox_ids);
    if (row == tables_.outbox.end()) continue;
    tables_.deduped.erase(row->second.row.dedupe);
    tables_.outbox.erase(row);
  }
  const auto woken = tables_.runs.find(undo.woken);
  if (woken != tables_.runs.end()) woken->second.row.ready_at = undo.woken_before;
  if (undo.budgets) tables_.budgets = std::move(*undo.budgets);
  if (undo.open_calls) tables_.open_calls = std::move(*undo.open_calls);
}

}  // namespace yoke
