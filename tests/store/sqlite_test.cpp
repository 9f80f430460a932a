#include <sqlite3.h>
#include <sys/stat.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <catch2/catch.hpp>
#include <fstream>

#include "runtime/store/sqlite/sqlite_store.h"
#include "tests/store/faulty_vfs.h"
#include "tests/store/store_suite.h"

namespace yoke {
namespace {

using sqlite::SqliteStore;

Result<std::unique_ptr<SqliteStore>> open(CallLoop& loop, const std::string& path,
                                          bool read_only = false, sqlite::DeskTimes times = {}) {
  StoreOptions options;
  options.node_id = "node-a";
  options.read_only = read_only;
  return SqliteStore::open(path, loop.executor(), std::move(options), times);
}

// Does to a store's file what no Yoke would.
void meddle(const std::string& path, const char* sql) {
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  char* why = nullptr;
  const int code = sqlite3_exec(connection, sql, nullptr, nullptr, &why);
  INFO((why != nullptr ? why : ""));
  CHECK(code == SQLITE_OK);
  sqlite3_free(why);
  sqlite3_close(connection);
}

// A closed store with run R of three records, the last one big.
void make_store(const std::string& path) {
  CallLoop loop;
  auto store = open(loop, path);
  REQUIRE(store);
  NewRun run = new_run("R");
  run.records = {record_of("one"), record_of("two"), record_of(std::string(9000, 'x'))};
  const Result<Created> created = loop.run((*store)->create(run));
  REQUIRE(created);
}

std::vector<ChainBreak> breaks_in(const std::string& path) {
  CallLoop loop;
  auto store = open(loop, path, true);
  REQUIRE(store);
  const auto row = loop.run((*store)->get("R"));
  const auto records = loop.run((*store)->read("R", 0, 100));
  REQUIRE(row);
  REQUIRE(records);
  return verify_chain(*row, *records);
}

mode_t mode_of(const std::string& path) {
  struct stat found = {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777;
}

Claim create_run(CallLoop& loop, Store& store, const std::string& run_id) {
  const Result<Created> created = loop.run(store.create(new_run(run_id)));
  REQUIRE(created);
  return created->claim;
}

}  // namespace

TEST_CASE("many producers share a commit") {
  const TempFolder folder;
  CallLoop loop;
  auto opened = open(loop, folder.file("yoke.db"));
  REQUIRE(opened);
  SqliteStore& store = **opened;
  std::vector<Claim> claims;
  for (int i = 0; i < 64; ++i) claims.push_back(create_run(loop, store, "R" + std::to_string(i)));
  const std::uint64_t commits = store.counters().commits;
  for (int round = 0; round < 5; ++round) {
    std::vector<awaitable<Result<Appended>>> calls;
    for (const Claim& claim : claims) calls.push_back(store.append(append_to(claim, "x")));
    const auto done = loop.run_all(std::move(calls));
    for (std::size_t i = 0; i < claims.size(); ++i) claims[i] = after(claims[i], *done[i]);
  }
  CHECK(store.counters().commits - commits <= 80);
  CHECK(store.counters().records == 320);
}

TEST_CASE("a soft append waits for company and needs no commit of its own") {
  const TempFolder folder;
  CallLoop loop;
  sqlite::DeskTimes times;
  times.patience = std::chrono::hours(1);  // only company can end the wait
  auto opened = open(loop, folder.file("yoke.db"), false, times);
  REQUIRE(opened);
  SqliteStore& store = **opened;
  const Claim claim = create_run(loop, store, "R");
  const std::uint64_t commits = store.counters().commits;
  Append soft = append_to(claim, "soft");
  soft.durability = Durability::soft;
  Append durable = append_to(claim, "durable");
  durable.after_seq = 1;
  std::vector<awaitable<Result<Appended>>> calls;
  calls.push_back(store.append(soft));
  calls.push_back(store.append(durable));
  for (const auto& done : loop.run_all(std::move(calls))) CHECK(done);
  CHECK(store.counters().commits - commits == 1);
}

TEST_CASE("a soft append alone is committed before long") {
  const TempFolder folder;
  CallLoop loop;
  auto store = open(loop, folder.file("yoke.db"));
  REQUIRE(store);
  Append soft = append_to(create_run(loop, **store, "R"), "soft");
  soft.durability = Durability::soft;
  CHECK(loop.run((*store)->append(soft)).has_value());
}

TEST_CASE("what was submitted is stored even when nobody waits for the answer") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  {
    CallLoop loop;
    auto store = open(loop, path);
    REQUIRE(store);
    const Claim claim = create_run(loop, **store, "R");
    asio::co_spawn(loop.io(), (*store)->append(append_to(claim, "left")),
                   [](std::exception_ptr, Result<Appended>) {});
    loop.io().restart();
    loop.io().run_one();  // hands it in
  }
  CallLoop loop;
  auto store = open(loop, path);
  REQUIRE(store);
  CHECK(loop.run((*store)->read("R", 0, 10))->size() == 1);
}

TEST_CASE("a store outlives its loop") {
  const TempFolder folder;
  auto loop = std::make_unique<CallLoop>();
  auto store = open(*loop, folder.file("yoke.db"));
  REQUIRE(store);
  const Claim claim = create_run(*loop, **store, "R");
  asio::co_spawn(loop->io(), (*store)->append(append_to(claim, "left")),
                 [](std::exception_ptr, Result<Appended>) {});
  loop->io().restart();
  loop->io().run_one();
  loop.reset();
  store->reset();
}

TEST_CASE("a changed byte in the journal is found by verifying the chain") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  make_store(path);
  CHECK(breaks_in(path).empty());
  SECTION("in a body") {
    meddle(path, "UPDATE journal SET body='twO' WHERE seq=2");
    const auto breaks = breaks_in(path);
    REQUIRE(breaks.size() == 1);
    CHECK(breaks[0].seq == 2);
    CHECK(breaks[0].what == "the body does not match its hash");
  }
  SECTION("in a field") {
    meddle(path, "UPDATE journal SET at=at+1 WHERE seq=1");
    REQUIRE(breaks_in(path).size() == 1);
    CHECK(breaks_in(path)[0].seq == 1);
  }
  SECTION("a record taken out") {
    meddle(path, "DELETE FROM journal WHERE seq=2");
    CHECK_FALSE(breaks_in(path).empty());
  }
}

