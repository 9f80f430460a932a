#include "tools/broker/sqlite_query.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <span>
#include <string_view>

#include "runtime/base/text.h"
#include "tools/broker/secrets.h"
#include "tools/broker/sqlite_file.h"

namespace yoke {
namespace {

struct CloseDatabase {
  void operator()(sqlite3* connection) const { sqlite3_close(connection); }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

constexpr int kStepsBetweenLooks = 100;

// What ends a statement that takes too much.
struct Watch {
  const SqliteLimits& limits;
  Deadline deadline;
  std::int64_t memory_before = sqlite3_memory_used();  // the whole process's
  std::int64_t steps = 0;
  const char* exhausted = nullptr;
  bool late = false;
};

int look(void* state) {
  auto& watch = *static_cast<Watch*>(state);
  watch.steps += kStepsBetweenLooks;
  if (watch.steps > watch.limits.steps_max) watch.exhausted = "steps";
  if (sqlite3_memory_used() - watch.memory_before > watch.limits.memory_bytes_max) {
    watch.exhausted = "memory";
  }
  // Every time: a single step over long texts may take a good while.
  watch.late = LoopClock::now() > watch.deadline;
  return watch.exhausted != nullptr || watch.late ? 1 : 0;
}

bool is_any_of(const char* name, std::span<const std::string_view> list) {
  return name != nullptr && std::find(list.begin(), list.end(), name) != list.end();
}

// These tell of the schema; with an argument they name a table or an index, and set nothing.
constexpr std::array<std::string_view, 8> kPragmas = {
    "foreign_key_list", "index_info", "index_list",  "index_xinfo",
    "table_info",       "table_list", "table_xinfo", "function_list"};
constexpr std::array<std::string_view, 3> kFunctionsRefused = {"load_extension", "fts3_tokenizer",
                                                               "randomblob"};

int authorize(void*, int action, const char* first, const char* second, const char*, const char*) {
  switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
      return SQLITE_OK;
    case SQLITE_FUNCTION:
      return is_any_of(second, kFunctionsRefused) ? SQLITE_DENY : SQLITE_OK;
    case SQLITE_PRAGMA:
      return is_any_of(first, kPragmas) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_UPDATE:
      // How SQLite declares the columns of a table-valued function such as json_each. An UPDATE of
      // the schema by hand is refused below: it does not only read.
      return first != nullptr && std::string_view(first) == "sqlite_master" ? SQLITE_OK
                                                                            : SQLITE_DENY;
    default:
      return SQLITE_DENY;
  }
}

void set_bounds(sqlite3* database, const SqliteLimits& limits) {
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, limits.cell_bytes_max);
  sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, 100'000);
  sqlite3_limit(database, SQLITE_LIMIT_COLUMN, 500);
  sqlite3_limit(database, SQLITE_LIMIT_EXPR_DEPTH, 200);
  sqlite3_limit(database, SQLITE_LIMIT_COMPOUND_SELECT, 100);
  sqlite3_limit(database, SQLITE_LIMIT_VDBE_OP, 250'000);
  sqlite3_limit(database, SQLITE_LIMIT_FUNCTION_ARG, 100);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(database, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 100);
  sqlite3_limit(database, SQLITE_LIMIT_VARIABLE_NUMBER, 500);
  sqlite3_limit(database, SQLITE_LIMIT_WORKER_THREADS, 0);
}

Result<Database> open_guarded(int file, const SqliteLimits& limits, Watch& watch) {
  const Result<sqlite3*> opened = open_database_file(file);
  if (!opened) return opened.error();
  Database database(*opened);
  sqlite3* raw = database.get();
  for (const auto& [option, value] : {std::pair{SQLITE_DBCONFIG_DEFENSIVE, 1},
                                      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                                      {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                                      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
                                      {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0}}) {
    sqlite3_db_config(raw, option, value, nullptr);
  }
  set_bounds(raw, limits);
  sqlite3_exec(raw,
               "PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON; PRAGMA cache_size = -8192",
               nullptr, nullptr, nullptr);
  sqlite3_set_authorizer(raw, authorize, nullptr);
  sqlite3_progress_handler(raw, kStepsBetweenLooks, look, &watch);
  return database;
}

Error failure(sqlite3* database, const Watch& watch) {
  const int code = sqlite3_errcode(database);
  const std::string words = to_valid_utf8(sqlite3_errmsg(database));
  if (watch.late) {
    return Error{Errc::timed_out, "the statement took too long; narrow it with WHERE or LIMIT"};
  }
  if (watch.exhausted != nullptr) {
    return Error{Errc::too_large, std::string("the statement takes more ") + watch.exhausted +
                                      " than it may; narrow it with WHERE or LIMIT"};
  }
  const bool refused = words.starts_with("not authorized") || words.ends_with("not be modified");
  if (code == SQLITE_AUTH || refused) {
    return Error{Errc::denied, "the statement does more than read: " + words};
  }
  switch (code) {
    case SQLITE_TOOBIG:
      return Error{Errc::too_large, "a value is too long: select a part of it with substr()"};
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return Error{Errc::unavailable, "the file is no SQLite database, or is damaged: " + words};
    case SQLITE_BUSY:
      return Error{Errc::unavailable, "another program is writing to the database; try again"};
    case SQLITE_ERROR:
    case SQLITE_RANGE:
    case SQLITE_MISMATCH:
      return Error{Errc::invalid, words};
    default:
      return Error{Errc::unavailable, words};
  }
}

Result<Statement> prepare(sqlite3* database, const std::string& sql, const Watch& watch) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &raw, &rest);
  Statement statement(raw);
  if (code != SQLITE_OK) return failure(database, watch);
  if (!statement) return Error{Errc::invalid, "there is no statement"};
  sqlite3_stmt* more = nullptr;
  const auto left = static_cast<int>(sql.data() + sql.size() - rest);
  const int after = sqlite3_prepare_v2(database, rest, left, &more, nullptr);
  const Statement second(more);
  if (after != SQLITE_OK || second) {
    return Error{Errc::invalid, "there is more than one statement: send one at a time"};
  }
  if (sqlite3_stmt_readonly(statement.get()) == 0) {
    return Error{Errc::denied, "the statement does more than read"};
  }
  return statement;
}

Result<void> bind_params(sqlite3_stmt* statement, const Json& params) {
  const int wanted = sqlite3_bind_parameter_count(statement);
  if (static_cast<std::size_t>(wanted) != params.size()) {
    return Error{Errc::invalid, "the statement has " + std::to_string(wanted) +
                                    " question marks and params has " +
                                    std::to_string(params.size()) + " values"};
  }
  int place = 0;
  for (const Json& value : params) {
    ++place;
    int code = SQLITE_OK;
    if (value.is_string()) {
      const std::string& text = value.get_ref<const std::string&>();
      code = sqlite3_bind_text64(statement, place, text.data(), text.size(), SQLITE_TRANSIENT,
                                 SQLITE_UTF8);
    } else if (value.is_number_integer()) {
      code = sqlite3_bind_int64(statement, place, value.get<std::int64_t>());
    } else if (value.is_number()) {
      code = sqlite3_bind_double(statement, place, value.get<double>());
    } else if (value.is_boolean()) {
      code = sqlite3_bind_int(statement, place, value.get<bool>() ? 1 : 0);
    } else if (!value.is_null()) {
      return Error{Errc::invalid, "params holds texts, numbers, true, false and null; value " +
                                      std::to_string(place) + " is none of them"};
    }
    if (code != SQLITE_OK) {
      return Error{Errc::too_large, "value " + std::to_string(place) + " of params is too long"};
    }
  }
  return {};
}

Json cell_at(sqlite3_stmt* statement, int column) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
      return sqlite3_column_int64(statement, column);
    case SQLITE_FLOAT: {
      const double number = sqlite3_column_double(statement, column);
      if (std::isfinite(number)) return number;
      return number > 0 ? "Infinity" : "-Infinity";
    }
    case SQLITE_TEXT: {
      const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return to_valid_utf8(std::string_view(text, size));
    }
    case SQLITE_BLOB: {
      const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement, column));
      return Json{{"base64", base64_of(std::string_view(bytes, size))}};
    }
    default:
      return nullptr;
  }
}

