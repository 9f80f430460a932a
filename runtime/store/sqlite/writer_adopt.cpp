#include "runtime/store/sqlite/migrations.h"
#include "runtime/store/sqlite/roots.h"
#include "runtime/store/sqlite/stored_run.h"
#include "runtime/store/sqlite/writer.h"

// What comes from another store.
namespace yoke::sqlite {
namespace {

Error another_is_here(const std::string& run_id) {
  return Error{Errc::conflict, "run " + run_id +
                                   " is here already and is not the same: its journal differs or "
                                   "has another length"};
}

Error parent_missing(const RunRow& row, const std::string& why) {
  return Error{Errc::not_found, "run " + row.run_id + " goes on from run " + row.fork_run +
                                    ", event " + std::to_string(row.fork_seq) + ", which " + why +
                                    ": import that one first"};
}

}  // namespace

Result<bool> Writer::adopt(const MovedRun& run, Micros now) {
  const RunRow& row = run.row;
  if (std::optional<StoredRun> here = find(row.run_id)) {
    load_head(*here);
    const bool same = here->row.head_seq == row.head_seq && here->row.head_hash == row.head_hash;
    if (!same) return another_is_here(row.run_id);
    return false;
  }
  const Result<std::optional<ForkedOff>> parent = adopted_parent(run);
  if (!parent) return parent.error();
  if (!run.program.empty()) contents_.put(row.plan_hash, run.program, now);
  const std::int64_t run_no = insert_moved(run, *parent);
  for (const Record& record : run.records) {
    if (record.run_id != row.run_id) continue;  // its parent's, which has it
    if (record.body.size() > kInlineBytesMax) contents_.put(record.body_hash, record.body, now);
    insert_record(run_no, record);
  }
  for (const LedgerRow& spent : run.ledger) insert_ledger_row(spent, run_no);
  for (const InboxMessage& message : run.inbox) insert_message(run_no, message);
  write_outbox(run.outbox, run_no);
  return true;
}

Result<std::optional<Writer::ForkedOff>> Writer::adopted_parent(const MovedRun& run) {
  const RunRow& row = run.row;
  if (row.fork_run.empty()) return std::optional<ForkedOff>();
  const std::optional<StoredRun> parent = find(row.fork_run);
  if (!parent) return parent_missing(row, "is not here");
  const std::optional<Hash> here = hash_at(parent->run_no, row.fork_seq);
  const auto place = static_cast<std::size_t>(row.fork_seq - 1);
  const bool same = here && place < run.records.size() && run.records[place].hash == *here;
  if (!same) return parent_missing(row, "is another one here");
  return std::optional<ForkedOff>(ForkedOff{parent->run_no, parent->fork_depth + 1});
}

std::int64_t Writer::insert_moved(const MovedRun& run, const std::optional<ForkedOff>& parent) {
  const RunRow& row = run.row;
  const RunStatus status = row.status == RunStatus::owned ? RunStatus::ready : row.status;
  std::optional<std::int64_t> fork_no;
  if (parent) fork_no = parent->run_no;
  const std::string summary = to_text(row.summary);
  Query query = database_.sql(
      "INSERT INTO runs(run_id, tenant, agent, session, status, reason, ready_at, fence, head_seq,"
      " head_hash, takeovers, parent_run, parent_call, fork_no, fork_seq, fork_depth, plan_hash,"
      " created_at, finished_at, summary, by, erased_at, erased_by)"
      " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,"
      " ?19, ?20, ?21, ?22, ?23)");
  query.bind(row.run_id, row.tenant, row.agent, row.session, static_cast<int>(status), row.reason,
             row.ready_at, row.fence, row.head_seq, row.head_hash, row.takeovers, row.parent_run,
             row.parent_call, fork_no, row.fork_seq, parent ? parent->depth : 0, row.plan_hash,
             row.created_at, row.finished_at, summary, row.by, row.erased_at, row.erased_by);
  query.run();
  return database_.last_row();
}

void Writer::insert_message(std::int64_t run_no, const InboxMessage& message) {
  const std::string body = to_text(message.body);
  Query query = database_.sql(
      "INSERT INTO inbox(run_no, msg_id, topic, by, at, body) VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  query.bind(run_no, message.id, message.topic, message.by, message.at, body).run();
}

bool Writer::adopt_id(const std::string& store_id) {
  if (store_id_of(database_) == store_id) return true;
  Query used =
      database_.sql("SELECT EXISTS(SELECT 1 FROM runs) OR EXISTS(SELECT 1 FROM audit_roots)");
  if (used.step() && used.integer(0) != 0) return false;
  set_meta(database_, "store_id", store_id);
  return true;
}

Result<void> Writer::adopt_root(const AuditRoot& root, const std::vector<RunHead>& heads) {
  const std::optional<AuditRoot> before = last_root(database_, root.tenant);
  if (before && before->n >= root.n) {
    Query same = database_.sql("SELECT root FROM audit_roots WHERE tenant=?1 AND n=?2");
    same.bind(root.tenant, root.n);
    if (same.step() && same.hash(0) == root.root) return {};
  }
  const std::string wrong = wrong_in_root(root, before ? &*before : nullptr);
  if (!wrong.empty() || root.store != store_id_of(database_)) {
    return Error{Errc::conflict, "root " + std::to_string(root.n) + " of tenant '" + root.tenant +
                                     "' does not continue those that are here" +
                                     (wrong.empty() ? "" : ": " + wrong)};
  }
  insert_root(root);
  for (const RunHead& head : heads) {
    insert_covered(root, head);
    Query mark = database_.sql(
        "UPDATE runs SET sealed_seq=max(sealed_seq, ?2), sealed=(status >= 3 AND head_seq <= ?2)"
        " WHERE run_id=?1");
    mark.bind(head.run_id, head.seq).run();
  }
  return {};
}

}  // namespace yoke::sqlite