TEST_CASE("a damaged content is an error that names its record") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  make_store(path);
  meddle(path, "UPDATE blobs SET data=zeroblob(length(data))");
  CallLoop loop;
  auto store = open(loop, path, true);
  REQUIRE(store);
  const auto records = loop.run((*store)->read("R", 0, 100));
  REQUIRE_FALSE(records);
  CHECK(records.error().code == Errc::unavailable);
  CHECK(records.error().detail.find("record 3 of run R") == 0);
}

TEST_CASE("a store of a newer version is refused by its number") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  make_store(path);
  meddle(path, "UPDATE meta SET v='9' WHERE k IN ('schema_version','min_writer')");
  CallLoop loop;
  const bool read_only = GENERATE(false, true);
  const auto refused = open(loop, path, read_only);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unsupported);
  CHECK(refused.error().detail.find("has version 9") != std::string::npos);
  CHECK(refused.error().detail.find("up to 7") != std::string::npos);
}

TEST_CASE("a newer store that this version may write is opened and left at its version") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  make_store(path);
  meddle(path, "UPDATE meta SET v='9' WHERE k='schema_version'");
  CallLoop loop;
  for (int i = 0; i < 2; ++i) REQUIRE(open(loop, path));
  meddle(path,
         "UPDATE meta SET v='9' WHERE k='min_writer' AND"
         " (SELECT v FROM meta WHERE k='schema_version')='9'");
  CHECK_FALSE(open(loop, path).has_value());
}

TEST_CASE("another program's database is left alone") {
  const TempFolder folder;
  const std::string path = folder.file("other.db");
  meddle(path, "CREATE TABLE t(x)");
  CallLoop loop;
  const auto refused = open(loop, path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unavailable);
  CHECK(refused.error().detail.find("another program") != std::string::npos);
}

TEST_CASE("a file that is no database is named") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  std::ofstream(path) << std::string(8192, 'z');
  CallLoop loop;
  const bool read_only = GENERATE(false, true);
  const auto refused = open(loop, path, read_only);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unavailable);
  CHECK(refused.error().detail.find(path) != std::string::npos);
  CHECK(refused.error().detail.find("not a database") != std::string::npos);
}

TEST_CASE("damage is found when a store is opened after an unclean stop") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  make_store(path);
  // As a crash leaves it, with an index that lost an entry.
  meddle(path,
         "UPDATE meta SET v='0' WHERE k='clean';"
         "PRAGMA writable_schema=ON;"
         "UPDATE sqlite_schema SET rootpage=(SELECT rootpage FROM sqlite_schema WHERE"
         " name='runs_list') WHERE name='journal_run'");
  CallLoop loop;
  const auto refused = open(loop, path);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unavailable);
  CHECK(refused.error().detail.find("damaged") != std::string::npos);
}

TEST_CASE("a file in the place of the store's folder is an error that names it") {
  const TempFolder folder;
  std::ofstream(folder.file("plain")) << "x";
  CallLoop loop;
  const auto refused = open(loop, folder.file("plain") + "/sub/yoke.db");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unavailable);
  CHECK(refused.error().detail.find("plain") != std::string::npos);
}

