#include "tools/broker/sqlite_module.h"

#include <sqlite3.h>

#include <catch2/catch.hpp>

#include "tests/tools/bundled_fixture.h"
#include "tests/tools/fixture.h"

using yoke::Errc;
using yoke::holds;
using yoke::Json;
using yoke::Result;
using yoke::ScopeFixture;
using yoke::TempFolder;
using yoke::to_text;

namespace {

// A database of somebody else's making.
class Peer {
 public:
  explicit Peer(const TempFolder& folder, const std::string& name = "data/a.db") {
    std::filesystem::create_directories(folder.at(name).parent_path());
    REQUIRE(sqlite3_open(folder.at(name).c_str(), &connection_) == SQLITE_OK);
  }
  ~Peer() { sqlite3_close(connection_); }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  void run(const std::string& sql) {
    INFO(sql);
    REQUIRE(sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  }

 private:
  sqlite3* connection_ = nullptr;
};

const Json kGrant = {{"sqlite", {"data/a.db"}}};

struct SqliteFixture {
  explicit SqliteFixture(const Json& permissions = kGrant, const yoke::SqliteLimits& limits = {})
      : script(permissions), module(folder(), limits) {
    Peer peer(project);
    peer.run("CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT, price REAL, raw BLOB)");
    peer.run("INSERT INTO t VALUES (1,'tea',2.5,NULL),(2,'milk',1.5,x'0102'),(3,'rye',4,NULL)");
  }
  std::shared_ptr<const yoke::ProjectFolder> folder() const {
    yoke::HostFiles host;
    host.hidden = {"data/store.db"};
    return *yoke::ProjectFolder::open(project.path(), yoke::HostPaths(project.path(), host));
  }
  Result<Json> ask(const std::string& sql, const Json& params = Json::array(),
                   const Json& options = Json::object(), const std::string& path = "data/a.db") {
    return yoke::run(loop,
                     module.call("query", Json::array({path, sql, params, options}), script.scope));
  }
  std::string error(const std::string& sql, Errc code, const std::string& path = "data/a.db") {
    const Result<Json> answer = ask(sql, Json::array(), Json::object(), path);
    INFO(sql);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().code == code);
    return answer.error().detail;
  }

  boost::asio::io_context loop{1};
  TempFolder project;
  ScopeFixture script;
  yoke::SqliteModule module;
};

}  // namespace

TEST_CASE("a granted database is queried, and the script's result is tainted by it") {
  SqliteFixture fixture;
  const Result<Json> answer =
      fixture.ask("SELECT id, name, price, raw FROM t WHERE price < ? ORDER BY id", {3});
  REQUIRE(answer);
  CHECK(to_text(*answer) == R"({"columns":["id","name","price","raw"],"more":false,)"
                            R"("rows":[[1,"tea",2.5,null],[2,"milk",1.5,{"base64":"AQI="}]]})");
  CHECK(fixture.script.scope.label() == yoke::Label{});
  CHECK(fixture.script.scope.audit()[0]["call"] == "sqlite.query");
  CHECK(fixture.script.scope.audit()[0]["args"]["path"] == "data/a.db");
  CHECK(fixture.script.scope.audit()[0]["rows"] == 2);
}

TEST_CASE("rows beyond those wished for are left out, and said to be") {
  SqliteFixture fixture;
  const Result<Json> answer = fixture.ask("SELECT id FROM t", Json::array(), {{"rows", 2}});
  REQUIRE(answer);
  CHECK((*answer)["rows"].size() == 2);
  CHECK((*answer)["more"] == true);
  CHECK((*fixture.ask("SELECT id FROM t", Json::array(), {{"rows", 3}}))["more"] == false);
}

