#pragma once

#include <cstdint>
#include <lua.hpp>
#include <string>
#include <string_view>

namespace yoke::sandbox {

// A moment in UTC, split. Months and days count from 1; weekday 1 is Monday.
struct Moment {
  std::int64_t year = 1970;
  int month = 1;
  int day = 1;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int weekday = 4;
  int yearday = 1;
};

// Seconds since 1970 must be within these: years -9999 to 9999.
inline constexpr std::int64_t kSecondsMin = -377'705'116'800;
inline constexpr std::int64_t kSecondsMax = 253'402'300'799;

Moment split_seconds(std::int64_t seconds);
// Fields may be out of their range (month 14, day 0): they carry over.
std::int64_t join_seconds(std::int64_t year, std::int64_t month, std::int64_t day,
                          std::int64_t seconds_of_day);
int days_in_month(std::int64_t year, int month);

// strftime in the C locale for a fixed set of letters; raises a Lua error for another.
std::string format_moment(lua_State* L, const Moment& moment, std::string_view format);

}  // namespace yoke::sandbox
