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
