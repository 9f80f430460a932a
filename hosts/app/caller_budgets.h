#pragma once

#include <vector>

#include "hosts/config/config.h"
#include "hosts/keys/api_keys.h"
#include "runtime/engine/budgets.h"

// The budgets of those who ask over HTTP, beside those of [budgets].
namespace yoke {

// Of each user of [serve.oidc]. Errors: invalid, with file:line.
Result<std::vector<BudgetRule>> user_budgets_of(const Config& config);

// Of keys: those of a revoked one hold until one of its name is made anew. `keys` is loaded.
std::vector<BudgetRule> key_budgets_of(const ApiKeys& keys);

// All that are in force: of [budgets], users and keys, read from the store. For a process that
// drives nothing; one that does has App::budgets(). Errors: those above; a damaged record of a key.
awaitable<Result<std::vector<BudgetRule>>> budgets_in(const Config& config, Store& store,
                                                      WallClock& wall);

}  // namespace yoke
