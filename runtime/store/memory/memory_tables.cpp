#include "runtime/store/memory/memory_tables.h"

#include <algorithm>

#include "runtime/store/chain.h"
#include "runtime/store/memory/memory_books.h"

namespace yoke {

MemoryTables::MemoryTables(std::shared_ptr<MemoryDisk> disk, std::string node_id)
    : disk_(std::move(disk)),
      tables_(disk_->tables()),
      node_id_(std::move(node_id)),
      epoch_(disk_->open()) {
  close_orphans("", 0);
}

MemoryTables::Run* MemoryTables::find(const std::string& run_id) {
  const auto found = tables_.runs.find(run_id);
  return found == tables_.runs.end() ? nullptr : &found->second;
}

MemoryTables::Run* MemoryTables::run_with_key(const NewRun& run) {
  if (run.idem_key.empty()) return nullptr;
  for (auto& [run_id, older] : tables_.runs) {
    if (older.idem_key == run.idem_key && older.row.tenant == run.tenant) return &older;
  }
  return nullptr;
}

Result<Created> MemoryTables::create(NewRun& run) {
  Created created;
  created.claim.run_id = run.run_id;
  Run* older = run_with_key(run);
  if (older != nullptr && older->row.created_at >= run.idem_since) {
    created.existed = true;
    created.same = older->idem_hash == run.idem_hash;
    created.claim.run_id = older->row.run_id;
    return created;
  }
  if (find(run.run_id) != nullptr) return store_rules::run_exists(run.run_id);
  const Result<void> turn = check_turn(run);
  if (!turn) return turn.error();
  const Result<Run*> parent = fork_parent(run);
  if (!parent) return parent.error();
  for (LedgerRow& spent : run.ledger) spent.run_id = run.run_id;
  for (OpenCall& call : run.opened) call.expected.run_id = run.run_id;
  MemoryBooks books(*disk_);
  const Result<store_rules::BudgetsAfter> budgets = store_rules::weigh_moves(run, books);
  if (!budgets) return budgets.error();

  if (older != nullptr) older->idem_key.clear();
  Run& added = tables_.runs.emplace(run.run_id, new_row(run)).first->second;
  RunRow& row = added.row;
  if (*parent != nullptr) {
    row.fork_run = run.fork_run;
    row.fork_seq = row.head_seq = run.fork_seq;
    row.head_hash = chain_fork(record_at(run.fork_run, run.fork_seq)->hash, run.run_id);
    added.fork_depth = (*parent)->fork_depth + 1;
  }
  keep(run.blobs);
  write_records(added, run.records);
  for (LedgerRow& spent : run.ledger) spent.seq = row.head_seq;
  for (OpenCall& call : run.opened) call.expected.seq = row.head_seq;
  move_money(run, *budgets);
  write_outbox(run.outbox, row);
  if (run.turn && run.turn->queued) created = queue_up(run, added);
  created.claim = Claim{row.run_id, row.fence, row.head_seq, row.head_hash, false};
  disk_->sync();
  return created;
}

MemoryTables::Run MemoryTables::new_row(const NewRun& run) const {
  Run added;
  added.number = static_cast<std::int64_t>(tables_.runs.size()) + 1;
  added.idem_key = run.idem_key;
  added.idem_hash = run.idem_hash;
  added.owner_epoch = epoch_;
  RunRow& row = added.row;
  row.run_id = run.run_id;
  row.tenant = run.tenant;
  row.agent = run.agent;
  row.session = run.session;
  row.by = run.by;
  row.status = RunStatus::owned;
  row.fence = 1;
  row.owner = node_id_;
  row.head_hash = chain_start(run.run_id);
  row.parent_run = run.parent_run;
  row.parent_call = run.parent_call;
  row.plan_hash = run.plan_hash;
  row.created_at = run.created_at;
  row.summary = run.summary;
  return added;
}

Result<MemoryTables::Run*> MemoryTables::fork_parent(const NewRun& run) {
  if (run.fork_run.empty()) return static_cast<Run*>(nullptr);
  Run* parent = find(run.fork_run);
  if (parent == nullptr) return store_rules::no_such_run(run.fork_run);
  if (parent->fork_depth >= store_rules::kForkDepthMax) {
    return store_rules::forks_too_deep(run.fork_run);
  }
  if (run.fork_seq < 1 || run.fork_seq > parent->row.head_seq) {
    return store_rules::fork_out_of_range(run, parent->row.head_seq);
  }
  return parent;
}

const Record* MemoryTables::record_at(const std::string& run_id, std::int64_t seq) {
  const Run* run = find(run_id);
  while (run != nullptr && seq <= run->row.fork_seq) run = find(run->row.fork_run);
  if (run == nullptr || seq < 1 || seq > run->row.head_seq) return nullptr;
  return &run->records[static_cast<std::size_t>(seq - run->row.fork_seq - 1)];
}

Result<MemoryTables::Run*> MemoryTables::owned(const std::string& run_id, std::int64_t fence) {
  Run* run = find(run_id);
  if (run == nullptr) return store_rules::no_such_run(run_id);
  if (run->row.fence != fence) return store_rules::taken_over(run_id, fence, run->row.fence);
  if (run->row.status != RunStatus::owned || run->owner_epoch != epoch_) {
    return store_rules::not_owned(run_id);
  }
  return run;
}

Result<Appended> MemoryTables::append(Append& append, Micros now) {
  const Result<Run*> found = owned(append.run_id, append.fence);
  if (!found) return found.error();
  Run& run = **found;
  RunRow& row = run.row;
  if (append.after_seq != row.head_seq) {
    return store_rules::not_the_head(append.run_id, append.after_seq, row.head_seq);
  }
  for (LedgerRow& spent : append.ledger) spent.run_id = append.run_id;
  for (OpenCall& call : append.opened) call.expected.run_id = append.run_id;
  MemoryBooks books(*disk_);
  const Result<store_rules::BudgetsAfter> budgets = store_rules::weigh_moves(append, books);
  if (!budgets) return budgets.error();

  const bool ends = append.update && is_final(append.update->status);
  const bool moves = !append.opened.empty() || !append.closed.empty() || !append.ledger.empty();
  disk_->remember(run, ends || moves);
  keep(append.blobs);
  Appended appended;
  appended.hashes = write_records(run, append.records);
  appended.head_seq = row.head_seq;
  appended.head_hash = row.head_hash;
  for (LedgerRow& spent : append.ledger) spent.seq = row.head_seq;
  for (OpenCall& call : append.opened) call.expected.seq = row.head_seq;
  move_money(append, *budgets);
  write_outbox(append.outbox, row);
  for (MemoryDisk::Message& message : run.inbox) {
    const auto& taken = append.inbox_taken;
    const bool now_taken = std::find(taken.begin(), taken.end(), message.message.id) != taken.end();
    if (now_taken && !message.taken_seq) message.taken_seq = row.head_seq;
  }
  if (store_rules::is_progress(run.claimed_at_seq, row.head_seq)) row.takeovers = 0;
  if (append.update) appended.next_in_session = write_row(run, *append.update, now);
  if (ends) tell_parent(row, now);
  if (append.durability == Durability::durable) disk_->sync();
  return appended;
}

std::vector<Hash> MemoryTables::write_records(Run& run, std::vector<RecordIn>& records) {
  std::vector<Hash> hashes;
  for (RecordIn& in : records) {
    Record record;
    static_cast<RecordIn&>(record) = std::move(in);
    record.run_id = run.row.run_id;
    record.seq = run.row.head_seq + 1;
    record.fence = run.row.fence;
    record.body_hash = sha256(record.body);
    record.hash = chain_next(run.row.head_hash, record);
    run.row.head_seq = record.seq;
    run.row.head_hash = record.hash;
    hashes.push_back(record.hash);
    run.records.push_back(std::move(record));
  }
  return hashes;
}

std::string MemoryTables::write_row(Run& run, const RunUpdate& update, Micros now) {
  RunRow& row = run.row;
  row.status = update.status;
  row.reason = update.reason;
  row.ready_at = update.ready_at;
  row.summary = update.summary;
  if (row.status == RunStatus::owned) return {};
  end_ownership(run);
  if (is_final(row.status)) {
    row.finished_at = now;
    close_orphans(row.run_id, now);
    return call_next_in_session(run, now);
  }
  if (row.status != RunStatus::waiting) return {};
  std::optional<Micros> earliest;  // a message its owner has not seen wakes it at once
  for (const MemoryDisk::Message& message : run.inbox) {
    if (message.taken_seq) continue;
    earliest = std::min(earliest.value_or(message.message.at), message.message.at);
  }
  if (earliest) row.ready_at = store_rules::woken_at(row.ready_at, *earliest);
  return {};
}

void MemoryTables::tell_parent(const RunRow& ended, Micros now) {
  std::optional<InboxMessage> news = store_rules::news_of_child(ended, now);
  if (!news) return;
  const Result<Posted> posted = post(*news);
  static_cast<void>(posted);  // a parent that has ended does not wait for it
}

void MemoryTables::end_ownership(Run& run) {
  run.row.owner.clear();
  run.owner_epoch = 0;
}

void MemoryTables::keep(const std::vector<std::string>& blobs) {
  for (const std::string& blob : blobs) tables_.blobs.try_emplace(sha256(blob), blob);
}

Result<Claim> MemoryTables::claim(const std::string& run_id, Micros now) {
  Run* run = find(run_id);
  if (run == nullptr) return store_rules::no_such_run(run_id);
  RunRow& row = run->row;
  const bool owner_alive = run->owner_epoch == disk_->epoch();
  const store_rules::ClaimVerdict verdict = store_rules::judge_claim(row, owner_alive);
  if (verdict == store_rules::ClaimVerdict::ended) {
    return store_rules::run_ended(run_id, row.status, row.reason);
  }
  if (verdict == store_rules::ClaimVerdict::owned) return store_rules::run_owned(run_id, row.owner);
  disk_->sync();
  const bool adopted = verdict != store_rules::ClaimVerdict::take;
  if (adopted) ++row.takeovers;
  row.ready_at = 0;
  row.reason.clear();
  if (verdict == store_rules::ClaimVerdict::quarantine) {
    row.status = RunStatus::quarantined;
    row.reason = store_rules::kTakeoversReason;
    row.finished_at = now;
    end_ownership(*run);
    close_orphans(run_id, now);
    call_next_in_session(*run, now);
    tell_parent(row, now);
    return store_rules::run_ended(run_id, row.status, row.reason);
  }
  row.status = RunStatus::owned;
  row.owner = node_id_;
  row.fence = store_rules::next_fence(row.fence, epoch_);
  run->owner_epoch = epoch_;
  run->claimed_at_seq = row.head_seq;
  return Claim{run_id, row.fence, row.head_seq, row.head_hash, adopted};
}

std::vector<Claim> MemoryTables::claim_due(Micros now, int limit) {
  struct Due {
    bool waits;
    Micros ready_at;
    std::int64_t number;
    std::string run_id;
    auto operator<=>(const Due&) const = default;
  };
  std::vector<Due> due;
  for (const auto& [run_id, run] : tables_.runs) {
    const Micros ready_at = run.row.ready_at;
    const bool ready = run.row.status == RunStatus::ready;
    const bool woken = run.row.status == RunStatus::waiting && ready_at > 0 && ready_at <= now;
    if (ready || woken) due.push_back(Due{!ready, ready_at, run.number, run_id});
  }
  std::sort(due.begin(), due.end());
  if (due.size() > static_cast<std::size_t>(std::max(limit, 0))) due.resize(std::max(limit, 0));
  std::vector<Claim> claims;
  for (const Due& one : due) {
    Result<Claim> taken = claim(one.run_id, now);
    if (taken) claims.push_back(std::move(*taken));
  }
  return claims;
}

Result<void> MemoryTables::renew_lease() {
  if (epoch_ != disk_->epoch()) return store_rules::lease_lost();
  return {};
}

}  // namespace yoke
