#include <algorithm>
#include <limits>

#include "runtime/store/rules.h"
#include "runtime/store/sqlite/joined_sql.h"
#include "runtime/store/sqlite/reader.h"
#include "runtime/store/sqlite/stored_run.h"

// Rows of runs and sessions.
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
  row.by = query.string(21);
  row.erased_at = query.integer(22);
  row.erased_by = query.string(23);
  return row;
}

std::optional<std::string_view> wish(const std::string& text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// What a search filters its rows by, as it is bound: empty is any.
struct Wishes {
  explicit Wishes(const RunFilter& filter)
      : tenant(filter.tenant),
        agent(wish(filter.agent)),
        session(wish(filter.session)),
        limit(std::max(filter.limit, 0)),
        since(filter.since) {
    if (!filter.status.is_all()) statuses = filter.status.bits();
    if (filter.children_left_out) called = 0;
    if (!filter.agents_left_out.empty()) left_out = to_text(Json(filter.agents_left_out));
  }

  std::optional<std::string> tenant;
  std::optional<std::int64_t> statuses;  // a bit each
  std::optional<std::string_view> agent;
  std::optional<std::string_view> session;
  std::optional<std::string> left_out;  // a JSON list of agents
  std::int64_t limit = 0;
  Micros since = 0;
  std::optional<std::int64_t> called;
  // Where the page begins: behind the run that has these.
  std::int64_t created_at = std::numeric_limits<std::int64_t>::max();
  std::int64_t run_no = std::numeric_limits<std::int64_t>::max();
};

bool is_active(StatusSet status) {
  return !status.is_all() && (status.bits() & ~StatusSet::active().bits()) == 0;
}

// Each statement begins with what its index carries and goes on with these, as Wishes are bound. A
// plus keeps a column from choosing an index of its own.
constexpr auto kOfTenant = joined(" AND (?1 IS NULL OR +tenant=?1)");
constexpr auto kWithStatus = joined(" AND (?2 IS NULL OR (?2 >> +status) & 1)");
constexpr auto kOfAgents = joined(
    " AND (?3 IS NULL OR agent=?3)"
    " AND (?5 IS NULL OR agent NOT IN (SELECT value FROM json_each(?5)))"
    " AND (?10 IS NULL OR +called=?10)");
constexpr auto kOfSession = joined(" AND (?4 IS NULL OR +session=?4)");
constexpr auto kNewestFirst = joined(" ORDER BY created_at DESC, run_no DESC LIMIT ?8");
// The page, where the index is in the order of rows, and where it is not.
constexpr auto kPage =
    joined(" AND created_at >= ?9 AND (created_at, run_no) < (?6, ?7)", kNewestFirst.text);
constexpr auto kSortedPage =
    joined(" AND +created_at >= ?9 AND (+created_at, +run_no) < (?6, ?7)", kNewestFirst.text);
constexpr auto kSorted =
    joined(kOfTenant.text, kWithStatus.text, kOfAgents.text, kOfSession.text, kSortedPage.text);

template <class... More>
std::vector<RunRow> rows_of(Query query, const Wishes& w, const More&... more) {
  query.bind(w.tenant, w.statuses, w.agent, w.session, w.left_out, w.created_at, w.run_no, w.limit,
             w.since, w.called, more...);
  std::vector<RunRow> rows;
  while (query.step()) rows.push_back(row_from(query));
  return rows;
}

// A prefix is a range up to the smallest text above it, or up to x'', which is above every text.
std::vector<RunRow> with_prefix(Database& database, const Wishes& w, const std::string& prefix) {
  static constexpr auto kSql = joined(
      "SELECT * FROM run_rows WHERE run_id >= ?11 AND run_id < coalesce(?12, x'')", kSorted.text);
  return rows_of(database.sql(kSql.text), w, prefix, store_rules::after_prefix(prefix));
}

std::vector<RunRow> due_by(Database& database, const Wishes& w, Micros due) {
  static constexpr auto kSql = joined(
      "SELECT * FROM run_rows WHERE run_no IN (SELECT run_no FROM runs WHERE status=0 UNION ALL"
      " SELECT run_no FROM runs WHERE status=2 AND ready_at > 0 AND ready_at <= ?11)",
      kSorted.text);
  return rows_of(database.sql(kSql.text), w, due);
}

std::vector<RunRow> active(Database& database, const Wishes& w) {
  static constexpr auto kSql = joined("SELECT * FROM run_rows WHERE status < 3", kSorted.text);
  return rows_of(database.sql(kSql.text), w);
}

std::vector<RunRow> of_all_tenants(Database& database, const Wishes& w) {
  static constexpr auto kSql = joined("SELECT * FROM run_rows WHERE ?1 IS NULL", kWithStatus.text,
                                      kOfAgents.text, kOfSession.text, kPage.text);
  return rows_of(database.sql(kSql.text), w);
}

std::vector<RunRow> of_session(Database& database, const Wishes& w) {
  static constexpr auto kSql =
      joined("SELECT * FROM run_rows WHERE tenant=?1 AND session=?4 AND session <> ''",
             kWithStatus.text, kOfAgents.text, kPage.text);
  return rows_of(database.sql(kSql.text), w);
}

std::vector<RunRow> with_status(Database& database, const Wishes& w, int status) {
  static constexpr auto kSql =
      joined("SELECT * FROM run_rows WHERE tenant=?1 AND status=?11 AND ?2 IS NOT NULL",
             kOfAgents.text, kOfSession.text, kPage.text);
  return rows_of(database.sql(kSql.text), w, status);
}

std::vector<RunRow> of_tenant(Database& database, const Wishes& w) {
  static constexpr auto kSql = joined("SELECT * FROM run_rows WHERE tenant=?1", kWithStatus.text,
                                      kOfAgents.text, kOfSession.text, kPage.text);
  return rows_of(database.sql(kSql.text), w);
}

// Of those that no call of another run waits for, which may be few among many.
std::vector<RunRow> of_tenant_uncalled(Database& database, const Wishes& w) {
  static constexpr auto kSql =
      joined("SELECT * FROM run_rows WHERE tenant=?1 AND called=0", kWithStatus.text,
             kOfAgents.text, kOfSession.text, kPage.text);
  return rows_of(database.sql(kSql.text), w);
}

// The one status that is asked for; none: several.
std::optional<int> single(StatusSet set) {
  for (int status = 0; status <= static_cast<int>(RunStatus::quarantined); ++status) {
    if (set.bits() == 1U << status) return status;
  }
  return std::nullopt;
}

}  // namespace

