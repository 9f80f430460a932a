#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "runtime/base/hash.h"

struct sqlite3;
struct sqlite3_stmt;

// One SQLite connection and its prepared statements.
namespace yoke::sqlite {

// What SQLite answered when it could not do as it was told.
class SqlError : public std::runtime_error {
 public:
  SqlError(int extended_code, const std::string& what)
      : std::runtime_error(what), extended_code_(extended_code) {}

  int extended_code() const { return extended_code_; }
  int code() const { return extended_code_ & 0xff; }

 private:
  int extended_code_;
};

// Bytes, as opposed to text.
struct Blob {
  std::string_view bytes;
};

// A statement on its way: bind, step, read. It is reset when this goes.
//
// Ownership: borrows the statement from its database. What is bound must live until the last step;
//            what text() and blob() give is valid until the next step.
class Query {
 public:
  Query(sqlite3* connection, sqlite3_stmt* statement)
      : connection_(connection), statement_(statement) {}
  ~Query();
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;

  template <class... Values>
  Query& bind(Values&&... values) {
    static_assert((is_kept<Values> && ...), "a temporary is gone before the statement steps");
    int place = 0;
    (bind_at(++place, std::as_const(values)), ...);
    return *this;
  }

  bool step();         // true while there is a row
  std::int64_t run();  // for a statement without rows: how many rows it changed

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  std::string string(int column) const { return std::string(text(column)); }
  Hash hash(int column) const;  // a blob of 32 bytes; zeros when it is of another size

 private:
  // Whether what is bound as `Value&&` owns no bytes that end with the call.
  template <class Value>
  static constexpr bool is_kept =
      std::is_lvalue_reference_v<Value> ||
      !(std::is_same_v<Value, std::string> || std::is_same_v<Value, std::optional<std::string>> ||
        std::is_same_v<Value, Hash>);

  void bind_at(int place, std::int64_t value);
  void bind_at(int place, int value) { bind_at(place, static_cast<std::int64_t>(value)); }
  void bind_at(int place, bool value) { bind_at(place, static_cast<std::int64_t>(value)); }
  void bind_at(int place, std::string_view value);
  void bind_at(int place, const char* value) = delete;  // would become a bool
  void bind_at(int place, const std::string& value) { bind_at(place, std::string_view(value)); }
  void bind_at(int place, Blob value);
  void bind_at(int place, const Hash& value) { bind_at(place, Blob{as_view(value)}); }
  void bind_at(int place, std::nullopt_t);
  template <class T>
  void bind_at(int place, const std::optional<T>& value) {
    value ? bind_at(place, *value) : bind_at(place, std::nullopt);
  }
  void check(int code) const;

  sqlite3* connection_;
  sqlite3_stmt* statement_;
};

enum class OpenMode : std::uint8_t { write, read, read_unchanging };

// Threads: one at a time.
// Errors:  SqlError from every function.
class Database {
 public:
  Database(const std::string& path, OpenMode mode);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // The statement with this text, which is a literal: text made at run time does not compile.
  template <std::size_t N>
  Query sql(const char (&text)[N]) {
    return Query(connection_, prepared(text, static_cast<int>(N)));
  }
  // Runs statements that have no parameters and whose rows do not matter.
  template <std::size_t N>
  void run_script(const char (&text)[N]) {
    run_script_text(text);
  }

  // Copies all of it, as it is at one moment, over another database. Whoever writes goes on.
  void copy_into(Database& to);
  bool in_transaction() const;
  std::int64_t last_row() const;  // the row number of the newest insert
  // Moves what the write-ahead log holds into the file, as far as no reader needs it there.
  // Gives the frames that are left; with `truncate`, cuts the log to nothing.
  int checkpoint(bool truncate);
  // From here, closing leaves the log as it is instead of moving it into the file.
  void leave_log();
  int log_frames() const { return log_frames_; }  // in the log after the newest commit

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };

  sqlite3_stmt* prepared(const char* text, int bytes);
  void run_script_text(const char* text);
  void configure(OpenMode mode);
  static int log_grew(void* self, sqlite3*, const char*, int frames);

  std::unique_ptr<sqlite3, Close> handle_;
  sqlite3* connection_ = nullptr;
  // By the literal's address, which stands for its text.
  std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
  int log_frames_ = 0;
};

// A transaction as a scope: rolled back unless commit() came to its end.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace yoke::sqlite
