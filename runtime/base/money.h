#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// Money is integer nano-dollars; never a double.
using NanoUsd = std::int64_t;
inline constexpr NanoUsd kNanoPerUsd = 1'000'000'000;

std::string to_dollars(NanoUsd amount);  // "$0.0123", "$0" ; at least two significant digits
Result<NanoUsd> nano_from_dollars(std::string_view text);  // exact decimal, at most 9 places
NanoUsd nano_from_double(double dollars);                  // for configuration; rounded to nearest

}  // namespace yoke
