#include "hosts/app/caller_budgets.h"

#include <algorithm>

#include "hosts/app/settings.h"

namespace yoke {

std::vector<BudgetRule> key_budgets_of(const ApiKeys& keys) {
  const std::vector<const KeyRecord*> all = keys.list();
  const auto has_successor = [&](const KeyRecord& key) {
    return key.revoked_at != 0 && std::any_of(all.begin(), all.end(), [&](const KeyRecord* other) {
             return other->revoked_at == 0 && other->name == key.name;
           });
  };
  std::vector<BudgetRule> rules;
  for (const KeyRecord* key : all) {
    if (has_successor(*key)) continue;
    for (BudgetRule& rule : budget_rules_of(*key)) rules.push_back(std::move(rule));
  }
  return rules;
}

awaitable<Result<std::vector<BudgetRule>>> budgets_in(const Config& config, Store& store,
                                                      WallClock& wall) {
  SystemRandom random;
  ApiKeys keys(store, wall, random);
  const Result<void> loaded = co_await keys.load();
  if (!loaded) co_return loaded.error();
  std::vector<BudgetRule> rules = budgets_of(config);
  for (BudgetRule& rule : key_budgets_of(keys)) rules.push_back(std::move(rule));
  co_return rules;
}

}  // namespace yoke
