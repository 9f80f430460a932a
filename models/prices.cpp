#include "models/prices.h"

#include <algorithm>
#include <array>
#include <limits>

#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr PriceTable kTable{1, "2026-11-21"};
constexpr std::string_view kOwnMachine = "no vendor: it runs on the operator's own machine";

// Only prices whose source can be named. A vendor's that is not here is unknown, and says so.
constexpr std::array kRows{
    PriceRow{"scripted", "*", Price{}, kOwnMachine},
    PriceRow{"llama.cpp", "*", Price{}, kOwnMachine},
    PriceRow{"ollama", "*", Price{}, kOwnMachine},
    PriceRow{"vllm", "*", Price{}, kOwnMachine},
    PriceRow{"sglang", "*", Price{}, kOwnMachine},
    PriceRow{"lmstudio", "*", Price{}, kOwnMachine},
    PriceRow{"llamafile", "*", Price{}, kOwnMachine},
};

__extension__ typedef __int128 Wide;

}  // namespace

PriceTable price_table() { return kTable; }

std::optional<Price> find_price(std::string_view preset, std::string_view model,
                                const PriceMap& overrides) {
  std::optional<Price> best;
  std::size_t best_length = 0;
  for (const auto& [pattern, price] : overrides) {
    if (!glob_match(pattern, model)) continue;
    if (best && pattern.size() <= best_length) continue;
    best = price;
    best_length = pattern.size();
  }
  if (best) return best;
  for (const PriceRow& row : kRows) {
    if (row.preset == preset && glob_match(row.model, model)) return row.price;
  }
  return std::nullopt;
}

NanoUsd cost_of(const Usage& usage, const Price& price) {
  constexpr Wide kMillion = 1'000'000;
  const Usage counted = plausible(usage);
  const Wide input = counted.input;
  const Wide cached = counted.cached;
  const Wide written = counted.cache_write;
  const Wide output = counted.output;
  const Wide total = (input - cached - written) * price.input + cached * price.cached +
                     written * price.cache_write + output * price.output;
  const Wide nano = (total + kMillion - 1) / kMillion;
  const Wide most = std::numeric_limits<NanoUsd>::max();
  return static_cast<NanoUsd>(std::min(nano, most));
}

NanoUsd most_cost_of(const Usage& usage, const Price& price) {
  Price dearest = price;
  dearest.input = std::max({price.input, price.cached, price.cache_write});
  dearest.cached = dearest.cache_write = dearest.input;
  return cost_of(usage, dearest);
}

}  // namespace yoke