Result<Json> read_answer(sqlite3* database, sqlite3_stmt* statement, std::size_t rows_wanted,
                         const SqliteLimits& limits, const Watch& watch) {
  Json answer = {{"columns", Json::array()}, {"rows", Json::array()}, {"more", false}};
  const int columns = sqlite3_column_count(statement);
  for (int i = 0; i < columns; ++i) {
    const char* name = sqlite3_column_name(statement, i);
    answer["columns"].push_back(to_valid_utf8(name == nullptr ? "" : name));
  }
  std::size_t bytes = 0;
  for (;;) {
    const int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) return answer;
    if (code != SQLITE_ROW) return failure(database, watch);
    Json row = Json::array();
    for (int i = 0; i < columns; ++i) row.push_back(cell_at(statement, i));
    bytes += to_text(row).size();
    if (bytes > limits.answer_bytes_max && answer["rows"].empty()) {
      return Error{Errc::too_large, "one row has more than " +
                                        std::to_string(limits.answer_bytes_max) +
                                        " bytes: select fewer columns, or parts with substr()"};
    }
    answer["more"] = bytes > limits.answer_bytes_max || answer["rows"].size() == rows_wanted;
    if (answer["more"].get<bool>()) return answer;
    answer["rows"].push_back(std::move(row));
  }
}

}  // namespace

Result<Json> ask_sqlite(int file, const SqliteQuestion& question, Deadline deadline,
                        const SqliteLimits& limits) {
  Watch watch{limits, std::min(deadline, LoopClock::now() + limits.time_max)};
  const Result<Database> database = open_guarded(file, limits, watch);
  if (!database) return database.error();
  const Result<Statement> statement = prepare(database->get(), question.sql, watch);
  if (!statement) return statement.error();
  const Result<void> bound = bind_params(statement->get(), question.params);
  if (!bound) return bound.error();
  return read_answer(database->get(), statement->get(), std::min(question.rows, limits.rows_max),
                     limits, watch);
}

}  // namespace yoke
