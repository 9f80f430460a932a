#include "runtime/store/sqlite/outbox.h"
#include "runtime/store/sqlite/stored_run.h"
#include "runtime/store/sqlite/writer.h"

namespace yoke::sqlite {

// What is freed is overwritten, so that the file does not keep what was erased.
Result<void> Writer::erase(const std::string& run_id, const std::string& by, Micros now) {
  const std::optional<StoredRun> stored = find(run_id);
  if (!stored) return store_rules::no_such_run(run_id);
  const Result<void> may = may_be_erased(*stored);
  if (!may) return may;
  std::string summary;
  Hash plan{};
  {
    Query query = database_.sql("SELECT summary, plan_hash, erased_at FROM runs WHERE run_no=?1");
    query.bind(stored->run_no);
    if (!query.step() || query.integer(2) > 0) return {};
    summary = to_text(store_rules::bare_facts(stored_json(query.text(0))));
    plan = query.hash(1);
  }
  database_.run_script("PRAGMA secure_delete=ON");
  Query mark =
      database_.sql("UPDATE runs SET erased_at=?2, erased_by=?3, summary=?4 WHERE run_no=?1");
  mark.bind(stored->run_no, std::max<Micros>(now, 1), by, summary).run();
  erase_records(stored->run_no);
  if (!is_referred_to(plan)) contents_.drop(plan);
  Query messages = database_.sql("UPDATE inbox SET body='{}' WHERE run_no=?1");
  messages.bind(stored->run_no).run();
  give_up_outbox(stored->run_no, now);
  database_.run_script("PRAGMA secure_delete=FAST");
  has_erased_ = erases_ = true;
  return {};
}

Result<void> Writer::may_be_erased(const StoredRun& stored) {
  const std::string& run_id = stored.row.run_id;
  if (!is_final(stored.row.status)) return store_rules::not_ended(run_id);
  Query fork =
      database_.sql("SELECT run_id FROM runs WHERE fork_no=?1 AND erased_at=0 ORDER BY run_no");
  fork.bind(stored.run_no);
  if (fork.step()) return store_rules::shared_with(run_id, fork.text(0));
  Query later = database_.sql(
      "SELECT n.run_id FROM runs r JOIN runs n ON n.tenant=r.tenant AND n.session=r.session"
      " WHERE r.run_no=?1 AND r.session <> '' AND n.status < 3"
      " AND (n.created_at, n.run_no) > (r.created_at, r.run_no) LIMIT 1");
  later.bind(stored.run_no);
  if (later.step()) return store_rules::followed_by(run_id, later.text(0));
  return {};
}

void Writer::erase_records(std::int64_t run_no) {
  std::vector<Hash> kept_apart;
  {
    Query query =
        database_.sql("SELECT DISTINCT body_hash FROM journal WHERE run_no=?1 AND body IS NULL");
    query.bind(run_no);
    while (query.step()) kept_apart.push_back(query.hash(0));
  }
  Query erase = database_.sql("UPDATE journal SET body='' WHERE run_no=?1");
  erase.bind(run_no).run();
  for (const Hash& hash : kept_apart) {
    if (!is_referred_to(hash)) contents_.drop(hash);
  }
}

bool Writer::is_referred_to(const Hash& hash) {
  Query body = database_.sql("SELECT 1 FROM journal WHERE body_hash=?1 AND body IS NULL LIMIT 1");
  body.bind(hash);
  if (body.step()) return true;
  Query plan = database_.sql("SELECT 1 FROM runs WHERE plan_hash=?1 AND erased_at=0 LIMIT 1");
  plan.bind(hash);
  return plan.step();
}

void Writer::give_up_outbox(std::int64_t run_no, Micros now) {
  std::vector<std::string> lanes;
  {
    Query query = database_.sql("SELECT DISTINCT lane FROM outbox WHERE run_no=?1 AND state < 2");
    query.bind(run_no);
    while (query.step()) lanes.push_back(query.string(0));
  }
  Query give_up = database_.sql(
      "UPDATE outbox SET state=?2, settled_at=?3, last_error=?4 WHERE run_no=?1 AND state < 2");
  give_up.bind(run_no, kOutboxGivenUp, now, store_rules::kErasedError).run();
  Query bodies = database_.sql("UPDATE outbox SET body='null' WHERE run_no=?1");
  bodies.bind(run_no).run();
  for (const std::string& lane : lanes) call_next_in_lane(lane);
}

}  // namespace yoke::sqlite
