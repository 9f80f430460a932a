#include "runtime/store/spend.h"

#include <iterator>

#include "runtime/base/saturating.h"

namespace yoke {
std::string spend_name(SpendBy by, const LedgerRow& row) {
  switch (by) {
    case SpendBy::agent:
      return row.agent;
    case SpendBy::model:
      return row.target;
    case SpendBy::day:
      return to_iso8601(row.opened_at).substr(0, 10);
    case SpendBy::month:
      return to_iso8601(row.opened_at).substr(0, 7);
    case SpendBy::session:
      return row.session;
    case SpendBy::tenant:
      return row.tenant;
    case SpendBy::run:
      return row.run_id;
    case SpendBy::route:
      return row.route;
    case SpendBy::role:
      return row.role;
    case SpendBy::caller:
      return row.caller;
  }
  return {};
}

std::optional<SpendBy> spend_by_from(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kSpendByNames); ++i) {
    if (kSpendByNames[i] == name) return static_cast<SpendBy>(i);
  }
  return std::nullopt;
}

void SpendSum::add(const LedgerRow& row) {
  rows += 1;
  input = saturating_add(input, row.input);
  cached = saturating_add(cached, row.cached);
  cache_write = saturating_add(cache_write, row.cache_write);
  output = saturating_add(output, row.output);
  reasoning = saturating_add(reasoning, row.reasoning);
  cost = saturating_add(cost, row.cost);
  if (is_unpriced(row)) unpriced_rows += 1;
  if (!row.estimated) return;
  estimated_rows += 1;
  estimated_cost = saturating_add(estimated_cost, row.cost);
}

}  // namespace yoke
