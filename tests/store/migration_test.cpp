#include <sqlite3.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>

#include "runtime/store/sqlite/sqlite_store.h"
#include "tests/store/store_suite.h"

namespace yoke {
namespace {

using sqlite::SqliteStore;

void make_version_1(const std::string& path) {
  std::ifstream file(YOKE_STORE_VERSION_1);
  const std::string sql((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  sqlite3* connection = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  char* why = nullptr;
  const int code = sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, &why);
  INFO((why != nullptr ? why : ""));
  CHECK(code == SQLITE_OK);
  sqlite3_free(why);
  sqlite3_close(connection);
}

Result<std::unique_ptr<SqliteStore>> open_old(CallLoop& loop, const std::string& path,
                                              bool read_only = false) {
  StoreOptions options;
  options.node_id = "node-a";
  options.read_only = read_only;
  return SqliteStore::open(path, loop.executor(), std::move(options));
}

TEST_CASE("a store of version 1 keeps what it spent, reserved and was doing") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  make_version_1(path);
  CallLoop loop;
  {
    const auto refused = open_old(loop, path, true);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().detail.find("open it once with a command that writes") !=
          std::string::npos);
  }
  auto store = open_old(loop, path);
  REQUIRE(store);
  const auto budget = [&](const std::string& scope, const std::string& window) {
    return loop.run((*store)->budget({scope, window}));
  };
  CHECK(budget("all", "day:2026-11-21").settled == 40);
  CHECK(budget("all", "day:2026-11-21").reserved == 30);
  CHECK(budget("all", "day:2026-11-21").cap == 100);
  CHECK(budget("all", "day:2026-11-22").settled == 55);
  CHECK(budget("all", "month:2026-11").settled == 95);
  CHECK(budget("session:local/talk", "ever").settled == 95);
  CHECK(budget("agent:writer", "ever").settled == 0);
  const LedgerPage page = loop.run((*store)->ledger({}));
  REQUIRE(page.rows.size() == 2);
  CHECK(page.rows[0].run_id == "R1");
  CHECK(page.rows[0].agent == "analyst");
  CHECK(page.rows[0].call_id == "m1");
  CHECK(page.rows[0].reasoning == 3);
  CHECK(page.rows[0].route.empty());  // nobody wrote it down
  CHECK(page.rows[1].estimated);

  const Result<Claim> adopted = loop.run((*store)->claim("R2"));
  REQUIRE(adopted);
  Append append = append_to(*adopted, "{}");
  settle(append, "R2/m1", 31);
  REQUIRE(loop.run((*store)->append(std::move(append))));
  CHECK(budget("all", "day:2026-11-21").reserved == 0);
  CHECK(budget("all", "day:2026-11-21").settled == 71);
}

TEST_CASE("an orphan of version 1 is closed at what it had reserved") {
  const TempFolder folder;
  const std::string path = folder.file("yoke.db");
  make_version_1(path);
  CallLoop loop;
  auto store = open_old(loop, path);
  REQUIRE(store);
  const Result<Claim> adopted = loop.run((*store)->claim("R2"));
  REQUIRE(adopted);
  Append append = append_to(*adopted, "{}");
  append.update = update_to(RunStatus::cancelled);
  REQUIRE(loop.run((*store)->append(std::move(append))));
  LedgerFilter filter;
  filter.run_id = "R2";
  const LedgerPage page = loop.run((*store)->ledger(filter));
  REQUIRE(page.rows.size() == 1);
  CHECK(page.rows[0].call_id == "m1");
  CHECK(page.rows[0].agent == "writer");
  CHECK(page.rows[0].cost == 30);
  CHECK(page.rows[0].estimated);
  CHECK(loop.run((*store)->budget(BudgetKey{"all", "day:2026-11-21"})).settled == 70);
}

}  // namespace
}  // namespace yoke
