#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/money.h"
#include "runtime/ports/message.h"

namespace yoke {

// What a million tokens cost, in nano-dollars.
struct Price {
  NanoUsd input = 0;
  NanoUsd cached = 0;       // input read from the vendor's cache
  NanoUsd cache_write = 0;  // input written to it
  NanoUsd output = 0;

  bool operator==(const Price&) const = default;
};

// Prices by a glob over the vendor's model name; the longest pattern that matches counts.
using PriceMap = std::map<std::string, Price, std::less<>>;

// A row of the table that ships with the program.
struct PriceRow {
  std::string_view preset;
  std::string_view model;  // glob
  Price price;
  std::string_view source;
};

// Which edition of the table this is: prices change, and a bill must say by which it was reckoned.
struct PriceTable {
  int version;
  std::string_view date;  // ISO 8601
};
PriceTable price_table();

// The backend's own prices first, then the table's. None: the price is not known.
std::optional<Price> find_price(std::string_view preset, std::string_view model,
                                const PriceMap& overrides);

// Exact, rounded up to a whole nano-dollar once; saturates instead of overflowing.
NanoUsd cost_of(const Usage& usage, const Price& price);
// The most that so many tokens may cost: nobody knows yet what of the input the vendor reads from
// its cache or writes to it, which may cost more than the input itself.
NanoUsd most_cost_of(const Usage& usage, const Price& price);

}  // namespace yoke
