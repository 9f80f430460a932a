#pragma once

#include <vector>

#include "runtime/store/rules.h"
#include "runtime/store/sqlite/database.h"

// Money as the database keeps it: for the writer and the readers alike.
namespace yoke::sqlite {

// With all that the ledger got since the row was written.
store_rules::KeptBudget budget_now(Database& database, const BudgetKey& key);
std::vector<BudgetRow> budget_rows(Database& database);
LedgerPage ledger_page(Database& database, const LedgerFilter& filter);
std::vector<OpenCall> all_open_calls(Database& database);
Result<CachedReply> kept_reply(Database& database, const std::string& space, const std::string& key,
                               Micros kept_since);

class StoredBooks final : public store_rules::Books {
 public:
  explicit StoredBooks(Database& database) : database_(database) {}  // borrowed

  store_rules::KeptBudget budget(const BudgetKey& key) override {
    return budget_now(database_, key);
  }
  bool is_open(const std::string& call_id) override;
  std::int64_t held(const std::string& call_id, const BudgetKey& key) override;

 private:
  Database& database_;
};

}  // namespace yoke::sqlite
