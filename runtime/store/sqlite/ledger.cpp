#include "runtime/store/sqlite/ledger.h"

#include <algorithm>
#include <limits>

#include "runtime/base/saturating.h"

namespace yoke::sqlite {
namespace {

constexpr std::int64_t kForEver = std::numeric_limits<std::int64_t>::max();

// Sums up what the rows of a query come to; its columns are nanousd, input, output.
std::int64_t sum_of(Query& rows, BudgetUnit unit) {
  std::int64_t sum = 0;
  LedgerRow row;
  while (rows.step()) {
    row.cost = rows.integer(0);
    row.input = rows.integer(1);
    row.output = rows.integer(2);
    sum = saturating_add(sum, amount_of(unit, row));
  }
  return sum;
}

std::int64_t spent_by_run(Database& database, const std::string& run_id, BudgetUnit unit,
                          std::int64_t after) {
  Query rows = database.sql(
      "SELECT nanousd, input, output FROM ledger"
      " WHERE run_no = (SELECT run_no FROM runs WHERE run_id=?1) AND l_no > ?2");
  rows.bind(run_id, after);
  return sum_of(rows, unit);
}

// Of a session or caller, "TENANT/NAME", by a query whose first two parameters they are.
std::int64_t spent_in_tenant(Query& rows, const std::string& scope, const BudgetKey& key,
                             const WindowRange& range, std::int64_t after) {
  const std::size_t slash = std::min(scope.find('/'), scope.size());
  const std::string tenant = scope.substr(0, slash);
  const std::string name = scope.substr(std::min(slash + 1, scope.size()));
  rows.bind(name, tenant, after, range.from, range.until);
  return sum_of(rows, key.unit);
}

std::int64_t spent_by_session(Database& database, const std::string& scope, const BudgetKey& key,
                              const WindowRange& range, std::int64_t after) {
  Query rows = database.sql(
      "SELECT nanousd, input, output FROM ledger WHERE session=?1 AND session <> '' AND tenant=?2"
      " AND l_no > ?3 AND +opened_at >= ?4 AND +opened_at < ?5");
  return spent_in_tenant(rows, scope, key, range, after);
}

std::int64_t spent_by_caller(Database& database, const std::string& scope, const BudgetKey& key,
                             const WindowRange& range, std::int64_t after) {
  Query rows = database.sql(
      "SELECT nanousd, input, output FROM ledger WHERE caller=?1 AND caller <> '' AND tenant=?2"
      " AND l_no > ?3 AND +opened_at >= ?4 AND +opened_at < ?5");
  return spent_in_tenant(rows, scope, key, range, after);
}

// The rest of a text that starts with `kind`.
std::optional<std::string> named(const std::string& scope, std::string_view kind) {
  if (!scope.starts_with(kind)) return std::nullopt;
  return scope.substr(kind.size());
}

// What the ledger has behind row `after` that counts in the budget. A budget that counted nothing
// so far looks its window up by time, any other what is new by number.
std::int64_t spent_since(Database& database, const BudgetKey& key, std::int64_t after) {
  const std::optional<WindowRange> range = range_of(key.window);
  if (!range) return 0;
  if (const auto run = named(key.scope, "run:")) {
    return spent_by_run(database, *run, key.unit, after);
  }
  if (const auto session = named(key.scope, "session:")) {
    return spent_by_session(database, *session, key, *range, after);
  }
  if (const auto caller = named(key.scope, "caller:")) {
    return spent_by_caller(database, *caller, key, *range, after);
  }
  const std::optional<std::string> agent = named(key.scope, "agent:");
  const std::optional<std::string> tenant = named(key.scope, "tenant:");
  if (!agent && !tenant && key.scope != "all") return 0;
  if (after == 0 && range->until != kForEver) {
    Query rows = database.sql(
        "SELECT nanousd, input, output FROM ledger WHERE opened_at >= ?1 AND opened_at < ?2"
        " AND (?3 IS NULL OR agent=?3) AND (?4 IS NULL OR tenant=?4)");
    rows.bind(range->from, range->until, agent, tenant);
    return sum_of(rows, key.unit);
  }
  Query rows = database.sql(
      "SELECT nanousd, input, output FROM ledger WHERE l_no > ?5 AND +opened_at >= ?1"
      " AND +opened_at < ?2 AND (?3 IS NULL OR agent=?3) AND (?4 IS NULL OR tenant=?4)");
  rows.bind(range->from, range->until, agent, tenant, after);
  return sum_of(rows, key.unit);
}

std::int64_t last_ledger_row(Database& database) {
  Query last = database.sql("SELECT max(l_no) FROM ledger");
  return last.step() ? last.integer(0) : 0;
}

// Columns run_id, seq, call_id, agent … at, route, caller of `ledger_rows`, from `first` on.
LedgerRow ledger_row(const Query& query, int first) {
  LedgerRow row;
  int column = first;
  row.run_id = query.string(column++);
  row.seq = query.integer(column++);
  for (std::string* each :
       {&row.call_id, &row.agent, &row.session, &row.tenant, &row.target, &row.role}) {
    *each = query.string(column++);
  }
  for (std::int64_t* each :
       {&row.input, &row.cached, &row.cache_write, &row.output, &row.reasoning, &row.cost}) {
    *each = query.integer(column++);
  }
  row.estimated = query.integer(column++) != 0;
  row.prices = query.string(column++);
  row.opened_at = query.integer(column++);
  row.at = query.integer(column++);
  row.route = query.string(column++);
  row.caller = query.string(column);
  return row;
}

// What the call reserves, each with the bound that is in force.
std::vector<BudgetClaim> claims_of(Database& database, const std::string& call_id) {
  Query query = database.sql(
      "SELECT r.scope, r.win, r.unit, b.cap FROM reservations r JOIN budgets b"
      " ON b.scope=r.scope AND b.win=r.win AND b.unit=r.unit WHERE r.call=?1"
      " ORDER BY r.scope, r.win, r.unit");
  query.bind(call_id);
  std::vector<BudgetClaim> claims;
  while (query.step()) {
    BudgetClaim& claim = claims.emplace_back();
    claim.budget =
        BudgetKey{query.string(0), query.string(1), static_cast<BudgetUnit>(query.integer(2))};
    claim.cap = query.integer(3);
  }
  return claims;
}

}  // namespace

store_rules::KeptBudget budget_now(Database& database, const BudgetKey& key) {
  store_rules::KeptBudget kept;
  {
    Query query = database.sql(
        "SELECT cap, reserved, settled, counted FROM budgets"
        " WHERE scope=?1 AND win=?2 AND unit=?3");
    query.bind(key.scope, key.window, static_cast<int>(key.unit));
    if (query.step()) {
      kept.state = {query.integer(0), query.integer(1), query.integer(2)};
      kept.counted = query.integer(3);
    }
  }
  const std::int64_t last = last_ledger_row(database);
  if (last == kept.counted) return kept;
  const std::int64_t spent = spent_since(database, key, kept.counted);
  kept.state.settled = saturating_add(kept.state.settled, spent);
  kept.counted = last;
  return kept;
}

std::vector<BudgetRow> budget_rows(Database& database) {
  std::vector<BudgetRow> rows;
  {
    Query query = database.sql("SELECT scope, win, unit FROM budgets ORDER BY scope, win, unit");
    while (query.step()) {
      BudgetRow& row = rows.emplace_back();
      row.key =
          BudgetKey{query.string(0), query.string(1), static_cast<BudgetUnit>(query.integer(2))};
    }
  }
  for (BudgetRow& row : rows) {
    static_cast<BudgetState&>(row) = budget_now(database, row.key).state;
  }
  return rows;
}

LedgerPage ledger_page(Database& database, const LedgerFilter& filter) {
  LedgerPage page;
  page.last = filter.after;
  const std::int64_t until = filter.until == 0 ? kForEver : filter.until;
  std::optional<std::string> tenant;
  if (!filter.tenant.empty()) tenant = filter.tenant;
  const auto take = [&](Query& query) {
    while (query.step()) {
      page.rows.push_back(ledger_row(query, 1));
      page.last = query.integer(0);
    }
  };
  if (!filter.run_id.empty()) {
    Query query = database.sql(
        "SELECT * FROM ledger_rows WHERE run_no = (SELECT run_no FROM runs WHERE run_id=?1)"
        " AND l_no > ?2 AND +opened_at >= ?3 AND +opened_at < ?4 AND (?5 IS NULL OR tenant=?5)"
        " ORDER BY l_no LIMIT ?6");
    query.bind(filter.run_id, filter.after, filter.since, until, tenant, std::max(filter.limit, 0));
    take(query);
    return page;
  }
  Query query = database.sql(
      "SELECT * FROM ledger_rows WHERE l_no > ?1 AND +opened_at >= ?2 AND +opened_at < ?3"
      " AND (?4 IS NULL OR tenant=?4) ORDER BY l_no LIMIT ?5");
  query.bind(filter.after, filter.since, until, tenant, std::max(filter.limit, 0));
  take(query);
  return page;
}

std::vector<OpenCall> all_open_calls(Database& database) {
  std::vector<OpenCall> calls;
  {
    Query query = database.sql(
        "SELECT call, coalesce(r.run_id, ''), seq, call_id, o.agent, o.session, o.tenant, target,"
        " role, input, 0, 0, output, 0, nanousd, 1, prices, opened_at, opened_at, route,"
        " o.caller FROM open_calls o LEFT JOIN runs r ON r.run_no = o.run_no ORDER BY opened_at, "
        "call");
    while (query.step()) {
      OpenCall& call = calls.emplace_back();
      call.id = query.string(0);
      call.expected = ledger_row(query, 1);
    }
  }
  for (OpenCall& call : calls) call.budgets = claims_of(database, call.id);
  return calls;
}

Result<CachedReply> kept_reply(Database& database, const std::string& space, const std::string& key,
                               Micros kept_since) {
  Query query =
      database.sql("SELECT body, kept_at FROM replies WHERE space=?1 AND key=?2 AND kept_at >= ?3");
  query.bind(space, key, kept_since);
  if (!query.step()) return store_rules::no_such_reply(space);
  return CachedReply{query.string(0), query.integer(1)};
}

bool StoredBooks::is_open(const std::string& call_id) {
  Query query = database_.sql("SELECT 1 FROM open_calls WHERE call=?1");
  query.bind(call_id);
  return query.step();
}

std::int64_t StoredBooks::held(const std::string& call_id, const BudgetKey& key) {
  Query query = database_.sql(
      "SELECT amount FROM reservations WHERE call=?1 AND scope=?2 AND win=?3 AND unit=?4");
  query.bind(call_id, key.scope, key.window, static_cast<int>(key.unit));
  return query.step() ? query.integer(0) : 0;
}

}  // namespace yoke::sqlite
