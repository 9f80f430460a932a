#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "models/prices.h"
#include "runtime/base/json.h"
#include "runtime/store/spend.h"

// What models cost, summed up and put into words: pure functions.
namespace yoke {

// The sum as it is shown to programs.
Json to_json(const SpendSum& sum);

struct SpendLine {
  std::string name;  // empty: the rows have no such thing
  SpendSum sum;
  // What reading from vendors' caches saved, less what writing to them cost more, at the prices
  // known now; none: a price is not known.
  std::optional<NanoUsd> saved = NanoUsd{0};

  void add(const LedgerRow& row, const std::optional<Price>& price);
};

struct SpendReport {
  SpendBy by = SpendBy::model;
  std::vector<SpendLine> lines;  // days and months in their order, all else the dearest first
  SpendLine total;
};

using PriceOf = std::function<std::optional<Price>(const std::string& target)>;
SpendReport spend_report(SpendBy by, const std::vector<LedgerRow>& ledger, const PriceOf& price_of);
std::string spend_text(const SpendReport& report);
Json spend_json(const SpendReport& report);

// Columns side by side: the first to the left, all others to the right.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

}  // namespace yoke
