#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// Wall time as the journal keeps it: microseconds since 1970-01-01 UTC.
using Micros = std::int64_t;

std::string to_iso8601(Micros wall_us);  // "2026-11-21T10:00:00.000000Z"
Result<Micros> micros_from_iso8601(std::string_view text);

// "250ms", "20s", "5m", "2h", "7d"; a bare number is seconds.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string to_short_text(
    std::chrono::microseconds duration);  // "840 µs", "12 ms", "3.4 s", "2 min 5 s"

}  // namespace yoke
