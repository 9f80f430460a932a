#include <algorithm>

#include "runtime/store/chain.h"
#include "runtime/store/sqlite/ledger.h"
#include "runtime/store/sqlite/stored_run.h"
#include "runtime/store/sqlite/writer.h"

namespace yoke::sqlite {

std::optional<StoredRun> Writer::find(const std::string& run_id) {
  Query query = database_.sql(
      "SELECT run_no, owner_epoch, fork_depth, status, reason, fence, owner, head_seq, head_hash,"
      " takeovers, ready_at, fork_seq, parent_run, parent_call FROM runs WHERE run_id=?1");
  query.bind(run_id);
  if (!query.step()) return std::nullopt;
  StoredRun stored;
  stored.run_no = query.integer(0);
  stored.owner_epoch = query.integer(1);
  stored.fork_depth = static_cast<int>(query.integer(2));
  RunRow& row = stored.row;
  row.run_id = run_id;
  row.status = static_cast<RunStatus>(query.integer(3));
  row.reason = query.string(4);
  row.fence = query.integer(5);
  row.owner = query.string(6);
  row.head_seq = query.integer(7);
  row.head_hash = query.hash(8);
  row.takeovers = static_cast<int>(query.integer(9));
  row.ready_at = query.integer(10);
  row.fork_seq = query.integer(11);
  row.parent_run = query.string(12);
  row.parent_call = query.string(13);
  return stored;
}

// The row of a run that was owned lags behind its journal.
void Writer::load_head(StoredRun& stored) {
  if (stored.row.status != RunStatus::owned) return;
  Query query =
      database_.sql("SELECT seq, hash FROM journal WHERE run_no=?1 ORDER BY seq DESC LIMIT 1");
  query.bind(stored.run_no);
  const bool any = query.step();
  const std::int64_t seq = any ? query.integer(0) : stored.row.fork_seq;
  if (seq < stored.row.head_seq) {
    throw StoreFault("run " + stored.row.run_id + " had " + std::to_string(stored.row.head_seq) +
                     " records and has " + std::to_string(seq) +
                     ": its journal is damaged; restore the store from a backup");
  }
  if (!any) return;
  stored.row.head_seq = seq;
  stored.row.head_hash = query.hash(1);
}

Result<Created> Writer::create(NewRun& run) {
  Created created;
  created.claim.run_id = run.run_id;
  const std::optional<Older> older = run_with_key(run);
  if (older && older->created_at >= run.idem_since) {
    created.existed = true;
    created.same = older->idem_hash == run.idem_hash;
    created.claim.run_id = older->run_id;
    return created;
  }
  if (find(run.run_id)) return store_rules::run_exists(run.run_id);
  const Result<void> turn = check_turn(run);
  if (!turn) return turn.error();
  LiveRun live;
  live.fence = 1;
  live.head_hash = chain_start(run.run_id);
  int fork_depth = 0;
  const Result<std::optional<std::int64_t>> fork_no = fork_parent(run, live, fork_depth);
  if (!fork_no) return fork_no.error();
  for (LedgerRow& spent : run.ledger) spent.run_id = run.run_id;
  for (OpenCall& call : run.opened) call.expected.run_id = run.run_id;
  StoredBooks books(database_);
  const Result<store_rules::BudgetsAfter> budgets = store_rules::weigh_moves(run, books);
  if (!budgets) return budgets.error();
  const std::vector<Hash> bodies = keep_contents(run.records, run.blobs, run.created_at);

  if (older) {
    Query give_up = database_.sql("UPDATE runs SET idem_key=NULL WHERE run_no=?1");
    give_up.bind(older->run_no).run();
  }
  live.run_no = insert_run(run, live, *fork_no, fork_depth);
  write_records(run.run_id, live, run.records, bodies);
  for (LedgerRow& spent : run.ledger) spent.seq = live.head_seq;
  for (OpenCall& call : run.opened) call.expected.seq = live.head_seq;
  move_money(run, *budgets, live.run_no);
  write_outbox(run.outbox, live.run_no);
  if (run.turn && run.turn->queued) created = queue_up(run, live);
  created.claim = Claim{run.run_id, live.fence, live.head_seq, live.head_hash, false};
  if (!created.queued) live_.insert_or_assign(run.run_id, live);
  return created;
}

std::optional<Writer::Older> Writer::run_with_key(const NewRun& run) {
  if (run.idem_key.empty()) return std::nullopt;
  Query query = database_.sql(
      "SELECT run_no, run_id, idem_hash, created_at FROM runs WHERE tenant=?1 AND idem_key=?2");
  query.bind(run.tenant, run.idem_key);
  if (!query.step()) return std::nullopt;
  return Older{query.integer(0), query.string(1), query.string(2), query.integer(3)};
}

// The row's head is where the run starts; its records are behind it in the journal.
std::int64_t Writer::insert_run(const NewRun& run, const LiveRun& live,
                                std::optional<std::int64_t> fork_no, int fork_depth) {
  std::optional<std::string_view> idem_key;
  if (!run.idem_key.empty()) idem_key = run.idem_key;
  const std::string summary = to_text(run.summary);
  Query query = database_.sql(
      "INSERT INTO runs(run_id, tenant, agent, session, status, fence, owner, owner_epoch,"
      " head_seq, head_hash, idem_key, parent_run, parent_call, fork_no, fork_seq, fork_depth,"
      " plan_hash, created_at, summary, by, idem_hash)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
      " ?19, ?20, ?21)");
  query.bind(run.run_id, run.tenant, run.agent, run.session, static_cast<int>(RunStatus::owned),
             live.fence, identity_.node_id, identity_.epoch, live.head_seq, live.head_hash,
             idem_key, run.parent_run, run.parent_call, fork_no, live.head_seq, fork_depth,
             run.plan_hash, run.created_at, summary, run.by, run.idem_hash);
  query.run();
  return database_.last_row();
}

Result<std::optional<std::int64_t>> Writer::fork_parent(const NewRun& run, LiveRun& child,
                                                        int& depth) {
  if (run.fork_run.empty()) return std::optional<std::int64_t>();
  std::optional<StoredRun> parent = find(run.fork_run);
  if (!parent) return store_rules::no_such_run(run.fork_run);
  load_head(*parent);
  depth = parent->fork_depth + 1;
  if (depth > store_rules::kForkDepthMax) return store_rules::forks_too_deep(run.fork_run);
  const bool inside = run.fork_seq >= 1 && run.fork_seq <= parent->row.head_seq;
  const std::optional<Hash> hash = inside ? hash_at(parent->run_no, run.fork_seq) : std::nullopt;
  if (!hash) return store_rules::fork_out_of_range(run, parent->row.head_seq);
  child.head_seq = run.fork_seq;
  child.head_hash = chain_fork(*hash, run.run_id);
  return std::optional<std::int64_t>(parent->run_no);
}

// Of the record that a reader of the run finds at `seq`: a fork's first ones are its parent's.
std::optional<Hash> Writer::hash_at(std::int64_t run_no, std::int64_t seq) {
  for (int depth = 0; depth <= store_rules::kForkDepthMax; ++depth) {
    Query record = database_.sql("SELECT hash FROM journal WHERE run_no=?1 AND seq=?2");
    record.bind(run_no, seq);
    if (record.step()) return record.hash(0);
    Query parent = database_.sql("SELECT fork_no FROM runs WHERE run_no=?1 AND fork_seq >= ?2");
    parent.bind(run_no, seq);
    if (!parent.step() || parent.is_null(0)) return std::nullopt;
    run_no = parent.integer(0);
  }
  return std::nullopt;
}

Result<Claim> Writer::claim(const std::string& run_id, Micros now) {
  std::optional<StoredRun> stored = find(run_id);
  if (!stored) return store_rules::no_such_run(run_id);
  const bool owner_alive = stored->owner_epoch == identity_.epoch;
  switch (store_rules::judge_claim(stored->row, owner_alive)) {
    case store_rules::ClaimVerdict::ended:
      return store_rules::run_ended(run_id, stored->row.status, stored->row.reason);
    case store_rules::ClaimVerdict::owned:
      return store_rules::run_owned(run_id, stored->row.owner);
    case store_rules::ClaimVerdict::quarantine:
      load_head(*stored);
      quarantine(*stored, now);
      return store_rules::run_ended(run_id, RunStatus::quarantined, store_rules::kTakeoversReason);
    case store_rules::ClaimVerdict::take:
      return take_over(*stored, false);
    case store_rules::ClaimVerdict::adopt:
      return take_over(*stored, true);
  }
  return store_rules::no_such_run(run_id);
}

Result<Claim> Writer::take_over(StoredRun& stored, bool adopted) {
  load_head(stored);
  LiveRun live;
  live.run_no = stored.run_no;
  live.fence = store_rules::next_fence(stored.row.fence, identity_.epoch);
  live.head_seq = live.claimed_at_seq = live.written_seq = stored.row.head_seq;
  live.head_hash = stored.row.head_hash;
  live.takeovers = stored.row.takeovers + (adopted ? 1 : 0);
  Query query = database_.sql(
      "UPDATE runs SET status=?2, reason='', ready_at=0, fence=?3, owner=?4, owner_epoch=?5,"
      " head_seq=?6, head_hash=?7, takeovers=?8 WHERE run_no=?1");
  query.bind(live.run_no, static_cast<int>(RunStatus::owned), live.fence, identity_.node_id,
             identity_.epoch, live.head_seq, live.head_hash, live.takeovers);
  query.run();
  live_.insert_or_assign(stored.row.run_id, live);
  return Claim{stored.row.run_id, live.fence, live.head_seq, live.head_hash, adopted};
}

void Writer::quarantine(const StoredRun& stored, Micros now) {
  Query query = database_.sql(
      "UPDATE runs SET status=?2, reason=?3, ready_at=0, owner='', owner_epoch=0, head_seq=?4,"
      " head_hash=?5, takeovers=takeovers+1, finished_at=?6 WHERE run_no=?1");
  query.bind(stored.run_no, static_cast<int>(RunStatus::quarantined), store_rules::kTakeoversReason,
             stored.row.head_seq, stored.row.head_hash, now);
  query.run();
  close_orphans(stored.run_no, now);
  call_next_in_session(stored.run_no, now);
  tell_parent(stored.row.run_id, now);
}

std::vector<Claim> Writer::claim_due(Micros now, int limit) {
  std::vector<std::string> due;
  {
    Query ready =
        database_.sql("SELECT run_id FROM runs WHERE status=0 ORDER BY ready_at, run_no LIMIT ?1");
    ready.bind(std::max(limit, 0));
    while (ready.step()) due.push_back(ready.string(0));
    Query waiting = database_.sql(
        "SELECT run_id FROM runs WHERE status=2 AND ready_at > 0 AND ready_at <= ?1"
        " ORDER BY ready_at, run_no LIMIT ?2");
    waiting.bind(now, std::max(limit, 0) - static_cast<std::int64_t>(due.size()));
    while (waiting.step()) due.push_back(waiting.string(0));
  }
  std::vector<Claim> claims;
  for (const std::string& run_id : due) {
    try {
      Result<Claim> taken = claim(run_id, now);
      if (taken) claims.push_back(std::move(*taken));
    } catch (const StoreFault&) {
      // Its journal is damaged: whoever names the run is told; the others are not held up.
    }
  }
  return claims;
}

}  // namespace yoke::sqlite
