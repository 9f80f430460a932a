#include "runtime/store/sqlite/migrations.h"

#include <charconv>

namespace yoke::sqlite {
namespace {

constexpr int kMinWriter = 5;  // an older one would not say whose calls it bills
constexpr std::int64_t kApplicationId = 0x596f6b65;  // "Yoke"

// Times are microseconds UTC. A run is run_id (a ULID) outside and run_no inside.
// journal is a log in order of arrival with an index over it: a table clustered by (run_no, seq)
// takes half as many appends a second, since those of many runs touch as many pages.
void create_runs(Database& database) {
  database.run_script(R"sql(
CREATE TABLE meta(k TEXT PRIMARY KEY, v TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE runs(
  run_no INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  tenant TEXT NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  status INTEGER NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  ready_at INTEGER NOT NULL DEFAULT 0,
  fence INTEGER NOT NULL,
  owner TEXT NOT NULL DEFAULT '',
  owner_epoch INTEGER NOT NULL DEFAULT 0,
  head_seq INTEGER NOT NULL,
  head_hash BLOB NOT NULL,
  takeovers INTEGER NOT NULL DEFAULT 0,
  idem_key TEXT,
  parent_run TEXT NOT NULL,
  parent_call TEXT NOT NULL,
  fork_no INTEGER REFERENCES runs(run_no),
  fork_seq INTEGER NOT NULL DEFAULT 0,
  fork_depth INTEGER NOT NULL DEFAULT 0,
  plan_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL DEFAULT 0,
  summary TEXT NOT NULL DEFAULT '{}');
CREATE UNIQUE INDEX runs_idem ON runs(tenant, idem_key) WHERE idem_key IS NOT NULL;
CREATE INDEX runs_ready ON runs(ready_at, run_no) WHERE status = 0;
CREATE INDEX runs_due ON runs(ready_at, run_no) WHERE status = 2 AND ready_at > 0;
CREATE INDEX runs_list ON runs(tenant, created_at);
CREATE INDEX runs_status ON runs(tenant, status, created_at);
CREATE INDEX runs_session ON runs(tenant, session, created_at) WHERE session <> '';
CREATE INDEX runs_fork ON runs(fork_no) WHERE fork_no IS NOT NULL;
CREATE TABLE journal(
  j_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL REFERENCES runs(run_no),
  seq INTEGER NOT NULL,
  fence INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  at INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  call_id TEXT NOT NULL,
  parent_call TEXT NOT NULL,
  label TEXT NOT NULL,
  reason TEXT NOT NULL,
  body_hash BLOB NOT NULL,
  hash BLOB NOT NULL,
  body TEXT);  -- NULL: in blobs, by body_hash
CREATE UNIQUE INDEX journal_run ON journal(run_no, seq);
CREATE TABLE blobs(
  hash BLOB PRIMARY KEY,
  size INTEGER NOT NULL,
  codec INTEGER NOT NULL,  -- 0 as it is, 1 zstd
  tier INTEGER NOT NULL,   -- 0 in data, 1 in a file
  data BLOB,
  born INTEGER NOT NULL);
)sql");
}

void create_the_rest(Database& database) {
  database.run_script(R"sql(
CREATE TABLE inbox(
  in_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL REFERENCES runs(run_no),
  msg_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL,
  taken_seq INTEGER,
  UNIQUE(run_no, msg_id));
CREATE INDEX inbox_untaken ON inbox(run_no, in_no) WHERE taken_seq IS NULL;
CREATE TABLE ledger(
  run_no INTEGER NOT NULL REFERENCES runs(run_no),
  seq INTEGER NOT NULL,
  n INTEGER NOT NULL,
  call_id TEXT NOT NULL,
  target TEXT NOT NULL,
  input INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  nanousd INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(run_no, seq, n)) WITHOUT ROWID;
CREATE TABLE budgets(
  scope TEXT NOT NULL,
  win TEXT NOT NULL,
  cap INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  PRIMARY KEY(scope, win)) WITHOUT ROWID;
CREATE TABLE reservations(
  reservation TEXT NOT NULL,
  scope TEXT NOT NULL,
  win TEXT NOT NULL,
  run_no INTEGER NOT NULL REFERENCES runs(run_no),
  amount INTEGER NOT NULL,
  PRIMARY KEY(reservation, scope)) WITHOUT ROWID;
CREATE INDEX reservations_run ON reservations(run_no);
CREATE TABLE kv(
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY(space, key)) WITHOUT ROWID;
)sql");
}

// A run as readers see it. The row of an owned run lags behind its journal: its head is read there.
void create_views(Database& database) {
  database.run_script(R"sql(
CREATE VIEW run_rows AS SELECT
  r.run_no, r.run_id, r.tenant, r.agent, r.session, r.status, r.reason, r.fence, r.owner,
  coalesce(j.seq, r.head_seq) AS head_seq, coalesce(j.hash, r.head_hash) AS head_hash, r.takeovers,
  r.parent_run, r.parent_call, coalesce(f.run_id, '') AS fork_run, r.fork_seq, r.plan_hash,
  r.ready_at, r.created_at, r.finished_at, r.summary
FROM runs r
LEFT JOIN runs f ON f.run_no = r.fork_no
LEFT JOIN journal j ON r.status = 1 AND j.run_no = r.run_no
  AND j.seq = (SELECT max(seq) FROM journal WHERE run_no = r.run_no);
)sql");
}

void create_version_1(Database& database) {
  create_runs(database);
  create_the_rest(database);
  create_views(database);
}

// The ledger has a row for each try, also of calls outside of any run; budgets have units, and are
// sums of the ledger as far as `counted`; calls in flight are on record.
void create_books(Database& database) {
  database.run_script(R"sql(
CREATE TABLE ledger(
  l_no INTEGER PRIMARY KEY,
  run_no INTEGER REFERENCES runs(run_no),  -- NULL: a call outside of any run
  seq INTEGER NOT NULL,
  call_id TEXT NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  tenant TEXT NOT NULL,
  target TEXT NOT NULL,
  role TEXT NOT NULL,
  input INTEGER NOT NULL,
  cached INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL,
  nanousd INTEGER NOT NULL,
  estimated INTEGER NOT NULL,
  prices TEXT NOT NULL,
  opened_at INTEGER NOT NULL,
  at INTEGER NOT NULL);
CREATE INDEX ledger_run ON ledger(run_no) WHERE run_no IS NOT NULL;
CREATE INDEX ledger_session ON ledger(session) WHERE session <> '';
CREATE INDEX ledger_time ON ledger(opened_at);
CREATE VIEW ledger_rows AS SELECT
  l.l_no, coalesce(r.run_id, '') AS run_id, l.seq, l.call_id, l.agent, l.session, l.tenant,
  l.target, l.role, l.input, l.cached, l.cache_write, l.output, l.reasoning, l.nanousd,
  l.estimated, l.prices, l.opened_at, l.at, l.run_no
FROM ledger l LEFT JOIN runs r ON r.run_no = l.run_no;
CREATE TABLE budgets(
  scope TEXT NOT NULL,
  win TEXT NOT NULL,
  unit INTEGER NOT NULL,  -- 0 nano-dollars, 1 tokens
  cap INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  settled INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  PRIMARY KEY(scope, win, unit)) WITHOUT ROWID;
CREATE TABLE open_calls(
  call TEXT PRIMARY KEY,
  run_no INTEGER REFERENCES runs(run_no),
  seq INTEGER NOT NULL,
  call_id TEXT NOT NULL,
  agent TEXT NOT NULL,
  session TEXT NOT NULL,
  tenant TEXT NOT NULL,
  target TEXT NOT NULL,
  role TEXT NOT NULL,
  input INTEGER NOT NULL,
  output INTEGER NOT NULL,
  nanousd INTEGER NOT NULL,
  prices TEXT NOT NULL,
  opened_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX open_calls_run ON open_calls(run_no);
CREATE TABLE reservations(
  call TEXT NOT NULL,
  scope TEXT NOT NULL,
  win TEXT NOT NULL,
  unit INTEGER NOT NULL,
  amount INTEGER NOT NULL,
  PRIMARY KEY(call, scope, win, unit)) WITHOUT ROWID;
)sql");
}

void create_replies(Database& database) {
  database.run_script(R"sql(
CREATE TABLE replies(
  r_no INTEGER PRIMARY KEY,
  space TEXT NOT NULL,
  key TEXT NOT NULL,
  body TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  kept_at INTEGER NOT NULL,
  UNIQUE(space, key));
CREATE INDEX replies_age ON replies(space, kept_at, r_no);
CREATE TABLE reply_spaces(
  space TEXT PRIMARY KEY,
  replies INTEGER NOT NULL,
  bytes INTEGER NOT NULL) WITHOUT ROWID;
)sql");
}

// When a call of version 1 began is not in its ledger: it counts when it ended. What its budgets
// had settled is in the ledger, and is counted from there when a budget is next used.
void create_version_2(Database& database) {
  database.run_script(R"sql(
ALTER TABLE ledger RENAME TO ledger_1;
ALTER TABLE budgets RENAME TO budgets_1;
ALTER TABLE reservations RENAME TO reservations_1;
)sql");
  create_books(database);
  create_replies(database);
  database.run_script(R"sql(
INSERT INTO ledger(run_no, seq, call_id, agent, session, tenant, target, role, input, cached,
    cache_write, output, reasoning, nanousd, estimated, prices, opened_at, at)
  SELECT l.run_no, l.seq, l.call_id, r.agent, r.session, r.tenant, l.target, '', l.input, l.cached,
    l.cache_write, l.output, l.reasoning, l.nanousd, l.estimated, '', l.at, l.at
  FROM ledger_1 l JOIN runs r ON r.run_no = l.run_no ORDER BY l.at, l.run_no, l.seq, l.n;
INSERT INTO budgets(scope, win, unit, cap, reserved, settled, counted)
  SELECT 'all', 'day:' || date(substr(win, 5) * 86400, 'unixepoch'), 0, cap, reserved, 0, 0
  FROM budgets_1 WHERE scope = 'day';
INSERT INTO open_calls(call, run_no, seq, call_id, agent, session, tenant, target, role, input,
    output, nanousd, prices, opened_at)
  SELECT v.reservation, v.run_no, r.head_seq, substr(v.reservation, length(r.run_id) + 2), r.agent,
    r.session, r.tenant, '', '', 0, 0, v.amount, '', substr(v.win, 5) * 86400000000
  FROM reservations_1 v JOIN runs r ON r.run_no = v.run_no WHERE v.scope = 'day';
INSERT INTO reservations(call, scope, win, unit, amount)
  SELECT reservation, 'all', 'day:' || date(substr(win, 5) * 86400, 'unixepoch'), 0, amount
  FROM reservations_1 WHERE scope = 'day';
DROP TABLE reservations_1;
DROP TABLE budgets_1;
DROP TABLE ledger_1;
)sql");
}

// The ledger says which route a call asked for; of calls before that it is not known.
void create_version_3(Database& database) {
  database.run_script(R"sql(
ALTER TABLE ledger ADD COLUMN route TEXT NOT NULL DEFAULT '';
ALTER TABLE open_calls ADD COLUMN route TEXT NOT NULL DEFAULT '';
DROP VIEW ledger_rows;
CREATE VIEW ledger_rows AS SELECT
  l.l_no, coalesce(r.run_id, '') AS run_id, l.seq, l.call_id, l.agent, l.session, l.tenant,
  l.target, l.role, l.input, l.cached, l.cache_write, l.output, l.reasoning, l.nanousd,
  l.estimated, l.prices, l.opened_at, l.at, l.route, l.run_no
FROM ledger l LEFT JOIN runs r ON r.run_no = l.run_no;
)sql");
}

// Who started a run and what it was asked for under its key; what is to be sent; what was erased.
// The runs of before are of nobody known.
void create_version_4(Database& database) {
  database.run_script(R"sql(
ALTER TABLE runs ADD COLUMN by TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN idem_hash TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN erased_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN erased_by TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_active ON runs(tenant, session, created_at) WHERE status < 3;
CREATE INDEX runs_plan ON runs(plan_hash);
CREATE INDEX journal_blobs ON journal(body_hash) WHERE body IS NULL;
DROP VIEW run_rows;
CREATE VIEW run_rows AS SELECT
  r.run_no, r.run_id, r.tenant, r.agent, r.session, r.status, r.reason, r.fence, r.owner,
  coalesce(j.seq, r.head_seq) AS head_seq, coalesce(j.hash, r.head_hash) AS head_hash, r.takeovers,
  r.parent_run, r.parent_call, coalesce(f.run_id, '') AS fork_run, r.fork_seq, r.plan_hash,
  r.ready_at, r.created_at, r.finished_at, r.summary, r.by, r.erased_at, r.erased_by
FROM runs r
LEFT JOIN runs f ON f.run_no = r.fork_no
LEFT JOIN journal j ON r.status = 1 AND j.run_no = r.run_no
  AND j.seq = (SELECT max(seq) FROM journal WHERE run_no = r.run_no);
CREATE TABLE erased_files(hash BLOB PRIMARY KEY) WITHOUT ROWID;  -- to be removed from the disk
CREATE TABLE outbox(
  o_no INTEGER PRIMARY KEY,
  run_no INTEGER NOT NULL REFERENCES runs(run_no),
  seq INTEGER NOT NULL,
  destination TEXT NOT NULL,
  lane TEXT NOT NULL,
  dedupe TEXT UNIQUE,
  body TEXT NOT NULL,
  at INTEGER NOT NULL,
  state INTEGER NOT NULL,  -- 0 the first of its lane, 1 behind it, 2 sent, 3 given up
  tries INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL,
  claimed INTEGER NOT NULL DEFAULT 0,  -- by this incarnation of the store
  last_error TEXT NOT NULL DEFAULT '',
  settled_at INTEGER NOT NULL DEFAULT 0);
CREATE INDEX outbox_due ON outbox(next_at, o_no) WHERE state = 0;
CREATE INDEX outbox_lane ON outbox(lane, o_no) WHERE state < 2;
CREATE INDEX outbox_run ON outbox(run_no);
CREATE INDEX outbox_settled ON outbox(settled_at) WHERE state >= 2;
CREATE VIEW outbox_rows AS SELECT
  o.o_no, r.run_id, o.seq, r.tenant, o.destination, o.lane, coalesce(o.dedupe, '') AS dedupe,
  o.body, o.at, o.next_at, o.tries, o.state, o.last_error, o.settled_at
FROM outbox o JOIN runs r ON r.run_no = o.run_no;
)sql");
}

// The ledger says who started the runs that it bills; of calls before that it is not known.
void create_version_5(Database& database) {
  database.run_script(R"sql(
ALTER TABLE ledger ADD COLUMN caller TEXT NOT NULL DEFAULT '';
ALTER TABLE open_calls ADD COLUMN caller TEXT NOT NULL DEFAULT '';
CREATE INDEX ledger_caller ON ledger(caller) WHERE caller <> '';
DROP VIEW ledger_rows;
CREATE VIEW ledger_rows AS SELECT
  l.l_no, coalesce(r.run_id, '') AS run_id, l.seq, l.call_id, l.agent, l.session, l.tenant,
  l.target, l.role, l.input, l.cached, l.cache_write, l.output, l.reasoning, l.nanousd,
  l.estimated, l.prices, l.opened_at, l.at, l.route, l.caller, l.run_no
FROM ledger l LEFT JOIN runs r ON r.run_no = l.run_no;
)sql");
}

// Whether a run is a child that a call of another waits for: is_call() in SQL.
void create_version_6(Database& database) {
  database.run_script(R"sql(
ALTER TABLE runs ADD COLUMN called INTEGER GENERATED ALWAYS AS
  (parent_run <> '' AND parent_call <> '' AND NOT parent_call GLOB 'm[0-9]*') VIRTUAL;
CREATE INDEX runs_uncalled ON runs(tenant, created_at) WHERE called = 0;
DROP VIEW run_rows;
CREATE VIEW run_rows AS SELECT
  r.run_no, r.run_id, r.tenant, r.agent, r.session, r.status, r.reason, r.fence, r.owner,
  coalesce(j.seq, r.head_seq) AS head_seq, coalesce(j.hash, r.head_hash) AS head_hash, r.takeovers,
  r.parent_run, r.parent_call, coalesce(f.run_id, '') AS fork_run, r.fork_seq, r.plan_hash,
  r.ready_at, r.created_at, r.finished_at, r.summary, r.by, r.erased_at, r.erased_by, r.called
FROM runs r
LEFT JOIN runs f ON f.run_no = r.fork_no
LEFT JOIN journal j ON r.status = 1 AND j.run_no = r.run_no
  AND j.seq = (SELECT max(seq) FROM journal WHERE run_no = r.run_no);
)sql");
}

// Which store this is, roots over the heads of runs, and which of them no root covers yet.
void create_version_7(Database& database) {
  database.run_script(R"sql(
INSERT OR IGNORE INTO meta(k, v) VALUES('store_id', lower(hex(randomblob(16))));
CREATE TABLE audit_roots(
  tenant TEXT NOT NULL,
  n INTEGER NOT NULL,
  at INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  heads BLOB NOT NULL,
  prev BLOB NOT NULL,
  root BLOB NOT NULL,
  key BLOB NOT NULL,
  sig BLOB NOT NULL,
  PRIMARY KEY(tenant, n)) WITHOUT ROWID;
CREATE TABLE audit_heads(
  tenant TEXT NOT NULL,
  n INTEGER NOT NULL,
  run_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY(tenant, n, run_id)) WITHOUT ROWID;
CREATE INDEX audit_heads_run ON audit_heads(run_id, n);
ALTER TABLE runs ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;  -- it has ended, and to its end
ALTER TABLE runs ADD COLUMN sealed_seq INTEGER NOT NULL DEFAULT 0;
CREATE INDEX runs_unsealed ON runs(tenant, run_no) WHERE sealed = 0;
CREATE INDEX runs_ended ON runs(status, finished_at, run_id) WHERE status >= 3 AND erased_at = 0;
)sql");
}

using Step = void (*)(Database&);
constexpr Step kSteps[] = {
    create_version_1, create_version_2, create_version_3, create_version_4,
    create_version_5, create_version_6, create_version_7};  // step N-1 makes version N

std::int64_t single_number(Query query) { return query.step() ? query.integer(0) : 0; }

}  // namespace

int schema_version() { return static_cast<int>(std::size(kSteps)); }
int min_writer() { return kMinWriter; }

std::optional<std::string> meta(Database& database, std::string_view key) {
  Query query = database.sql("SELECT v FROM meta WHERE k=?1");
  query.bind(key);
  if (!query.step()) return std::nullopt;
  return query.string(0);
}

std::int64_t meta_number(Database& database, std::string_view key) {
  const std::string text = meta(database, key).value_or("0");
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void set_meta(Database& database, std::string_view key, std::string_view value) {
  Query query = database.sql("INSERT OR REPLACE INTO meta(k, v) VALUES(?1, ?2)");
  query.bind(key, value).run();
}

Result<int> found_version(Database& database, const std::string& path) {
  const std::int64_t id = single_number(database.sql("PRAGMA application_id"));
  if (id != kApplicationId) {
    const bool empty = single_number(database.sql("SELECT count(*) FROM sqlite_schema")) == 0;
    if (empty && id == 0) return 0;
    return Error{Errc::unavailable, "'" + path + "' is a database of another program, not a store"};
  }
  const auto found = static_cast<int>(meta_number(database, "schema_version"));
  const auto writer = static_cast<int>(meta_number(database, "min_writer"));
  if (writer > schema_version()) {
    return Error{Errc::unsupported, "the store '" + path + "' has version " +
                                        std::to_string(found) +
                                        "; this Yoke knows versions up to " +
                                        std::to_string(schema_version()) + ": use a newer Yoke"};
  }
  return found;
}

void migrate(Database& database, int found) {
  if (found >= schema_version()) return;
  Transaction transaction(database);
  for (int step = found; step < schema_version(); ++step) kSteps[step](database);
  database.run_script("PRAGMA application_id=0x596f6b65");
  set_meta(database, "schema_version", std::to_string(schema_version()));
  set_meta(database, "min_writer", std::to_string(kMinWriter));
  transaction.commit();
}

}  // namespace yoke::sqlite
