#pragma once

#include <optional>
#include <string>

#include "runtime/base/result.h"
#include "runtime/store/sqlite/database.h"

// The schema, as numbered steps that only go forward. To change it: append a step, never edit one.
namespace yoke::sqlite {

// The version this program writes, and the oldest program version that may write such a store too.
int schema_version();
int min_writer();

// The version of the store; 0 for an empty file.
// Errors: unsupported (a newer program must write it), unavailable (a SQLite file of something
// else).
Result<int> found_version(Database& database, const std::string& path);

// Takes the store from `found` to schema_version(), in one transaction.
void migrate(Database& database, int found);

std::optional<std::string> meta(Database& database, std::string_view key);
std::int64_t meta_number(Database& database, std::string_view key);  // 0 when absent
void set_meta(Database& database, std::string_view key, std::string_view value);

}  // namespace yoke::sqlite
