#include "tests/record/bed.h"

#include <sqlite3.h>
#include <stdlib.h>

#include "runtime/store/chain.h"

namespace yoke::testing {
namespace {

RecordIn event_of(const std::string& body) {
  RecordIn record;
  record.kind = 21;  // value.recorded
  record.at = 1'000'000;
  record.body = body;
  return record;
}

}  // namespace

RecordBed::RecordBed() {
  std::string name = (std::filesystem::temp_directory_path() / "yoke-record-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  folder_ = name;
  open();
}

RecordBed::~RecordBed() {
  store_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void RecordBed::open() {
  StoreOptions options;
  options.node_id = "node-a";
  options.wall = &wall_;
  auto opened = open_store("sqlite:" + path(), loop_.executor(), std::move(options));
  if (!opened) FAIL(opened.error().message());
  store_ = std::move(*opened);
}

StoreKeeper& RecordBed::keeper() {
  const Result<StoreKeeper*> keeper = keeper_of(*store_);
  REQUIRE(keeper);
  return **keeper;
}

Claim RecordBed::add_run(const std::string& run_id, int events, bool open,
                         const std::string& tenant) {
  NewRun run;
  run.run_id = run_id;
  run.tenant = tenant;
  run.agent = "analyst";
  run.created_at = 1'000'000;
  run.records = {event_of("{\"n\":1}")};
  Result<Created> created = (*this)(store_->create(std::move(run)));
  if (!created) FAIL(created.error().message());
  Claim claim = created->claim;
  for (int n = 2; n <= events; ++n) {
    append(claim, "{\"n\":" + std::to_string(n) + "}", !open && n == events);
  }
  return claim;
}

void RecordBed::append(Claim& claim, const std::string& body, bool ends) {
  Append append;
  append.run_id = claim.run_id;
  append.fence = claim.fence;
  append.after_seq = claim.head_seq;
  append.records = {event_of(body)};
  if (ends) {
    append.update = RunUpdate{};
    append.update->status = RunStatus::completed;
  }
  const Result<Appended> appended = (*this)(store_->append(std::move(append)));
  if (!appended) FAIL(appended.error().message());
  claim.head_seq = appended->head_seq;
  claim.head_hash = appended->head_hash;
}

void RecordBed::meddle(const std::string& sql) {
  close();
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(path().c_str(), &connection) == SQLITE_OK);
  char* why = nullptr;
  const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &why);
  INFO((why != nullptr ? why : ""));
  CHECK(code == SQLITE_OK);
  CHECK(sqlite3_changes(connection) > 0);
  sqlite3_free(why);
  sqlite3_close(connection);
  open();
}

void RecordBed::rehash(const std::string& run_id, std::int64_t seq, const std::string& body) {
  const Result<std::vector<Record>> records = (*this)(store_->read(run_id, 0, 1000));
  REQUIRE(records);
  std::string sql;
  Hash prev = chain_start(run_id);
  for (Record record : *records) {
    if (record.seq == seq) {
      record.body = body;
      record.body_hash = sha256(body);
    }
    record.hash = chain_next(prev, record);
    prev = record.hash;
    sql += "UPDATE journal SET body='" + record.body + "', body_hash=x'" +
           to_hex(record.body_hash) + "', hash=x'" + to_hex(record.hash) +
           "' WHERE seq=" + std::to_string(record.seq) +
           " AND run_no=(SELECT run_no FROM runs WHERE run_id='" + run_id + "');";
  }
  sql += "UPDATE runs SET head_hash=x'" + to_hex(prev) + "' WHERE run_id='" + run_id + "'";
  meddle(sql);
}

std::vector<AuditRoot> RecordBed::seal(const RootSigner* signer) {
  Result<std::vector<AuditRoot>> made = (*this)(seal_all(keeper(), signer));
  REQUIRE(made);
  return std::move(*made);
}

RootReport RecordBed::check(RootsWanted wanted) {
  return (*this)(check_roots(keeper(), std::move(wanted)));
}

}  // namespace yoke::testing
