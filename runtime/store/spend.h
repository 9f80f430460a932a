#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/store/money.h"

// What was spent, summed up from rows of the ledger: pure functions.
namespace yoke {

enum class SpendBy : std::uint8_t {
  agent,
  model,
  day,
  month,
  session,
  tenant,
  run,
  route,
  role,
  caller
};
std::optional<SpendBy> spend_by_from(std::string_view name);
inline constexpr std::string_view kSpendByNames[] = {"agent",  "model", "day",   "month", "session",
                                                     "tenant", "run",   "route", "role",  "caller"};
// What the row is summed up under; empty when it has no such thing (a run without a session).
std::string spend_name(SpendBy by, const LedgerRow& row);

struct SpendSum {
  std::int64_t rows = 0;
  std::int64_t estimated_rows = 0;
  std::int64_t unpriced_rows = 0;  // what they cost is not known, and not in `cost`
  std::int64_t input = 0, cached = 0, cache_write = 0, output = 0, reasoning = 0;
  NanoUsd cost = 0;
  NanoUsd estimated_cost = 0;  // of rows whose usage is estimated

  void add(const LedgerRow& row);
  bool operator==(const SpendSum&) const = default;
};

}  // namespace yoke
