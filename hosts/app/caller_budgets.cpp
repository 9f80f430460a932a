#include "hosts/app/caller_budgets.h"

#include <algorithm>

#include "hosts/app/settings.h"

namespace yoke {

Result<std::vector<BudgetRule>> user_budgets_of(const Config& config) {
  std::vector<BudgetRule> rules;
  if (!config.serve.oidc) return rules;
  const std::string place = place_in(config, config.serve.oidc->budget_line);
  const Result<std::vector<KeyBudget>> budgets = key_budgets(config.serve.oidc->budgets);
  if (!budgets) {
    return Error{Errc::invalid, "'serve.oidc.budget': " + budgets.error().detail, place};
  }
  for (const KeyBudget& budget : *budgets) {
    BudgetRule& rule = rules.emplace_back();
    rule.scope = BudgetScope::caller;
    rule.name = std::string(kUserCaller) + "*";
    rule.span = budget.span;
    rule.unit = budget.unit;
    rule.cap = budget.cap;
    rule.place = place;
  }
  return rules;
}

std::vector<BudgetRule> key_budgets_of(const ApiKeys& keys) {
  const std::vector<const KeyRecord*> all = keys.list();
  const auto has_successor = [&](const KeyRecord& key) {
    return key.revoked_at != 0 && std::any_of(all.begin(), all.end(), [&](const KeyRecord* other) {
             return other->revoked_at == 0 && other->name == key.name &&
                    other->tenant == key.tenant;
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
  Result<std::vector<BudgetRule>> of_users = user_budgets_of(config);
  if (!of_users) co_return of_users.error();
  SystemRandom random;
  ApiKeys keys(store, wall, random);
  const Result<void> loaded = co_await keys.load();
  if (!loaded) co_return loaded.error();
  std::vector<BudgetRule> rules = budgets_of(config);
  rules.insert(rules.end(), of_users->begin(), of_users->end());
  for (BudgetRule& rule : key_budgets_of(keys)) rules.push_back(std::move(rule));
  co_return rules;
}

}  // namespace yoke