Result<RunRow> Reader::get(const std::string& run_id) {
  Query query = database_.sql("SELECT * FROM run_rows WHERE run_id=?1");
  query.bind(run_id);
  if (!query.step()) return store_rules::no_such_run(run_id);
  return row_from(query);
}

// One statement for each index that can carry the search; the other wishes filter its rows.
std::vector<RunRow> Reader::list(const RunFilter& filter) {
  Wishes wishes(filter);
  if (!filter.before.empty()) {
    Query query = database_.sql(
        "SELECT created_at, run_no FROM runs WHERE run_id=?1 AND (?2 IS NULL OR tenant=?2)");
    query.bind(filter.before, filter.tenant);
    if (!query.step()) return {};
    wishes.created_at = query.integer(0);
    wishes.run_no = query.integer(1);
  }
  if (!filter.id_prefix.empty()) return with_prefix(database_, wishes, filter.id_prefix);
  if (filter.due_by > 0) return due_by(database_, wishes, filter.due_by);
  if (is_active(filter.status)) return active(database_, wishes);
  if (!filter.tenant) return of_all_tenants(database_, wishes);
  if (!filter.session.empty()) return of_session(database_, wishes);
  const std::optional<int> status = single(filter.status);
  if (status) return with_status(database_, wishes, *status);
  return filter.children_left_out ? of_tenant_uncalled(database_, wishes)
                                  : of_tenant(database_, wishes);
}

std::vector<SessionRow> Reader::sessions(const SessionFilter& filter) {
  const std::int64_t before_at =
      filter.before_at == 0 ? std::numeric_limits<std::int64_t>::max() : filter.before_at;
  Query query = database_.sql(
      "SELECT s.session, s.runs, s.first_at, s.last_at, r.run_id, r.status, r.reason, r.agent,"
      " r.summary FROM (SELECT session, count(*) AS runs, min(created_at) AS first_at,"
      "  max(created_at) AS last_at FROM runs WHERE tenant=?1 AND session <> '' GROUP BY session) s"
      " JOIN runs r ON r.run_no = (SELECT run_no FROM runs WHERE tenant=?1 AND session=s.session"
      "  AND session <> '' ORDER BY created_at DESC, run_no DESC LIMIT 1)"
      " WHERE (s.last_at, s.session) < (?2, ?3) ORDER BY s.last_at DESC, s.session DESC LIMIT ?4");
  query.bind(filter.tenant, before_at, filter.before_session, std::max(filter.limit, 0));
  std::vector<SessionRow> rows;
  while (query.step()) {
    SessionRow& row = rows.emplace_back();
    row.session = query.string(0);
    row.runs = query.integer(1);
    row.first_at = query.integer(2);
    row.last_at = query.integer(3);
    row.last_run = query.string(4);
    row.last_status = static_cast<RunStatus>(query.integer(5));
    row.last_reason = query.string(6);
    row.agent = query.string(7);
    row.title = string_at(stored_json(query.text(8)), "title");
  }
  return rows;
}

}  // namespace yoke::sqlite
