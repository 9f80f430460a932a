#include <algorithm>

#include "runtime/store/chain.h"
#include "runtime/store/sqlite/ledger.h"
#include "runtime/store/sqlite/stored_run.h"
#include "runtime/store/sqlite/writer.h"

namespace yoke::sqlite {
namespace {

constexpr std::int64_t kRecordsBetweenHeads = 64;

}  // namespace

Result<Appended> Writer::append(Append& append, Micros now) {
  const Result<LiveRun*> found = live(append.run_id, append.fence);
  if (!found) return found.error();
  LiveRun& run = **found;
  if (append.after_seq != run.head_seq) {
    return store_rules::not_the_head(append.run_id, append.after_seq, run.head_seq);
  }
  for (LedgerRow& spent : append.ledger) spent.run_id = append.run_id;
  for (OpenCall& call : append.opened) call.expected.run_id = append.run_id;
  StoredBooks books(database_);
  const Result<store_rules::BudgetsAfter> budgets = store_rules::weigh_moves(append, books);
  if (!budgets) return budgets.error();
  const std::vector<Hash> bodies = keep_contents(append.records, append.blobs, now);

  Appended appended;
  appended.hashes = write_records(append.run_id, run, append.records, bodies);
  appended.head_seq = run.head_seq;
  appended.head_hash = run.head_hash;
  for (LedgerRow& spent : append.ledger) spent.seq = run.head_seq;
  for (OpenCall& call : append.opened) call.expected.seq = run.head_seq;
  move_money(append, *budgets, run.run_no);
  take_messages(append, run);
  write_outbox(append.outbox, run.run_no);
  if (append.update) {
    appended.next_in_session = write_row(run, *append.update, now);
    if (is_final(append.update->status)) tell_parent(append.run_id, now);
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

void Writer::take_messages(const Append& append, const LiveRun& live) {
  for (const std::string& id : append.inbox_taken) {
    Query query = database_.sql(
        "UPDATE inbox SET taken_seq=?3 WHERE run_no=?1 AND msg_id=?2 AND taken_seq IS NULL");
    query.bind(live.run_no, id, live.head_seq).run();
  }
}

std::string Writer::write_row(LiveRun& live, const RunUpdate& update, Micros now) {
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
  if (!ended) return {};
  close_orphans(live.run_no, now);
  return call_next_in_session(live.run_no, now);
}

void Writer::write_head(LiveRun& live) {
  if (store_rules::is_progress(live.claimed_at_seq, live.head_seq)) live.takeovers = 0;
  Query query =
      database_.sql("UPDATE runs SET head_seq=?2, head_hash=?3, takeovers=?4 WHERE run_no=?1");
  query.bind(live.run_no, live.head_seq, live.head_hash, live.takeovers).run();
  live.written_seq = live.head_seq;
}

void Writer::tell_parent(const std::string& run_id, Micros now) {
  const std::optional<StoredRun> ended = find(run_id);
  if (!ended) return;
  std::optional<InboxMessage> news = store_rules::news_of_child(ended->row, now);
  if (!news) return;
  const Result<Posted> posted = post(*news);
  static_cast<void>(posted);  // a parent that has ended does not wait for it
}

// A message that came before the run went to wait, and that its owner has not seen, wakes it at
// once.
Micros Writer::wake_time(std::int64_t run_no, Micros ready_at) {
  Query query = database_.sql("SELECT min(at) FROM inbox WHERE run_no=?1 AND taken_seq IS NULL");
  query.bind(run_no);
  if (!query.step() || query.is_null(0)) return ready_at;
  return store_rules::woken_at(ready_at, query.integer(0));
}

}  // namespace yoke::sqlite
