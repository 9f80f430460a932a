#include "runtime/store/sqlite/reader.h"

#include <algorithm>
#include <limits>

#include "runtime/store/rules.h"
#include "runtime/store/sqlite/stored_run.h"

namespace yoke::sqlite {
namespace {

// The columns of run_rows, in the order of the view.
RunRow row_from(const Query& query) {
  RunRow row;
  row.run_id = query.string(1);
  row.tenant = query.string(2);
  row.agent = query.string(3);
  row.session = query.string(4);
  row.status = static_cast<RunStatus>(query.integer(5));
  row.reason = query.string(6);
  row.fence = query.integer(7);
  row.owner = query.string(8);
  row.head_seq = query.integer(9);
  row.head_hash = query.hash(10);
  row.takeovers = static_cast<int>(query.integer(11));
  row.parent_run = query.string(12);
  row.parent_call = query.string(13);
  row.fork_run = query.string(14);
  row.fork_seq = query.integer(15);
  row.plan_hash = query.hash(16);
  row.ready_at = query.integer(17);
  row.created_at = query.integer(18);
  row.finished_at = query.integer(19);
  row.summary = stored_json(query.text(20));
  return row;
}

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

std::optional<std::string_view> wish(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// Where a list begins: none when the run that it is to begin after is not there.
std::optional<Reader::Newest> newest_of(Database& database, const RunFilter& filter) {
  if (filter.before.empty()) return Reader::Newest{};
  Query query = database.sql("SELECT created_at, run_no FROM runs WHERE run_id=?1 AND tenant=?2");
  query.bind(filter.before, filter.tenant);
  if (!query.step()) return std::nullopt;
  return Reader::Newest{query.integer(0), query.integer(1)};
}

std::vector<RunRow> rows_of(Query& query) {
  std::vector<RunRow> rows;
  while (query.step()) rows.push_back(row_from(query));
  return rows;
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
    Query query = database_.sql("SELECT run_id, fork_no, fork_seq FROM runs WHERE run_no=?1");
    query.bind(run_no);
    if (!query.step()) break;
    const std::int64_t low = query.integer(2);
    stretches.push_back(Stretch{run_no, query.string(0), low, high});
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

Result<RunRow> Reader::get(const std::string& run_id) {
  Query query = database_.sql("SELECT * FROM run_rows WHERE run_id=?1");
  query.bind(run_id);
  if (!query.step()) return store_rules::no_such_run(run_id);
  return row_from(query);
}

// A prefix is a range up to the smallest text above it, or up to x'', which is above every text.
// One statement for each index that can carry the search; the other wishes filter its rows.
std::vector<RunRow> Reader::list(const RunFilter& filter) {
  const std::optional<Newest> newest = newest_of(database_, filter);
  if (!newest) return {};
  std::optional<int> status;
  if (filter.status) status = static_cast<int>(std::max(*filter.status, RunStatus::owned));
  const int limit = std::max(filter.limit, 0);
  if (!filter.id_prefix.empty()) {
    Query query = database_.sql(
        "SELECT * FROM run_rows WHERE run_id >= ?5 AND run_id < coalesce(?6, x'') AND +tenant=?1"
        " AND (?2 IS NULL OR max(+status, 1)=?2) AND (?3 IS NULL OR +session=?3)"
        " AND (?4 IS NULL OR agent=?4) AND created_at >= ?8 AND (created_at, run_no) < (?9, ?10)"
        " ORDER BY created_at DESC, run_no DESC LIMIT ?7");
    const std::optional<std::string> after = store_rules::after_prefix(filter.id_prefix);
    query.bind(filter.tenant, status, wish(filter.session), wish(filter.agent), filter.id_prefix,
               after, limit, filter.since, newest->at, newest->number);
    return rows_of(query);
  }
  if (!filter.session.empty()) {
    Query query = database_.sql(
        "SELECT * FROM run_rows WHERE tenant=?1 AND session=?3 AND session <> ''"
        " AND (?2 IS NULL OR max(+status, 1)=?2) AND (?4 IS NULL OR agent=?4)"
        " AND created_at >= ?6 AND (created_at, run_no) < (?7, ?8)"
        " ORDER BY created_at DESC, run_no DESC LIMIT ?5");
    query.bind(filter.tenant, status, filter.session, wish(filter.agent), limit, filter.since,
               newest->at, newest->number);
    return rows_of(query);
  }
  return status ? list_by_status(filter, *newest) : list_all(filter, *newest);
}

std::vector<RunRow> Reader::list_by_status(const RunFilter& filter, const Newest& newest) {
  const int limit = std::max(filter.limit, 0);
  if (*filter.status <= RunStatus::owned) {  // few at any time: they can be sorted
    Query query = database_.sql(
        "SELECT * FROM run_rows WHERE tenant=?1 AND status IN (0, 1) AND (?2 IS NULL OR agent=?2)"
        " AND created_at >= ?4 AND (created_at, run_no) < (?5, ?6)"
        " ORDER BY created_at DESC, run_no DESC LIMIT ?3");
    query.bind(filter.tenant, wish(filter.agent), limit, filter.since, newest.at, newest.number);
    return rows_of(query);
  }
  Query query = database_.sql(
      "SELECT * FROM run_rows WHERE tenant=?1 AND status=?2 AND (?3 IS NULL OR agent=?3)"
      " AND created_at >= ?5 AND (created_at, run_no) < (?6, ?7)"
      " ORDER BY created_at DESC, run_no DESC LIMIT ?4");
  query.bind(filter.tenant, static_cast<int>(*filter.status), wish(filter.agent), limit,
             filter.since, newest.at, newest.number);
  return rows_of(query);
}

std::vector<RunRow> Reader::list_all(const RunFilter& filter, const Newest& newest) {
  Query query = database_.sql(
      "SELECT * FROM run_rows WHERE tenant=?1 AND (?2 IS NULL OR agent=?2)"
      " AND created_at >= ?4 AND (created_at, run_no) < (?5, ?6)"
      " ORDER BY created_at DESC, run_no DESC LIMIT ?3");
  query.bind(filter.tenant, wish(filter.agent), std::max(filter.limit, 0), filter.since, newest.at,
             newest.number);
  return rows_of(query);
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

}  // namespace yoke::sqlite
