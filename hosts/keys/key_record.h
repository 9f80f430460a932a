#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/principal.h"
#include "runtime/base/hash.h"
#include "runtime/base/json.h"
#include "runtime/base/time.h"
#include "runtime/engine/budgets.h"

// What is kept of a key, and what may be asked of a new one: plain values.
namespace yoke {

struct KeyRate {
  std::int64_t requests = 0;  // that many at once, and that many more in each window
  std::chrono::seconds window{60};
};
// "60/m", "10/s", "1000/h", "5000/d". Errors: invalid.
Result<KeyRate> key_rate(std::string_view text);
std::string to_text(const KeyRate& rate);

struct KeyBudget {
  BudgetUnit unit = BudgetUnit::usd;
  std::int64_t cap = 0;  // nano-dollars or tokens
  BudgetSpan span = BudgetSpan::ever;
};
// "5usd/day", "200000tokens/month", "20usd" (for ever). Errors: invalid.
Result<KeyBudget> key_budget(std::string_view text);
std::string to_text(const KeyBudget& budget);
// Several. Errors: invalid; two that count the same: only one of them could hold.
Result<std::vector<KeyBudget>> key_budgets(const std::vector<std::string>& texts);

struct KeyRecord {
  std::string id;
  std::string name;  // unique among the keys that are not revoked
  std::string tenant = "local";
  Scopes scopes;
  std::vector<std::string> groups = {};
  std::vector<std::string> agents = {};  // globs; empty: all
  std::vector<std::string> models = {};  // likewise
  std::optional<KeyRate> rate = {};
  std::vector<KeyBudget> budgets = {};
  Hash hash = {};
  Micros created_at = 0;
  std::string created_by = {};
  Micros expires_at = 0;  // 0: never
  Micros revoked_at = 0;  // 0: it is not
  std::string revoked_by = {};

  bool is_live(Micros now) const;
  // "live", "expired" or "revoked".
  std::string_view state(Micros now) const;
};

// "key:NAME": how records of runs and books name who asked with it.
std::string caller_of(const KeyRecord& record);
Principal principal_of(const KeyRecord& record);

// What the calls of runs that were started with it may come to together.
std::vector<BudgetRule> budget_rules_of(const KeyRecord& record);

// As it is stored; the hash in it.
Json stored_json(const KeyRecord& record);
Result<KeyRecord> record_from_stored(const std::string& id, const Json& value);
// As it is shown: all but the hash.
Json shown_json(const KeyRecord& record, Micros now, Micros last_used);

// A key to be made, as `yoke keys create` asks for it: {name, tenant?, scopes?, expires?, rate?,
// budget?, groups?, agents?, models?, by?}, texts and lists of texts. It has no id and no hash yet.
// Errors: invalid, naming the field and what may stand there.
Result<KeyRecord> record_of_order(const Json& order, Micros now);

}  // namespace yoke
