-- The schema of a store of version 1, as the program of that time made it, with two runs in it: R1 has
-- spent on two days and ended; R2 was killed with a call in flight.

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

CREATE VIEW run_rows AS SELECT
  r.run_no, r.run_id, r.tenant, r.agent, r.session, r.status, r.reason, r.fence, r.owner,
  coalesce(j.seq, r.head_seq) AS head_seq, coalesce(j.hash, r.head_hash) AS head_hash, r.takeovers,
  r.parent_run, r.parent_call, coalesce(f.run_id, '') AS fork_run, r.fork_seq, r.plan_hash,
  r.ready_at, r.created_at, r.finished_at, r.summary
FROM runs r
LEFT JOIN runs f ON f.run_no = r.fork_no
LEFT JOIN journal j ON r.status = 1 AND j.run_no = r.run_no
  AND j.seq = (SELECT max(seq) FROM journal WHERE run_no = r.run_no);
PRAGMA application_id=0x596f6b65;
INSERT INTO meta(k, v) VALUES('schema_version', '1'), ('min_writer', '1'), ('store_epoch', '3'), ('clean', '0');
INSERT INTO runs(run_no, run_id, tenant, agent, session, status, fence, owner, owner_epoch, head_seq, head_hash,
  parent_run, parent_call, plan_hash, created_at) VALUES
  (1, 'R1', 'local', 'analyst', 'talk', 3, 1, '', 0, 4, zeroblob(32), '', '', zeroblob(32), 1000),
  (2, 'R2', 'local', 'writer', '', 1, 2, 'node-a', 3, 0, zeroblob(32), '', '', zeroblob(32), 2000);
INSERT INTO ledger(run_no, seq, n, call_id, target, input, cached, cache_write, output, reasoning, nanousd,
  estimated, at) VALUES
  (1, 2, 0, 'm1', 'lab/small', 10, 1, 2, 5, 3, 40, 0, 1795219200000005),
  (1, 4, 0, 'm2', 'lab/small', 20, 0, 0, 7, 0, 55, 1, 1795305600000005);
INSERT INTO budgets(scope, win, cap, reserved, settled) VALUES
  ('day', 'day:20778', 100, 30, 40), ('day', 'day:20779', 100, 0, 55);
INSERT INTO reservations(reservation, scope, win, run_no, amount) VALUES('R2/m1', 'day', 'day:20778', 2, 30);
