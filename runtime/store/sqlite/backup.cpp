#include "runtime/store/backup.h"

#include <sys/stat.h>

#include <filesystem>

#include "runtime/store/sqlite/database.h"
#include "runtime/store/sqlite/file.h"
#include "runtime/store/sqlite/migrations.h"

namespace yoke {
namespace sqlite {
namespace {

namespace fs = std::filesystem;

constexpr int kKeptInFile = 1;  // as contents.cpp has it
constexpr int kTries = 3;

enum class CopiedFiles { all, one_was_erased };

std::string blob_file(const std::string& store, const Hash& hash) {
  const std::string hex = to_hex(hash);
  return store + ".blobs/" + hex.substr(0, 2) + "/" + hex.substr(2);
}

std::int64_t single(Query query) { return query.step() ? query.integer(0) : 0; }

// What the copy names is still there, unless its run was erased since.
Result<CopiedFiles> copy_files(Database& copy, const std::string& from, const std::string& to,
                               std::int64_t& bytes) {
  Query files = copy.sql("SELECT hash FROM blobs WHERE tier=?1");
  files.bind(kKeptInFile);
  while (files.step()) {
    const std::string source = blob_file(from, files.hash(0));
    const std::string target = blob_file(to, files.hash(0));
    const Result<void> folder = make_folders(folder_of(target));
    if (!folder) return folder.error();
    std::error_code failed;
    fs::copy_file(source, target, fs::copy_options::overwrite_existing, failed);
    if (failed == std::errc::no_such_file_or_directory) return CopiedFiles::one_was_erased;
    if (failed) return Error{Errc::unavailable, "cannot copy it: " + failed.message(), source};
    bytes += static_cast<std::int64_t>(fs::file_size(target, failed));
  }
  return CopiedFiles::all;
}

Result<void> check_copy(Database& copy, const std::string& to) {
  Query verdict = copy.sql("PRAGMA quick_check(1)");
  const std::string text = verdict.step() ? verdict.string(0) : "it cannot be read";
  if (text == "ok") return {};
  return Error{Errc::unavailable, "the copy is not whole: " + text, to};
}

void remove_copy(const std::string& part) {
  std::error_code ignored;
  for (const char* suffix : {"", "-wal", "-shm", "-journal"}) fs::remove(part + suffix, ignored);
}

// With the contents beside it: what was erased since a first try must not stay from that.
void remove_all_copied(const std::string& part, const std::string& to) {
  std::error_code ignored;
  remove_copy(part);
  fs::remove_all(to + ".blobs", ignored);
}

Result<CopiedFiles> copy_once(const std::string& from, const std::string& part,
                              const std::string& to, StoreBackup& made) {
  remove_all_copied(part, to);
  const Result<void> file = make_file(part);
  if (!file) return file.error();
  Database copy(part, OpenMode::write);
  {
    Database source(from, OpenMode::read);
    const Result<int> version = found_version(source, from);
    if (!version) return version.error();
    source.copy_into(copy);
  }
  made = StoreBackup{};
  made.runs = single(copy.sql("SELECT count(*) FROM runs"));
  made.events = single(copy.sql("SELECT count(*) FROM journal"));
  const Result<void> whole = check_copy(copy, to);
  if (!whole) return whole.error();
  const Result<CopiedFiles> files = copy_files(copy, from, to, made.bytes);
  copy.checkpoint(true);
  return files;
}

Result<StoreBackup> backup(const std::string& from, const std::string& to) {
  std::error_code failed;
  if (!fs::is_regular_file(from, failed)) {
    return Error{Errc::not_found, "there is no store at " + from};
  }
  if (fs::exists(to, failed) || fs::exists(to + ".blobs", failed)) {
    return Error{Errc::conflict, "it is there already: name a file that is not there yet", to};
  }
  const std::string part = to + ".part";
  StoreBackup made;
  try {
    for (int tried = 0; tried < kTries; ++tried) {
      Result<CopiedFiles> copied = copy_once(from, part, to, made);
      if (copied && *copied == CopiedFiles::one_was_erased) continue;
      if (!copied) {
        remove_all_copied(part, to);
        return copied.error();
      }
      made.bytes += static_cast<std::int64_t>(fs::file_size(part, failed));
      fs::rename(part, to, failed);
      if (failed) {
        remove_all_copied(part, to);
        return Error{Errc::unavailable, "cannot put it there: " + failed.message(), to};
      }
      remove_copy(part);
      return made;
    }
  } catch (const SqlError& error) {
    remove_all_copied(part, to);
    return Error{Errc::unavailable, std::string("cannot copy the store: ") + error.what(), to};
  }
  remove_all_copied(part, to);
  return Error{Errc::conflict, "runs were erased while it was copied, three times: try again", to};
}

}  // namespace
}  // namespace sqlite

Result<StoreBackup> backup_store(const std::string& url, const std::string& to) {
  static constexpr std::string_view kSqlite = "sqlite:";
  if (url.starts_with(kSqlite)) return sqlite::backup(url.substr(kSqlite.size()), to);
  return Error{Errc::unsupported,
               "'" + url + "' is no file to copy: only a store at sqlite:PATH is backed up so"};
}

}  // namespace yoke
