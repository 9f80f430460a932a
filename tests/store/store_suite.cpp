#include "tests/store/store_suite.h"

#include <stdlib.h>

#include "runtime/store/memory/memory_store.h"

namespace yoke {

TempFolder::TempFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "yoke-store-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void StoreBed::reopen() {
  store_.reset();
  StoreOptions options;
  options.node_id = "node-a";
  options.wall = &wall;
  store_ = open(std::move(options));
}

std::unique_ptr<Store> MemoryBed::open(StoreOptions options) {
  return std::make_unique<MemoryStore>(disk_, loop.executor(), std::move(options));
}

std::unique_ptr<Store> SqliteBed::open(StoreOptions options) {
  auto opened =
      open_store("sqlite:" + folder_.file("yoke.db"), loop.executor(), std::move(options));
  if (!opened) FAIL(opened.error().message());
  return std::move(*opened);
}

NewRun new_run(const std::string& run_id) {
  NewRun run;
  run.run_id = run_id;
  run.agent = "analyst";
  run.created_at = 1000;
  return run;
}

RecordIn record_of(const std::string& body, int kind) {
  RecordIn record;
  record.kind = kind;
  record.at = 2000;
  record.call_id = "c1";
  record.label = "trusted,private";
  record.body = body;
  return record;
}

Append append_to(const Claim& claim, const std::string& body) {
  Append append;
  append.run_id = claim.run_id;
  append.fence = claim.fence;
  append.after_seq = claim.head_seq;
  append.records.push_back(record_of(body));
  return append;
}

RunUpdate update_to(RunStatus status, const std::string& reason) {
  RunUpdate update;
  update.status = status;
  update.reason = reason;
  return update;
}

InboxMessage message_to(const std::string& run_id, const std::string& id, const std::string& by) {
  InboxMessage message;
  message.run_id = run_id;
  message.id = id;
  message.topic = "answer";
  message.by = by;
  message.at = 3000;
  message.body = Json{{"value", by}};
  return message;
}

BudgetOp reserve(const std::string& reservation, NanoUsd amount, NanoUsd cap) {
  BudgetOp op;
  op.kind = BudgetOp::Kind::reserve;
  op.scope = "day";
  op.window = "day:2026-11-21";
  op.cap = cap;
  op.reserved = amount;
  op.reservation = reservation;
  return op;
}

BudgetOp settle(const std::string& reservation, NanoUsd reserved, NanoUsd actual) {
  BudgetOp op;
  op.kind = BudgetOp::Kind::settle;
  op.scope = "day";
  op.window = "day:2026-11-21";
  op.reserved = reserved;
  op.actual = actual;
  op.reservation = reservation;
  return op;
}

Claim after(Claim claim, const Appended& appended) {
  claim.head_seq = appended.head_seq;
  claim.head_hash = appended.head_hash;
  return claim;
}

Claim created(StoreBed& bed, NewRun run) {
  Result<Created> created = bed(bed.store().create(std::move(run)));
  if (!created) FAIL(created.error().message());
  REQUIRE_FALSE(created->existed);
  return created->claim;
}

Appended appended(StoreBed& bed, Append append) {
  Result<Appended> appended = bed(bed.store().append(std::move(append)));
  if (!appended) FAIL(appended.error().message());
  return *appended;
}

std::vector<Record> verified_journal(StoreBed& bed, const std::string& run_id) {
  Result<std::vector<Record>> records = bed(bed.store().read(run_id, 0, 1'000'000));
  if (!records) FAIL(records.error().message());
  Result<RunRow> row = bed(bed.store().get(run_id));
  REQUIRE(row);
  for (const ChainBreak& broken : verify_chain(*row, *records)) {
    FAIL(run_id << " record " << broken.seq << ": " << broken.what);
  }
  return *records;
}

}  // namespace yoke
