#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/engine/budgets.h"

// How budgets stand, put into words: pure functions.
namespace yoke {

struct BudgetLine {
  BudgetKey key;
  BudgetState state;  // `cap` is the one of yoke.toml, whatever was in force before
  std::string place;  // "yoke.toml:12"
};

// The budgets that are in force and of which somebody drew in the windows of now, and those of all
// runs and of named agents, tenants and sessions, whoever drew. `settled` and `reserved` are those
// of `rows`, else 0.
std::vector<BudgetLine> budgets_in_force(const std::vector<BudgetRule>& rules,
                                         const std::vector<BudgetRow>& rows, Micros now);

// A table, those that are used most first and at most `most_of_a_kind` of a kind; then the rules
// on which nobody drew.
std::string budgets_text(std::vector<BudgetLine> lines, const std::vector<BudgetRule>& rules,
                         std::size_t most_of_a_kind);
Json budgets_json(const std::vector<BudgetLine>& lines);

}  // namespace yoke
