#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/store/money.h"

// What was spent, summed up from rows of the ledger: pure functions.
namespace yoke {

enum class SpendBy : std::uint8_t { agent, model, day, session, tenant, run, role };
std::optional<SpendBy> spend_by_from(std::string_view name);
inline constexpr std::string_view kSpendByNames[] = {"agent",  "model", "day", "session",
                                                     "tenant", "run",   "role"};

struct SpendSum {
  std::int64_t rows = 0;
  std::int64_t estimated_rows = 0;
  std::int64_t input = 0, cached = 0, cache_write = 0, output = 0, reasoning = 0;
  NanoUsd cost = 0;
  NanoUsd estimated_cost = 0;  // of rows whose usage is estimated

  void add(const LedgerRow& row);
  bool operator==(const SpendSum&) const = default;
};

// By name; what has none (a run without a session) is under "".
using SpendTable = std::map<std::string, SpendSum>;
void add_to(SpendTable& table, SpendBy by, const LedgerRow& row);

}  // namespace yoke