TEST_CASE("a store that is not there is not made by reading") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  CallLoop loop;
  const auto refused = open(loop, path, true);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::unavailable);
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("the folder and the files of a new store are for their owner alone") {
  const TempFolder folder;
  const std::string path = folder.file("deep/er/yoke.db");
  CallLoop loop;
  auto store = open(loop, path);
  REQUIRE(store);
  Append append = append_to(create_run(loop, **store, "R"), "x");
  std::string noise;
  for (std::uint32_t n = 1; noise.size() < 200'000; n = n * 1664525 + 1013904223) {
    noise += static_cast<char>(n >> 24);
  }
  append.blobs = {noise};
  REQUIRE(loop.run((*store)->append(append)));
  CHECK(mode_of(folder.file("deep")) == 0700);
  CHECK(mode_of(folder.file("deep/er")) == 0700);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.file("deep/er"))) {
    INFO(entry.path());
    CHECK(mode_of(entry.path().string()) == (entry.is_directory() ? 0700u : 0600u));
  }
  const std::string hex = to_hex(sha256(noise));
  CHECK(std::filesystem::exists(path + ".blobs/" + hex.substr(0, 2) + "/" + hex.substr(2)));
}

TEST_CASE("an address that names no kind of store is invalid") {
  CallLoop loop;
  for (const char* url : {"", "sqlite:", "postgres://x", "yoke.db"}) {
    const auto refused = open_store(url, loop.executor(), StoreOptions());
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == Errc::invalid);
  }
}

TEST_CASE("a call that is cancelled throws at once and is stored or not") {
  const TempFolder folder;
  CallLoop loop;
  auto store = open(loop, folder.file("yoke.db"));
  REQUIRE(store);
  const Claim claim = create_run(loop, **store, "R");
  asio::cancellation_signal signal;
  std::exception_ptr failure;
  auto done = [&](std::exception_ptr e, Result<Appended>) { failure = e; };
  asio::co_spawn(loop.io(), (*store)->append(append_to(claim, "x")),
                 asio::bind_cancellation_slot(signal.slot(), std::move(done)));
  loop.io().restart();
  loop.io().run_one();
  signal.emit(asio::cancellation_type::terminal);
  while (!failure && loop.io().run_one() > 0) continue;
  CHECK(failure);
  const auto row = loop.run((*store)->get("R"));
  REQUIRE(row);
  CHECK(row->head_seq <= 1);
}

TEST_CASE("a lock file that was replaced is a lost lease") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  CallLoop loop;
  auto store = open(loop, path);
  REQUIRE(store);
  CHECK(loop.run((*store)->renew_lease(1)).has_value());
  std::filesystem::remove(path + ".lock");
  const auto lost = loop.run((*store)->renew_lease(2));
  REQUIRE_FALSE(lost);
  CHECK(lost.error().code == Errc::fenced);
}

TEST_CASE("a batch that finds the disk full fails whole and the next one may succeed") {
  FaultyDisk disk;
  const TempFolder folder;
  CallLoop loop;
  auto store = open(loop, folder.file("yoke.db"));
  REQUIRE(store);
  const Claim claim = create_run(loop, **store, "R");
  disk.full = true;
  CHECK_THROWS_WITH(loop.run((*store)->append(append_to(claim, "x"))),
                    Catch::Contains("the disk is full"));
  CHECK(loop.run((*store)->get("R"))->head_seq == 0);
  CHECK_THROWS_AS(loop.run((*store)->kv_set("s", "k", 1)), StoreFault);
  disk.full = false;
  CHECK(loop.run((*store)->append(append_to(claim, "y")))->head_seq == 1);
  const auto records = loop.run((*store)->read("R", 0, 10));
  REQUIRE(records->size() == 1);
  CHECK(records->at(0).body == "y");
}

TEST_CASE("a failed sync ends the store for good") {
  FaultyDisk disk;
  const TempFolder folder;
  CallLoop loop;
  auto store = open(loop, folder.file("yoke.db"));
  REQUIRE(store);
  const Claim claim = create_run(loop, **store, "R");
  disk.sync_fails = true;
  CHECK_THROWS_WITH(loop.run((*store)->append(append_to(claim, "x"))),
                    Catch::Contains("must be started again"));
  disk.sync_fails = false;
  const int syncs = disk.syncs;
  CHECK_THROWS_AS(loop.run((*store)->append(append_to(claim, "y"))), StoreFault);
  CHECK_THROWS_AS(loop.run((*store)->get("R")), StoreFault);
  store->reset();
  CHECK(disk.syncs == syncs);
}

TEST_CASE("every durable append is synced before it is acknowledged") {
  FaultyDisk disk;
  const TempFolder folder;
  CallLoop loop;
  auto store = open(loop, folder.file("yoke.db"));
  REQUIRE(store);
  Claim claim = create_run(loop, **store, "R");
  for (int i = 0; i < 5; ++i) {
    const int syncs = disk.syncs;
    claim = after(claim, *loop.run((*store)->append(append_to(claim, "x"))));
    CHECK(disk.syncs > syncs);
  }
}

}  // namespace yoke
