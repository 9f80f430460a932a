#include "runtime/store/sqlite/reader.h"

#include <algorithm>
#include <limits>

#include "runtime/store/rules.h"
#include "runtime/store/sqlite/stored_run.h"

namespace yoke::sqlite {
namespace {

Record record_from(const Query& query, const std::string& run_id) {
  Record record;
  record.run_id = run_id;
  record.seq = query.integer(0);
  record.fence = query.integer(1);
  record.kind = static_cast<int>(query.integer(2));
  record.at = query.integer(3);
  record.attempt = static_cast<int>(query.integer(4));
  record.call_id = query.string(5);
  record.parent_call = query.string(6);
  record.label = query.string(7);
  record.reason = query.string(8);
  record.body_hash = query.hash(9);
  record.hash = query.hash(10);
  record.body = query.string(11);
  return record;
}

}  // namespace

void Reader::work(std::vector<SharedCall<Reader>>& batch) {
  for (const SharedCall<Reader>& call : batch) perform(*call);
}

void Reader::perform(StoreCall<Reader>& call) {
  try {
    health_.check();
    call.work(*this);
  } catch (const SqlError& error) {
    call.failure = std::make_exception_ptr(StoreFault(health_.judge(error)));
  } catch (const StoreFault&) {
    call.failure = std::current_exception();
  }
}

Result<std::vector<Record>> Reader::read(const std::string& run_id, std::int64_t after_seq,
                                         int limit) {
  const std::vector<Stretch> stretches = lineage(run_id);
  if (stretches.empty()) return store_rules::no_such_run(run_id);
  std::vector<Record> records;
  for (const Stretch& stretch : stretches) {
    const int left = limit - static_cast<int>(records.size());
    if (left <= 0) break;
    const Result<void> done = read_stretch(stretch, after_seq, left, records);
    if (!done) return done.error();
  }
  return records;
}

std::vector<Reader::Stretch> Reader::lineage(const std::string& run_id) {
  std::vector<Stretch> stretches;
  Query named = database_.sql("SELECT run_no FROM runs WHERE run_id=?1");
  named.bind(run_id);
  if (!named.step()) return stretches;
  std::int64_t run_no = named.integer(0);
  std::int64_t high = std::numeric_limits<std::int64_t>::max();
  for (int depth = 0; depth <= store_rules::kForkDepthMax; ++depth) {
    Query query =
        database_.sql("SELECT run_id, fork_no, fork_seq, erased_at FROM runs WHERE run_no=?1");
    query.bind(run_no);
    if (!query.step()) break;
    const std::int64_t low = query.integer(2);
    stretches.push_back(Stretch{run_no, query.string(0), low, high, query.integer(3) > 0});
    if (query.is_null(1)) break;
    high = std::min(high, low);
    run_no = query.integer(1);
  }
  std::reverse(stretches.begin(), stretches.end());
  return stretches;
}

Result<void> Reader::read_stretch(const Stretch& stretch, std::int64_t after_seq, int limit,
                                  std::vector<Record>& records) {
  Query query = database_.sql(
      "SELECT seq, fence, kind, at, attempt, call_id, parent_call, label, reason, body_hash, hash,"
      " body FROM journal WHERE run_no=?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq LIMIT ?4");
  query.bind(stretch.run_no, std::max(after_seq, stretch.low), stretch.high, limit);
  while (query.step()) {
    records.push_back(record_from(query, stretch.run_id));
    records.back().erased = stretch.erased;
    if (!query.is_null(11)) continue;
    Result<std::string> body = contents_.get(records.back().body_hash);
    if (!body) {
      return Error{Errc::unavailable, "record " + std::to_string(records.back().seq) + " of run " +
                                          stretch.run_id + ": " + body.error().detail};
    }
    records.back().body = std::move(*body);
  }
  return {};
}

std::vector<InboxMessage> Reader::inbox(const std::string& run_id) {
  Query query = database_.sql(
      "SELECT i.topic, i.by, i.at, i.body, i.msg_id FROM inbox i JOIN runs r ON r.run_no=i.run_no"
      " WHERE r.run_id=?1 AND i.taken_seq IS NULL ORDER BY i.in_no");
  query.bind(run_id);
  std::vector<InboxMessage> messages;
  while (query.step()) messages.push_back(message_from(query, 0, run_id));
  return messages;
}

Result<Json> Reader::kv_get(const std::string& space, const std::string& key) {
  Query query = database_.sql("SELECT value FROM kv WHERE space=?1 AND key=?2");
  query.bind(space, key);
  if (!query.step()) return store_rules::no_such_key(space, key);
  return stored_json(query.text(0));
}

std::vector<KvEntry> Reader::kv_list(const std::string& space, const std::string& prefix,
                                     int limit) {
  Query query = database_.sql(
      "SELECT key, value FROM kv WHERE space=?1 AND key >= ?2 AND key < coalesce(?3, x'')"
      " ORDER BY key LIMIT ?4");
  const std::optional<std::string> after = store_rules::after_prefix(prefix);
  query.bind(space, prefix, after, std::max(limit, 0));
  std::vector<KvEntry> entries;
  while (query.step()) entries.push_back(KvEntry{query.string(0), stored_json(query.text(1))});
  return entries;
}

std::vector<EndedRun> Reader::ended_before(RunStatus status, Micros before, const EndedRun& after,
                                           int limit) {
  Query query = database_.sql(
      "SELECT finished_at, run_id FROM runs WHERE status=?1 AND status >= 3 AND erased_at=0"
      " AND finished_at < ?2 AND (finished_at, run_id) > (?3, ?4)"
      " ORDER BY finished_at, run_id LIMIT ?5");
  query.bind(static_cast<int>(status), before, after.finished_at, after.run_id, limit);
  std::vector<EndedRun> runs;
  while (query.step()) runs.push_back({query.integer(0), query.string(1)});
  return runs;
}

std::vector<KeptValue> Reader::values(const std::string& after_space, const std::string& after_key,
                                      int limit) {
  Query query = database_.sql(
      "SELECT space, key, value FROM kv WHERE (space, key) > (?1, ?2) ORDER BY space, key LIMIT "
      "?3");
  query.bind(after_space, after_key, limit);
  std::vector<KeptValue> values;
  while (query.step()) {
    values.push_back({query.string(0), KvEntry{query.string(1), stored_json(query.text(2))}});
  }
  return values;
}

}  // namespace yoke::sqlite
