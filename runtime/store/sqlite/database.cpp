#include "runtime/store/sqlite/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "runtime/base/ensure.h"

namespace yoke::sqlite {
namespace {

constexpr int kPagesAtOnce = 1024;
constexpr int kBusyTimeoutMs = 5000;  // only a process that recovers the log makes us wait

// The path as a URI, for the one option that exists in no other form.
std::string unchanging_uri(const std::string& path) {
  static constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path) {
    const bool plain = c != '%' && c != '?' && c != '#';
    if (plain) {
      uri += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    uri += '%';
    uri += kDigits[byte >> 4];
    uri += kDigits[byte & 15];
  }
  return uri + "?immutable=1";
}

[[noreturn]] void fail(sqlite3* connection, int code) {
  const int extended = connection != nullptr ? sqlite3_extended_errcode(connection) : code;
  const char* text = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  throw SqlError(extended, text);
}

}  // namespace

void Query::check(int code) const {
  if (code != SQLITE_OK) fail(connection_, code);
}

Query::~Query() { sqlite3_reset(statement_); }

bool Query::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(connection_, code);
  return false;
}

std::int64_t Query::run() {
  const bool row = step();
  ENSURE(!row);
  return sqlite3_changes64(connection_);
}

bool Query::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Query::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Hash Query::hash(int column) const {
  Hash hash{};
  const std::string_view bytes = text(column);
  if (bytes.size() == hash.size()) std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

void Query::bind_at(int place, std::int64_t value) {
  check(sqlite3_bind_int64(statement_, place, value));
}

void Query::bind_at(int place, std::string_view value) {
  const char* data = value.data() != nullptr ? value.data() : "";
  check(sqlite3_bind_text64(statement_, place, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Query::bind_at(int place, Blob value) {
  const char* data = value.bytes.data() != nullptr ? value.bytes.data() : "";
  check(sqlite3_bind_blob64(statement_, place, data, value.bytes.size(), SQLITE_STATIC));
}

void Query::bind_at(int place, std::nullopt_t) { check(sqlite3_bind_null(statement_, place)); }

Database::Database(const std::string& path, OpenMode mode) {
  int flags = SQLITE_OPEN_NOMUTEX;
  if (mode == OpenMode::write) flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (mode != OpenMode::write) flags |= SQLITE_OPEN_READONLY;
  if (mode == OpenMode::read_unchanging) flags |= SQLITE_OPEN_URI;
  const std::string name = mode == OpenMode::read_unchanging ? unchanging_uri(path) : path;
  const int code = sqlite3_open_v2(name.c_str(), &connection_, flags, nullptr);
  handle_.reset(connection_);
  if (code != SQLITE_OK) fail(connection_, code);
  configure(mode);
}

Database::~Database() = default;

void Database::Close::operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }

void Database::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Database::configure(OpenMode mode) {
  sqlite3_extended_result_codes(connection_, 1);
  sqlite3_busy_timeout(connection_, kBusyTimeoutMs);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_ENABLE_FKEY, 1, nullptr);
  sqlite3_wal_autocheckpoint(connection_, 0);
  if (mode == OpenMode::write) {
    sqlite3_wal_hook(connection_, &Database::log_grew, this);
    return;
  }
  // A reader never checkpoints: two connections that do can lose commits in this SQLite.
  leave_log();
  run_script("PRAGMA query_only=ON");
}

int Database::log_grew(void* self, sqlite3*, const char*, int frames) {
  static_cast<Database*>(self)->log_frames_ = frames;
  return SQLITE_OK;
}

sqlite3_stmt* Database::prepared(const char* text, int bytes) {
  const auto [entry, added] = statements_.try_emplace(text);
  if (added) {
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(connection_, text, bytes, SQLITE_PREPARE_PERSISTENT,
                                        &statement, nullptr);
    entry->second.reset(statement);
    if (code != SQLITE_OK) {
      statements_.erase(entry);
      fail(connection_, code);
    }
  }
  return entry->second.get();
}

void Database::run_script_text(const char* text) {
  const int code = sqlite3_exec(connection_, text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(connection_, code);
}

// The transaction keeps the moment: without it every commit of another connection would begin the
// copy anew.
void Database::copy_into(Database& to) {
  run_script("BEGIN; SELECT count(*) FROM sqlite_schema");
  sqlite3_backup* copy = sqlite3_backup_init(to.connection_, "main", connection_, "main");
  if (copy == nullptr) fail(to.connection_, sqlite3_errcode(to.connection_));
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = sqlite3_backup_step(copy, kPagesAtOnce);
  sqlite3_backup_finish(copy);
  run_script("COMMIT");
  if (code != SQLITE_DONE) fail(to.connection_, code);
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_) == 0; }

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(connection_); }

int Database::checkpoint(bool truncate) {
  const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  int in_log = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(connection_, nullptr, mode, &in_log, &moved);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) fail(connection_, code);
  const bool uncut = truncate && code != SQLITE_OK;
  log_frames_ = std::max(in_log - moved, uncut ? 1 : 0);
  return log_frames_;
}

void Database::leave_log() {
  sqlite3_db_config(connection_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

Transaction::Transaction(Database& database) : database_(database) {
  database_.sql("BEGIN IMMEDIATE").run();
}

Transaction::~Transaction() {
  if (!open_ || !database_.in_transaction()) return;
  try {
    database_.sql("ROLLBACK").run();
  } catch (const SqlError&) {
    // The connection is unusable then, and whoever began the transaction is already told so.
  }
}

void Transaction::commit() {
  database_.sql("COMMIT").run();
  open_ = false;
}

}  // namespace yoke::sqlite