TEST_CASE("whatever is more than reading is refused before it runs") {
  SqliteFixture fixture;
  for (const char* sql : {"DELETE FROM t",
                          "INSERT INTO t VALUES (9,'x',1,NULL)",
                          "UPDATE t SET name = 'x'",
                          "DROP TABLE t",
                          "CREATE TABLE u(a)",
                          "CREATE TEMP TABLE u(a)",
                          "ALTER TABLE t ADD b",
                          "ATTACH 'data/b.db' AS b",
                          "ATTACH ':memory:' AS b",
                          "DETACH main",
                          "VACUUM",
                          "VACUUM INTO 'x.db'",
                          "UPDATE sqlite_master SET sql = 'x'",
                          "ANALYZE",
                          "BEGIN",
                          "SAVEPOINT a",
                          "PRAGMA user_version",
                          "PRAGMA journal_mode = WAL",
                          "PRAGMA writable_schema = ON",
                          "PRAGMA trusted_schema = ON",
                          "PRAGMA query_only = OFF",
                          "PRAGMA temp_store_directory = '/tmp'",
                          "PRAGMA mmap_size = 1",
                          "SELECT load_extension('x')",
                          "SELECT randomblob(9)",
                          "SELECT fts3_tokenizer('simple')",
                          "EXPLAIN DELETE FROM t",
                          "CREATE VIRTUAL TABLE v USING fts5(a)",
                          "CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END"}) {
    fixture.error(sql, Errc::denied);
  }
  CHECK((*fixture.ask("SELECT count(*) FROM t"))["rows"][0][0] == 3);
}

TEST_CASE("wrong statements are told in SQLite's words, one at a time") {
  SqliteFixture fixture;
  CHECK(holds(fixture.error("SELEC 1", Errc::invalid), "syntax error"));
  CHECK(holds(fixture.error("SELECT nme FROM t", Errc::invalid), "no such column: nme"));
  CHECK(holds(fixture.error("SELECT 1; SELECT 2", Errc::invalid), "more than one statement"));
  CHECK(holds(fixture.error("SELECT 1; DROP TABLE t", Errc::invalid), "more than one statement"));
  CHECK(holds(fixture.error(" -- nothing", Errc::invalid), "there is no statement"));
  CHECK(holds(fixture.error("SELECT ?", Errc::invalid), "has 1 question marks"));
  CHECK(fixture.ask("SELECT 1; -- the end").has_value());
  CHECK((*fixture.ask("SELECT sum(value) FROM json_each('[1,2]')"))["rows"][0][0] == 3);
  CHECK_FALSE(fixture.ask("SELECT ?", {Json{{"a", 1}}}).has_value());
  CHECK_FALSE(fixture.ask("SELECT 1", Json::array(), {{"rows", 0}}).has_value());
  CHECK_FALSE(fixture.ask("SELECT 1", Json::array(), {{"row", 1}}).has_value());
}

TEST_CASE("what was not granted is no database for the script") {
  SqliteFixture fixture;
  fixture.project.write("data/b.db", "");
  std::filesystem::create_symlink(fixture.project.at("data/a.db"), fixture.project.at("data/l.db"));
  for (const std::string path : {"data/b.db", "data", "../a.db", "/etc/passwd", "data/../data/b.db",
                                 "data/l.db", "data/store.db", "file:data/a.db"}) {
    fixture.error("SELECT 1", Errc::denied, path);
  }
  SqliteFixture folder(Json{{"sqlite", {"data"}}});
  CHECK(folder.ask("SELECT 1").has_value());
  std::filesystem::create_symlink(folder.project.at("data/a.db"), folder.project.at("data/l.db"));
  folder.error("SELECT 1", Errc::denied, "data/l.db");
  folder.error("SELECT 1", Errc::denied, "data/store.db");
  folder.error("SELECT 1", Errc::not_found, "data/none.db");
  SqliteFixture none(Json{{"read", {"data"}}});
  CHECK(holds(none.error("SELECT 1", Errc::denied), "permissions.sqlite does not list it"));
}

TEST_CASE("a rule of the policy can deny a query") {
  SqliteFixture fixture;
  fixture.script.policy.verdicts["sqlite.query"] = yoke::Verdict::deny;
  CHECK(holds(fixture.error("SELECT 1", Errc::denied), "rule of sqlite.query"));
}

