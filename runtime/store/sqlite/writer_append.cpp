#include <algorithm>

#include "runtime/store/chain.h"
#include "runtime/store/sqlite/stored_run.h"
#include "runtime/store/sqlite/writer.h"

namespace yoke::sqlite {
namespace {

constexpr std::int64_t kRecordsBetweenHeads = 64;

class Budgets final : public store_rules::BudgetSource {
 public:
  explicit Budgets(Database& database) : database_(database) {}

  BudgetState budget(const store_rules::BudgetKey& key) override {
    Query query =
        database_.sql("SELECT cap, reserved, settled FROM budgets WHERE scope=?1 AND win=?2");
    query.bind(key.scope, key.window);
    if (!query.step()) return {};
    return {query.integer(0), query.integer(1), query.integer(2)};
  }

  std::optional<store_rules::Reservation> reservation(
      const store_rules::ReservationKey& key) override {
    Query query =
        database_.sql("SELECT win, amount FROM reservations WHERE reservation=?1 AND scope=?2");
    query.bind(key.reservation, key.scope);
    if (!query.step()) return std::nullopt;
    return store_rules::Reservation{query.string(0), query.integer(1)};
  }

 private:
  Database& database_;
};

}  // namespace

Result<Appended> Writer::append(Append& append, Micros now) {
  const Result<LiveRun*> found = live(append.run_id, append.fence);
  if (!found) return found.error();
  LiveRun& run = **found;
  if (append.after_seq != run.head_seq) {
    return store_rules::not_the_head(append.run_id, append.after_seq, run.head_seq);
  }
  Budgets budgets(database_);
  const Result<store_rules::BudgetChange> change =
      store_rules::weigh_budgets(append.budgets, budgets);
  if (!change) return change.error();
  const std::vector<Hash> bodies = keep_contents(append.records, append.blobs, now);

  Appended appended;
  appended.hashes = write_records(append.run_id, run, append.records, bodies);
  appended.head_seq = run.head_seq;
  appended.head_hash = run.head_hash;
  write_budgets(*change, run.run_no);
  write_ledger(append, run);
  take_messages(append, run);
  if (append.update) {
    write_row(run, *append.update, now);
    if (append.update->status != RunStatus::owned) live_.erase(append.run_id);
  } else if (run.head_seq >= run.written_seq + kRecordsBetweenHeads ||
             (run.takeovers > 0 && store_rules::is_progress(run.claimed_at_seq, run.head_seq))) {
    write_head(run);
  }
  return appended;
}

Result<Writer::LiveRun*> Writer::live(const std::string& run_id, std::int64_t fence) {
  const auto cached = live_.find(run_id);
  if (cached != live_.end()) {
    if (cached->second.fence == fence) return &cached->second;
    return store_rules::taken_over(run_id, fence, cached->second.fence);
  }
  std::optional<StoredRun> stored = find(run_id);
  if (!stored) return store_rules::no_such_run(run_id);
  if (stored->row.fence != fence) {
    return store_rules::taken_over(run_id, fence, stored->row.fence);
  }
  if (stored->row.status != RunStatus::owned || stored->owner_epoch != identity_.epoch) {
    return store_rules::not_owned(run_id);
  }
  load_head(*stored);
  LiveRun run;
  run.run_no = stored->run_no;
  run.fence = fence;
  run.head_seq = run.claimed_at_seq = run.written_seq = stored->row.head_seq;
  run.head_hash = stored->row.head_hash;
  run.takeovers = stored->row.takeovers;
  return &live_.insert_or_assign(run_id, run).first->second;
}

std::vector<Hash> Writer::keep_contents(const std::vector<RecordIn>& records,
                                        const std::vector<std::string>& blobs, Micros now) {
  for (const std::string& blob : blobs) contents_.put(sha256(blob), blob, now);
  std::vector<Hash> hashes;
  hashes.reserve(records.size());
  for (const RecordIn& record : records) {
    hashes.push_back(sha256(record.body));
    if (record.body.size() > kInlineBytesMax) contents_.put(hashes.back(), record.body, now);
  }
  return hashes;
}

std::vector<Hash> Writer::write_records(const std::string& run_id, LiveRun& live,
                                        std::vector<RecordIn>& records,
                                        const std::vector<Hash>& bodies) {
  std::vector<Hash> hashes;
  hashes.reserve(records.size());
  Record record;
  record.run_id = run_id;
  record.fence = live.fence;
  for (std::size_t i = 0; i < records.size(); ++i) {
    static_cast<RecordIn&>(record) = std::move(records[i]);
    record.seq = live.head_seq + 1;
    record.body_hash = bodies[i];
    record.hash = chain_next(live.head_hash, record);
    insert_record(live.run_no, record);
    live.head_seq = record.seq;
    live.head_hash = record.hash;
    hashes.push_back(record.hash);
  }
  counters_.records += records.size();
  return hashes;
}

void Writer::insert_record(std::int64_t run_no, const Record& record) {
  std::optional<std::string_view> body;
  if (record.body.size() <= kInlineBytesMax) body = record.body;
  Query query = database_.sql(
      "INSERT INTO journal(run_no, seq, fence, kind, at, attempt, call_id, parent_call, label,"
      " reason, body_hash, hash, body)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)");
  query.bind(run_no, record.seq, record.fence, record.kind, record.at, record.attempt,
             record.call_id, record.parent_call, record.label, record.reason, record.body_hash,
             record.hash, body);
  query.run();
}

void Writer::write_budgets(const store_rules::BudgetChange& change, std::int64_t run_no) {
  for (const auto& [key, state] : change.budgets) {
    Query query = database_.sql(
        "INSERT OR REPLACE INTO budgets(scope, win, cap, reserved, settled)"
        " VALUES(?1, ?2, ?3, ?4, ?5)");
    query.bind(key.scope, key.window, state.cap, state.reserved, state.settled).run();
  }
  for (const auto& [key, held] : change.reservations) {
    if (held) {
      Query query = database_.sql(
          "INSERT INTO reservations(reservation, scope, win, run_no, amount)"
          " VALUES(?1, ?2, ?3, ?4, ?5)"
          " ON CONFLICT(reservation, scope) DO UPDATE SET amount=excluded.amount");
      query.bind(key.reservation, key.scope, held->window, run_no, held->amount).run();
    } else {
      Query query = database_.sql("DELETE FROM reservations WHERE reservation=?1 AND scope=?2");
      query.bind(key.reservation, key.scope).run();
    }
  }
}

void Writer::write_ledger(const Append& append, const LiveRun& live) {
  for (const LedgerRow& row : append.ledger) {
    Query query = database_.sql(
        "INSERT INTO ledger(run_no, seq, n, call_id, target, input, cached, cache_write, output,"
        " reasoning, nanousd, estimated, at)"
        " VALUES(?1, ?2, (SELECT count(*) FROM ledger WHERE run_no=?1 AND seq=?2),"
        " ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    query.bind(live.run_no, live.head_seq, row.call_id, row.target, row.input, row.cached,
               row.cache_write, row.output, row.reasoning, row.cost, row.estimated, row.at);
    query.run();
  }
}

void Writer::take_messages(const Append& append, const LiveRun& live) {
  for (const std::string& id : append.inbox_taken) {
    Query query = database_.sql(
        "UPDATE inbox SET taken_seq=?3 WHERE run_no=?1 AND msg_id=?2 AND taken_seq IS NULL");
    query.bind(live.run_no, id, live.head_seq).run();
  }
}

void Writer::write_row(LiveRun& live, const RunUpdate& update, Micros now) {
  const bool ended = is_final(update.status);
  const bool owned = update.status == RunStatus::owned;
  if (store_rules::is_progress(live.claimed_at_seq, live.head_seq)) live.takeovers = 0;
  const Micros ready_at = update.status == RunStatus::waiting
                              ? wake_time(live.run_no, update.ready_at)
                              : update.ready_at;
  const std::string summary = to_text(update.summary);
  Query query = database_.sql(
      "UPDATE runs SET status=?2, reason=?3, ready_at=?4, head_seq=?5, head_hash=?6, takeovers=?7,"
      " owner=?8, owner_epoch=?9, finished_at=?10, summary=?11 WHERE run_no=?1");
  query.bind(live.run_no, static_cast<int>(update.status), update.reason, ready_at, live.head_seq,
             live.head_hash, live.takeovers, owned ? std::string_view(identity_.node_id) : "",
             owned ? identity_.epoch : 0, ended ? now : 0, summary);
  query.run();
  live.written_seq = live.head_seq;
  if (ended) release_reservations(live.run_no);
}

void Writer::write_head(LiveRun& live) {
  if (store_rules::is_progress(live.claimed_at_seq, live.head_seq)) live.takeovers = 0;
  Query query =
      database_.sql("UPDATE runs SET head_seq=?2, head_hash=?3, takeovers=?4 WHERE run_no=?1");
  query.bind(live.run_no, live.head_seq, live.head_hash, live.takeovers).run();
  live.written_seq = live.head_seq;
}

// A message that came before the run went to wait, and that its owner has not seen, wakes it at
// once.
Micros Writer::wake_time(std::int64_t run_no, Micros ready_at) {
  Query query = database_.sql("SELECT min(at) FROM inbox WHERE run_no=?1 AND taken_seq IS NULL");
  query.bind(run_no);
  if (!query.step() || query.is_null(0)) return ready_at;
  return store_rules::woken_at(ready_at, query.integer(0));
}

void Writer::release_reservations(std::int64_t run_no) {
  Query give_back = database_.sql(
      "UPDATE budgets SET reserved = reserved - held.amount"
      " FROM (SELECT scope, win, sum(amount) AS amount FROM reservations WHERE run_no=?1"
      "       GROUP BY scope, win) AS held"
      " WHERE budgets.scope = held.scope AND budgets.win = held.win");
  give_back.bind(run_no).run();
  Query forget = database_.sql("DELETE FROM reservations WHERE run_no=?1");
  forget.bind(run_no).run();
}

}  // namespace yoke::sqlite
