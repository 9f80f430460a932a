#include "runtime/base/money.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace yoke {
namespace {

constexpr std::size_t kPlaces = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool all_digits(std::string_view text) { return std::all_of(text.begin(), text.end(), is_digit); }

// value = value * 10 + digit; false when it would not fit.
bool append_digit(NanoUsd& value, char digit) {
  return !__builtin_mul_overflow(value, 10, &value) &&
         !__builtin_add_overflow(value, digit - '0', &value);
}

Error not_dollars(std::string_view text) {
  return Error{Errc::invalid, "'" + std::string(text.substr(0, 40)) +
                                  "' is no amount in dollars (like 0.25, at most 9 decimals)"};
}

}  // namespace

std::string to_dollars(NanoUsd amount) {
  if (amount == 0) return "$0";
  // Unsigned, because the smallest amount has no positive twin.
  const std::uint64_t size =
      amount < 0 ? 0 - static_cast<std::uint64_t>(amount) : static_cast<std::uint64_t>(amount);
  std::string places = std::to_string(size % kNanoPerUsd);
  places.insert(0, kPlaces - places.size(), '0');
  while (places.size() > 2 && places.back() == '0') places.pop_back();
  return (amount < 0 ? "-$" : "$") + std::to_string(size / kNanoPerUsd) + "." + places;
}

Result<NanoUsd> nano_from_dollars(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  if (rest.starts_with('$')) rest.remove_prefix(1);
  const std::size_t point = rest.find('.');
  const std::string_view whole = rest.substr(0, point);
  std::string places(point == std::string_view::npos ? "" : rest.substr(point + 1));
  const bool written_well = !whole.empty() && all_digits(whole) && all_digits(places) &&
                            places.size() <= kPlaces &&
                            (point == std::string_view::npos || !places.empty());
  if (!written_well) return not_dollars(text);
  places.append(kPlaces - places.size(), '0');
  NanoUsd amount = 0;
  for (const char digit : std::string(whole) + places) {
    if (!append_digit(amount, digit)) return not_dollars(text);
  }
  return negative ? -amount : amount;
}

NanoUsd nano_from_double(double dollars) {
  const double nanos = std::nearbyint(dollars * static_cast<double>(kNanoPerUsd));
  if (std::isnan(nanos)) return 0;
  // 2^63 as a double is one past the largest amount.
  constexpr double kLimit = 9223372036854775808.0;
  if (nanos >= kLimit) return std::numeric_limits<NanoUsd>::max();
  if (nanos < -kLimit) return std::numeric_limits<NanoUsd>::min();
  return static_cast<NanoUsd>(nanos);
}

}  // namespace yoke
