#include "runtime/memory/memory_file.h"

#include <filesystem>

#include "runtime/store/sqlite/file.h"

namespace yoke::recall {
namespace {

constexpr int kLogFramesMax = 500;

// `words` of an entry are the numbers under which the index holds it, eight bytes each: what was
// put there is taken out again whatever a later version makes of the text.
constexpr const char kSchema[] = R"sql(
CREATE TABLE spaces(
  space INTEGER PRIMARY KEY, tenant TEXT NOT NULL, scope INTEGER NOT NULL, owner TEXT NOT NULL,
  entries INTEGER NOT NULL DEFAULT 0, words INTEGER NOT NULL DEFAULT 0,
  newest INTEGER NOT NULL DEFAULT 0, UNIQUE(tenant, scope, owner));
CREATE TABLE entries(
  entry INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, space INTEGER NOT NULL REFERENCES spaces,
  key TEXT NOT NULL, text TEXT NOT NULL, label TEXT NOT NULL, run TEXT NOT NULL,
  call TEXT NOT NULL, agent TEXT NOT NULL, created INTEGER NOT NULL, updated INTEGER NOT NULL,
  expires INTEGER NOT NULL, length INTEGER NOT NULL, words BLOB NOT NULL, UNIQUE(space, key));
CREATE INDEX entries_place ON entries(space);
CREATE INDEX entries_expiring ON entries(expires) WHERE expires > 0;
CREATE TABLE postings(
  space INTEGER NOT NULL, word INTEGER NOT NULL, entry INTEGER NOT NULL, times INTEGER NOT NULL,
  length INTEGER NOT NULL, PRIMARY KEY(space, word, entry)) WITHOUT ROWID;
CREATE TABLE models(
  model INTEGER PRIMARY KEY, name TEXT NOT NULL, dimensions INTEGER NOT NULL,
  UNIQUE(name, dimensions));
CREATE TABLE vectors(
  space INTEGER NOT NULL, model INTEGER NOT NULL, entry INTEGER NOT NULL, scale INTEGER NOT NULL,
  bytes BLOB NOT NULL, PRIMARY KEY(space, model, entry)) WITHOUT ROWID;
PRAGMA user_version = 1;
)sql";

std::int64_t version_of(sqlite::Database& database) {
  sqlite::Query query = database.sql("PRAGMA user_version");
  return query.step() ? query.integer(0) : 0;
}

Error newer(const std::string& path, std::int64_t version) {
  return Error{Errc::unsupported, "the memory '" + path + "' has version " +
                                      std::to_string(version) + ", newer than " +
                                      std::to_string(kFileVersion) + ": use a newer yoke"};
}

bool has_log(const std::string& path) {
  std::error_code unknown;
  const auto bytes = std::filesystem::file_size(path + "-wal", unknown);
  return !unknown && bytes > 0;
}

Result<void> check_whole(sqlite::Database& database, const std::string& path) {
  sqlite::Query query = database.sql("PRAGMA quick_check(1)");
  const std::string verdict = query.step() ? query.string(0) : std::string();
  if (verdict == "ok") return {};
  return Error{Errc::unavailable, "cannot open the memory '" + path + "': it is damaged (" +
                                      verdict + "); restore it from a backup"};
}

}  // namespace

WriteFile::WriteFile(std::optional<sqlite::SideLock> lock, const std::string& path)
    : lock_(std::move(lock)),
      database_(path.empty() ? ":memory:" : path, sqlite::OpenMode::write),
      on_disk_(!path.empty()) {}

WriteFile::~WriteFile() {
  try {
    if (on_disk_) database_.checkpoint(true);
  } catch (const sqlite::SqlError&) {
    // The log stays, and is moved into the file when it is next opened.
  }
}

Result<std::unique_ptr<WriteFile>> WriteFile::open(const std::string& path) {
  std::optional<sqlite::SideLock> lock;
  bool unclean = false;
  if (!path.empty()) {
    const Result<void> folder = sqlite::make_folders(sqlite::folder_of(path));
    if (!folder) return folder.error();
    Result<sqlite::SideLock> taken = sqlite::SideLock::take(path);
    if (!taken) return taken.error();
    lock.emplace(std::move(*taken));
    const Result<void> made = sqlite::make_file(path);
    if (!made) return made.error();
    unclean = has_log(path);
  }
  auto file = std::make_unique<WriteFile>(std::move(lock), path);
  sqlite::Database& database = file->database();
  // Whole vectors fit a page of this size; what is deleted is overwritten.
  database.run_script(
      "PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
      " PRAGMA secure_delete=ON; PRAGMA cache_size=-8192");
  const std::int64_t version = version_of(database);
  if (version > kFileVersion) return newer(path, version);
  if (version > 0 && unclean) {
    const Result<void> whole = check_whole(database, path);
    if (!whole) return whole.error();
  }
  if (version == 0) {
    sqlite::Transaction transaction(database);
    database.run_script(kSchema);
    transaction.commit();
  }
  if (unclean) file->settle(true);
  return file;
}

void WriteFile::settle(bool erased) {
  erased_ = erased_ || erased;
  if (!on_disk_) return;
  if (!erased_ && database_.log_frames() < kLogFramesMax) return;
  erased_ = database_.checkpoint(erased_) > 0 && erased_;
}

Result<std::unique_ptr<sqlite::Database>> open_to_read(const std::string& path) {
  std::error_code unknown;
  if (!std::filesystem::exists(path, unknown)) return std::unique_ptr<sqlite::Database>();
  auto database = std::make_unique<sqlite::Database>(path, sqlite::OpenMode::read);
  database->run_script("PRAGMA cache_size=-16384");
  const std::int64_t version = version_of(*database);
  if (version == 0) return std::unique_ptr<sqlite::Database>();  // it is being made
  if (version > kFileVersion) return newer(path, version);
  return database;
}

Snapshot::Snapshot(sqlite::Database& database) : database_(database) {
  database_.sql("BEGIN").run();
}

Snapshot::~Snapshot() {
  try {
    if (database_.in_transaction()) database_.sql("ROLLBACK").run();
  } catch (const sqlite::SqlError&) {
    // Nothing was written.
  }
}

}  // namespace yoke::recall
