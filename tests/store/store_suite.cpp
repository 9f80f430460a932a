#include "tests/store/store_suite.h"

#include <sqlite3.h>
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

std::vector<LedgerRow> MemoryBed::ledger(const std::string& run_id) const {
  return disk_->tables().runs.at(run_id).ledger;
}

// By a connection of the test's own, which only reads.
std::vector<LedgerRow> SqliteBed::ledger(const std::string& run_id) const {
  sqlite3* file = nullptr;
  sqlite3_stmt* query = nullptr;
  REQUIRE(sqlite3_open_v2(folder_.file("yoke.db").c_str(), &file, SQLITE_OPEN_READONLY, nullptr) ==
          SQLITE_OK);
  const char* sql =
      "SELECT call_id, target, input, cached, cache_write, output, reasoning, nanousd, estimated,"
      " l.at FROM ledger l JOIN runs r ON r.run_no = l.run_no WHERE r.run_id = ?1 ORDER BY seq, n";
  REQUIRE(sqlite3_prepare_v2(file, sql, -1, &query, nullptr) == SQLITE_OK);
  sqlite3_bind_text(query, 1, run_id.c_str(), -1, SQLITE_STATIC);
  const auto text = [&](int column) {
    return std::string(reinterpret_cast<const char*>(sqlite3_column_text(query, column)));
  };
  std::vector<LedgerRow> rows;
  while (sqlite3_step(query) == SQLITE_ROW) {
    LedgerRow& row = rows.emplace_back();
    row.call_id = text(0);
    row.target = text(1);
    int column = 2;
    for (std::int64_t* each :
         {&row.input, &row.cached, &row.cache_write, &row.output, &row.reasoning, &row.cost}) {
      *each = sqlite3_column_int64(query, column++);
    }
    row.estimated = sqlite3_column_int(query, 8) != 0;
    row.at = sqlite3_column_int64(query, 9);
  }
  sqlite3_finalize(query);
  sqlite3_close(file);
  return rows;
}

std::unique_ptr<Store> SqliteBed::open(StoreOptions options) {
  auto opened =
      open_store("sqlite:" + folder_.file("yoke.db"), loop.executor(), std::move(options));
  if (!opened) FAIL(opened.error().message());
  return std::move(*opened);
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
