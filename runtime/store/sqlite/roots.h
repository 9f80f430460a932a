#pragma once

#include <string>
#include <vector>

#include "runtime/store/keeper.h"
#include "runtime/store/sqlite/database.h"

// Roots as both the writer and the readers take them out of the database.
namespace yoke::sqlite {

std::string store_id_of(Database& database);
std::vector<AuditRoot> roots_of(Database& database, const std::string& tenant, std::int64_t after,
                                int limit);
std::optional<AuditRoot> last_root(Database& database, const std::string& tenant);
std::vector<std::string> tenants_of_roots(Database& database);
std::vector<CoveredHead> sealed_heads(Database& database, const std::string& tenant,
                                      std::int64_t n);
std::optional<Hash> journal_hash(Database& database, const std::string& run_id, std::int64_t seq);
std::vector<CoveredHead> sealed_heads_of(Database& database, const std::string& run_id);

}  // namespace yoke::sqlite
