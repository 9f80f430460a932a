#include <sys/stat.h>

#include "runtime/store/sqlite/file.h"
#include "runtime/store/sqlite/migrations.h"
#include "runtime/store/sqlite/sqlite_store.h"

namespace yoke::sqlite {
namespace {

// A small cache, for the system keeps the file's pages too; a log that is cut when it grew far.
void set_up_writer(Database& database) {
  database.run_script(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-1024;"
      " PRAGMA journal_size_limit=16777216");
}

std::string first_text(Query query) { return query.step() ? query.string(0) : std::string(); }

Error cannot_open(const std::string& path, const std::string& why) {
  return Error{Errc::unavailable, "cannot open the store '" + path + "': " + why};
}

bool is_file(const std::string& path, off_t& bytes) {
  struct stat found = {};
  bytes = 0;
  if (::stat(path.c_str(), &found) != 0) return false;
  bytes = found.st_size;
  return S_ISREG(found.st_mode);
}

// SQLite needs to write beside a store even to read it, unless it is told that nothing changes it.
// That is true only when nobody writes and nothing is left in the log.
OpenMode read_mode(const std::string& path) {
  if (!is_read_only_folder(folder_of(path)) || SideLock::holder(path) != 0) return OpenMode::read;
  off_t log_bytes = 0;
  is_file(path + "-wal", log_bytes);
  return log_bytes == 0 ? OpenMode::read_unchanging : OpenMode::read;
}

Result<void> check_whole(Database& database, const std::string& path) {
  const std::string verdict = first_text(database.sql("PRAGMA quick_check(1)"));
  if (verdict == "ok") return {};
  return cannot_open(path, "it is damaged (" + verdict + "); restore it from a backup");
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(const std::string& path,
                                                       asio::any_io_executor executor,
                                                       StoreOptions options, DeskTimes times) {
  const bool read_only = options.read_only;
  auto store = std::make_unique<SqliteStore>(Key(), path, std::move(options));
  try {
    const Result<void> opened = read_only ? store->open_for_reading() : store->open_for_writing();
    if (!opened) return opened.error();
  } catch (const SqlError& error) {
    return cannot_open(path, error.what());
  } catch (const StoreFault& fault) {
    return cannot_open(path, fault.what());
  }
  store->start(executor, times);
  return store;
}

Result<void> SqliteStore::open_for_writing() {
  const Result<void> folder = make_folders(folder_of(path_));
  if (!folder) return folder;
  Result<SideLock> lock = SideLock::take(path_);
  if (!lock) return lock.error();
  const Result<void> file = make_file(path_);
  if (!file) return file;
  write_side_.emplace(std::move(*lock), path_);
  Database& database = write_side_->database;
  set_up_writer(database);
  const Result<int> found = found_version(database, path_);
  if (!found) return found.error();
  if (*found > 0 && meta(database, "clean") != "1") {
    const Result<void> whole = check_whole(database, path_);
    if (!whole) return whole;
  }
  migrate(database, *found);
  Transaction transaction(database);
  const std::int64_t epoch = meta_number(database, "store_epoch") + 1;
  set_meta(database, "store_epoch", std::to_string(epoch));
  set_meta(database, "clean", "0");
  set_meta(database, "build", options_.build_id);
  const WriterIdentity identity{options_.node_id, epoch};
  write_side_->writer.emplace(database, path_, identity, health_, counters_);
  write_side_->writer->close_orphans(std::nullopt, 0);
  transaction.commit();
  read_database_.emplace(path_, OpenMode::read);
  epoch_ = epoch;
  return {};
}

Result<void> SqliteStore::open_for_reading() {
  off_t bytes = 0;
  if (!is_file(path_, bytes)) {
    return cannot_open(path_, "there is no such file; a command that writes makes it");
  }
  read_database_.emplace(path_, read_mode(path_));
  const Result<int> found = found_version(*read_database_, path_);
  if (!found) return found.error();
  if (*found < schema_version()) {
    return Error{Errc::unsupported, "the store '" + path_ + "' has version " +
                                        std::to_string(*found) + ", older than " +
                                        std::to_string(schema_version()) +
                                        ": open it once with a command that writes"};
  }
  return {};
}

}  // namespace yoke::sqlite
