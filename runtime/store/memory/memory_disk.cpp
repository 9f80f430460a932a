#include "runtime/store/memory/memory_disk.h"

#include "runtime/base/ensure.h"

namespace yoke {

void MemoryDisk::crash(std::size_t soft_kept) {
  while (undo_.size() > soft_kept) {
    take_back(undo_.back());
    undo_.pop_back();
  }
  undo_.clear();
}

void MemoryDisk::remember(const Run& run, bool money_changes) {
  Undo undo;
  undo.run_id = run.row.run_id;
  undo.row = run.row;
  undo.owner_epoch = run.owner_epoch;
  undo.records = run.records.size();
  undo.ledger = run.ledger.size();
  undo.inbox = run.inbox;
  if (money_changes) {
    undo.budgets = tables_.budgets;
    undo.reservations = tables_.reservations;
  }
  undo_.push_back(std::move(undo));
}

void MemoryDisk::take_back(Undo& undo) {
  const auto found = tables_.runs.find(undo.run_id);
  ENSURE(found != tables_.runs.end());
  Run& run = found->second;
  run.row = std::move(undo.row);
  run.owner_epoch = undo.owner_epoch;
  run.records.resize(undo.records);
  run.ledger.resize(undo.ledger);
  run.inbox = std::move(undo.inbox);
  if (undo.budgets) tables_.budgets = std::move(*undo.budgets);
  if (undo.reservations) tables_.reservations = std::move(*undo.reservations);
}

}  // namespace yoke
