#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "runtime/base/id.h"
#include "runtime/record/retention.h"
#include "runtime/store/backup.h"
#include "runtime/store/chain.h"
#include "tests/record/bed.h"

// Backups while runs go on, and what is erased when its time is past.
namespace yoke::testing {
namespace {

constexpr Micros kDay = 24LL * 3600 * 1'000'000;

// The same bed's loop over another file.
std::unique_ptr<Store> opened(CallLoop& loop, const std::string& path) {
  StoreOptions options;
  options.read_only = true;
  auto store = open_store("sqlite:" + path, loop.executor(), std::move(options));
  if (!store) FAIL(store.error().message());
  return std::move(*store);
}

std::int64_t verified_runs(const std::string& path) {
  CallLoop loop;
  const std::unique_ptr<Store> store = opened(loop, path);
  RunFilter all;
  all.tenant = std::nullopt;
  all.limit = 100'000;
  const std::vector<RunRow> rows = loop.run(store->list(std::move(all)));
  for (const RunRow& row : rows) {
    const auto records = loop.run(store->read(row.run_id, 0, 100'000));
    REQUIRE(records);
    const auto breaks = verify_chain(row, *records);
    for (const ChainBreak& each : breaks) {
      FAIL(row.run_id << " event " << each.seq << ": " << each.what);
    }
  }
  return static_cast<std::int64_t>(rows.size());
}

awaitable<Result<void>> note_forgotten(std::vector<std::string>* forgotten, RunRow row) {
  forgotten->push_back(row.run_id);
  co_return Result<void>();
}

awaitable<Result<void>> fail_to_forget(RunRow row) {
  co_return Error{Errc::unavailable, "the memory of " + row.run_id + " cannot be written"};
}

ForgetRun forget_into(std::vector<std::string>& forgotten) {
  return [&forgotten](RunRow row) { return note_forgotten(&forgotten, std::move(row)); };
}

}  // namespace

TEST_CASE("a backup that is taken while runs are written restores to verified chains") {
  RecordBed bed;
  Claim open = bed.add_run("A", 2, true);
  const std::string big(300'000, 'x');
  bed.append(open, "{\"text\":\"" + big + "\"}");
  Result<StoreBackup> made = Error{Errc::unavailable, "it was not made"};
  std::atomic<bool> done = false;
  std::thread copying([&] {
    made = backup_store("sqlite:" + bed.path(), bed.file("copy.db"));
    done = true;
  });
  int written = 0;
  for (; !done || written < 50; ++written) {
    bed.add_run("L" + std::to_string(written), 3);
    bed.append(open, "{\"n\":" + std::to_string(written) + "}");
  }
  copying.join();
  if (!made) FAIL(made.error().message());
  const std::int64_t runs = verified_runs(bed.file("copy.db"));
  CHECK(runs == made->runs);
  CHECK(runs >= 1);
  CHECK(runs <= written + 1);
  // What is too big for the file came along.
  CallLoop loop;
  const std::unique_ptr<Store> copy = opened(loop, bed.file("copy.db"));
  const auto records = loop.run(copy->read("A", 2, 1));
  REQUIRE(records);
  REQUIRE(records->size() == 1);
  CHECK(records->front().body.size() > 300'000);
}

TEST_CASE("a backup is the same store: its roots hold, and one can go on in it") {
  RecordBed bed;
  bed.add_run("A", 3);
  bed.seal();
  const Result<RootFile> root = bed(newest_root(bed.keeper(), "local", true));
  REQUIRE(root);
  REQUIRE(backup_store("sqlite:" + bed.path(), bed.file("copy.db")));
  CallLoop loop;
  StoreOptions options;
  options.node_id = "node-b";
  auto copy = open_store("sqlite:" + bed.file("copy.db"), loop.executor(), std::move(options));
  REQUIRE(copy);
  const Result<StoreKeeper*> keeper = keeper_of(**copy);
  REQUIRE(keeper);
  RootsWanted wanted;
  wanted.exported = {*root};
  CHECK(loop.run(check_roots(**keeper, wanted)).findings.empty());
  CHECK(loop.run(seal_all(**keeper, nullptr)));
}

TEST_CASE("a backup replaces nothing, and says what it cannot copy") {
  RecordBed bed;
  bed.add_run("A", 1, true);
  REQUIRE(backup_store("sqlite:" + bed.path(), bed.file("copy.db")));
  const Result<StoreBackup> again = backup_store("sqlite:" + bed.path(), bed.file("copy.db"));
  REQUIRE_FALSE(again);
  CHECK(again.error().code == Errc::conflict);
  const Result<StoreBackup> none = backup_store("sqlite:" + bed.file("no.db"), bed.file("c.db"));
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::not_found);
  const Result<StoreBackup> memory = backup_store("memory:", bed.file("c.db"));
  REQUIRE_FALSE(memory);
  CHECK(memory.error().code == Errc::unsupported);
  CHECK_FALSE(std::filesystem::exists(bed.file("c.db")));
}

TEST_CASE("what ended long enough ago is erased by how it ended, and its chain and roots hold") {
  RecordBed bed;
  bed.add_run("A", 3);
  bed.add_run("B", 2, true);  // it goes on
  bed.seal();
  SystemWallClock wall;
  std::vector<std::string> forgotten;
  const auto apply = [&](KeptFor kept, Micros later) {
    return bed(apply_retention(bed.store(), bed.keeper(), std::move(kept), wall.now() + later,
                               "retention", forget_into(forgotten)));
  };
  const auto early = apply({{RunStatus::completed, 2 * kDay}}, kDay);
  REQUIRE(early);
  CHECK(early->erased == 0);
  const auto other = apply({{RunStatus::failed, kDay}}, 3 * kDay);
  REQUIRE(other);
  CHECK(other->erased == 0);
  const auto due = apply({{RunStatus::completed, 2 * kDay}}, 3 * kDay);
  REQUIRE(due);
  CHECK(due->erased == 1);
  CHECK(forgotten == std::vector<std::string>{"A"});
  const Result<RunRow> row = bed(bed.store().get("A"));
  REQUIRE(row);
  CHECK(row->erased_by == "retention");
  CHECK(bed.check().findings.empty());
  CHECK(verified_runs(bed.path()) == 2);
  const auto again = apply({{RunStatus::completed, 2 * kDay}}, 3 * kDay);
  REQUIRE(again);
  CHECK(again->erased == 0);
}

TEST_CASE("a run that a fork shares outlasts its time, and is counted as still needed") {
  RecordBed bed;
  bed.add_run("A", 3);
  NewRun fork;
  fork.run_id = "C";
  fork.fork_run = "A";
  fork.fork_seq = 2;
  REQUIRE(bed(bed.store().create(std::move(fork))));
  SystemWallClock wall;
  std::vector<std::string> forgotten;
  const auto done =
      bed(apply_retention(bed.store(), bed.keeper(), {{RunStatus::completed, kDay}},
                          wall.now() + 2 * kDay, "retention", forget_into(forgotten)));
  REQUIRE(done);
  CHECK(done->erased == 0);
  CHECK(done->kept == 1);
  CHECK(forgotten.empty());
}

TEST_CASE("files of contents that no record names are swept, and those in use stay") {
  RecordBed bed;
  Claim open = bed.add_run("A", 1, true);
  std::string noise;  // so that it does not shrink below what the table takes
  SeededRandom random(1);
  while (noise.size() < 200'000) noise += std::to_string(random.next());
  bed.append(open, "{\"text\":\"" + noise + "\"}");
  namespace fs = std::filesystem;
  const fs::path folder = bed.path() + ".blobs";
  std::size_t before = 0;
  for (const auto& each : fs::recursive_directory_iterator(folder))
    before += each.is_regular_file();
  REQUIRE(before == 1);
  const std::string hex = to_hex(sha256("left behind"));
  fs::create_directories(folder / hex.substr(0, 2));
  std::ofstream(folder / hex.substr(0, 2) / hex.substr(2)) << "left behind";
  SystemWallClock wall;
  const Result<SweptFiles> early = bed(bed.keeper().sweep(wall.now() - kDay));
  REQUIRE(early);
  CHECK(early->files == 0);  // it may be of a transaction that is under way
  const Result<SweptFiles> swept = bed(bed.keeper().sweep(wall.now() + kDay));
  REQUIRE(swept);
  CHECK(swept->files == 1);
  CHECK(swept->bytes == 11);
  CHECK(verified_runs(bed.path()) == 1);
}

TEST_CASE("what a pass erased and could not forget is forgotten by the next one") {
  RecordBed bed;
  bed.add_run("A", 3);
  SystemWallClock wall;
  std::vector<std::string> forgotten;
  const auto apply = [&](ForgetRun forget) {
    return bed(apply_retention(bed.store(), bed.keeper(), {{RunStatus::completed, kDay}},
                               wall.now() + 2 * kDay, "retention", std::move(forget)));
  };
  const auto failed = apply([](RunRow row) { return fail_to_forget(std::move(row)); });
  REQUIRE_FALSE(failed);
  CHECK(bed(bed.store().get("A"))->erased_by == "retention");
  REQUIRE(apply(forget_into(forgotten)));
  CHECK(forgotten == std::vector<std::string>{"A"});
  REQUIRE(apply(forget_into(forgotten)));
  CHECK(forgotten.size() == 1);
}

TEST_CASE("a backup that comes to nothing leaves nothing behind") {
  RecordBed bed;
  Claim open = bed.add_run("A", 1, true);
  SeededRandom random(1);
  for (const char* text : {"one", "two"}) {
    std::string noise = text;
    while (noise.size() < 200'000) noise += std::to_string(random.next());
    bed.append(open, "{\"text\":\"" + noise + "\"}");
  }
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (const auto& each : fs::recursive_directory_iterator(bed.path() + ".blobs")) {
    if (each.is_regular_file()) files.push_back(each.path());
  }
  REQUIRE(files.size() == 2);
  for (const fs::path& gone : files) {  // whichever is copied first
    const fs::path aside = bed.file("aside");
    fs::rename(gone, aside);
    const Result<StoreBackup> made = backup_store("sqlite:" + bed.path(), bed.file("copy.db"));
    REQUIRE_FALSE(made);
    CHECK(made.error().message().find("runs were erased while it was copied") != std::string::npos);
    for (const char* left : {"copy.db", "copy.db.part", "copy.db.blobs"}) {
      INFO(left);
      CHECK_FALSE(fs::exists(bed.file(left)));
    }
    fs::rename(aside, gone);
  }
  CHECK(backup_store("sqlite:" + bed.path(), bed.file("copy.db")));
}

}  // namespace yoke::testing