TEST_CASE("a statement ends at its bounds") {
  yoke::SqliteLimits limits;
  limits.steps_max = 100'000;
  SqliteFixture steps(kGrant, limits);
  const std::string endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) ";
  CHECK(holds(steps.error(endless + "SELECT sum(i) FROM n", Errc::too_large), "more steps"));
  limits = {};
  limits.memory_bytes_max = 8 << 20;
  SqliteFixture memory(kGrant, limits);
  CHECK(holds(memory.error(endless + "SELECT i, hex(zeroblob(1000)) FROM n ORDER BY 1 DESC",
                           Errc::too_large),
              "more memory"));
  limits = {};
  limits.time_max = std::chrono::milliseconds(0);
  SqliteFixture late(kGrant, limits);
  CHECK(holds(late.error(endless + "SELECT sum(i) FROM n", Errc::timed_out), "too long"));
  const std::string few = endless.substr(0, endless.size() - 2) + " LIMIT 20) ";
  CHECK(holds(late.error(few + "SELECT sum(i) FROM n", Errc::timed_out), "too long"));
  SqliteFixture cells;
  cells.error("SELECT hex(zeroblob(1000000))", Errc::too_large);
  cells.error("SELECT replace(hex(zeroblob(100000)), '0', 'aaaaaaaa')", Errc::too_large);
  const Result<Json> wide = cells.ask(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 50) "
      "SELECT hex(zeroblob(4000)) FROM n");
  REQUIRE(wide);
  CHECK((*wide)["more"] == true);
  CHECK((*wide)["rows"].size() < 30);
}

TEST_CASE("a file that is no database, or that was made to mislead, is an error") {
  SqliteFixture fixture(Json{{"sqlite", {"data"}}});
  fixture.project.write("data/text.db", std::string(5'000, 'x'));
  CHECK(holds(fixture.error("SELECT 1 FROM t", Errc::unavailable, "data/text.db"),
              "is no SQLite database"));
  std::string bytes = fixture.project.read("data/a.db");
  for (std::size_t at = 100; at < bytes.size(); at += 7) bytes[at] = '\xff';
  fixture.project.write("data/broken.db", bytes);
  CHECK_FALSE(fixture.ask("SELECT * FROM t", Json::array(), Json::object(), "data/broken.db"));
  {
    Peer peer(fixture.project, "data/evil.db");
    peer.run("CREATE TABLE t(a); INSERT INTO t VALUES(1)");
    peer.run("CREATE VIEW v AS SELECT load_extension('x') FROM t");
    peer.run("CREATE VIEW w AS SELECT * FROM pragma_table_info('t')");
  }
  CHECK_FALSE(fixture.ask("SELECT * FROM v", Json::array(), Json::object(), "data/evil.db"));
  CHECK_FALSE(fixture.ask("SELECT * FROM w", Json::array(), Json::object(), "data/evil.db"));
}

TEST_CASE("what a writer has not yet put into the file is an error, never an old answer") {
  SqliteFixture fixture;
  Peer peer(fixture.project);
  peer.run("PRAGMA journal_mode = WAL; INSERT INTO t VALUES (4,'beer',5,NULL)");
  CHECK(holds(fixture.error("SELECT count(*) FROM t", Errc::unavailable), "write-ahead log"));
  peer.run("PRAGMA wal_checkpoint(TRUNCATE)");
  CHECK((*fixture.ask("SELECT count(*) FROM t"))["rows"][0][0] == 4);
  peer.run("PRAGMA journal_mode = DELETE");
  peer.run("BEGIN EXCLUSIVE");
  CHECK(holds(fixture.error("SELECT count(*) FROM t", Errc::unavailable), "another program"));
  peer.run("COMMIT");
  CHECK((*fixture.ask("SELECT count(*) FROM t"))["rows"][0][0] == 4);
}

TEST_CASE("the sqlite tools tell of tables and answer queries") {
  yoke::BundledFixture fixture;
  {
    Peer peer(fixture.project);
    peer.run(
        "CREATE TABLE \"odd \"\" name\"(a INTEGER, b); INSERT INTO \"odd \"\" name\" VALUES (1,2)");
    peer.run("CREATE VIEW v AS SELECT a FROM \"odd \"\" name\"");
  }
  fixture.use("sqlite", Json{{"read", {"data/a.db"}}});
  CHECK(
      to_text(fixture.value("sqlite.tables", Json::object())) ==
      R"({"file":"data/a.db","tables":[{"columns":[{"name":"a","type":"INTEGER"},{"name":"b"}],)"
      R"("kind":"table","name":"odd \" name","rows":1},{"columns":[{"name":"a","type":"INTEGER"}],)"
      R"("kind":"view","name":"v"}]})");
  CHECK(fixture.value("sqlite.query", {{"sql", "SELECT a FROM v WHERE a = ?"}, {"params", {1}}}) ==
        Json::parse(R"({"columns":["a"],"rows":[[1]],"more":false})"));
  CHECK(holds(fixture.error("sqlite.query", {{"sql", "DELETE FROM v"}}), "sqlite.query: "));
}
