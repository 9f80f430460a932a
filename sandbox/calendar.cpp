#include "sandbox/calendar.h"

#include <array>
#include <cstdio>

#include "sandbox/lua_entry.h"

namespace yoke::sandbox {

namespace {

constexpr std::int64_t kDaySeconds = 86'400;

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// Days from 1970-01-01 to the first day of a month, in the proleptic Gregorian calendar. Years are
// taken to begin in March, so that the leap day is a year's last.
std::int64_t days_before_month(std::int64_t year, int month) {
  const std::int64_t shifted_year = month <= 2 ? year - 1 : year;
  const int shifted_month = month <= 2 ? month + 9 : month - 3;
  const std::int64_t leap_days =
      floor_div(shifted_year, 4) - floor_div(shifted_year, 100) + floor_div(shifted_year, 400);
  const int days_in_months = (153 * shifted_month + 2) / 5;  // 31, 30, 31, 30, 31 and again
  return 365 * shifted_year + leap_days + days_in_months - 719'468;
}

constexpr std::array<const char*, 7> kDays = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                              "Friday", "Saturday", "Sunday"};
constexpr std::array<const char*, 12> kMonths = {"January",   "February", "March",    "April",
                                                 "May",       "June",     "July",     "August",
                                                 "September", "October",  "November", "December"};

std::string number(const char* format, long long value) {
  std::array<char, 32> text;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  const int size = std::snprintf(text.data(), text.size(), format, value);
#pragma GCC diagnostic pop
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string date_text(const Moment& m, char letter) {
  switch (letter) {
    case 'Y':
      return number("%04lld", m.year);
    case 'y':
      return number("%02lld", (m.year % 100 + 100) % 100);
    case 'm':
      return number("%02lld", m.month);
    case 'd':
      return number("%02lld", m.day);
    case 'e':
      return number("%2lld", m.day);
    case 'j':
      return number("%03lld", m.yearday);
    case 'u':
      return number("%lld", m.weekday);
    case 'w':
      return number("%lld", m.weekday % 7);
    case 'a':
      return std::string(kDays[static_cast<std::size_t>(m.weekday - 1)]).substr(0, 3);
    case 'A':
      return kDays[static_cast<std::size_t>(m.weekday - 1)];
    case 'b':
      return std::string(kMonths[static_cast<std::size_t>(m.month - 1)]).substr(0, 3);
    case 'B':
      return kMonths[static_cast<std::size_t>(m.month - 1)];
    default:
      return {};
  }
}

std::string time_text(const Moment& m, char letter) {
  switch (letter) {
    case 'H':
      return number("%02lld", m.hour);
    case 'I':
      return number("%02lld", (m.hour + 11) % 12 + 1);
    case 'M':
      return number("%02lld", m.minute);
    case 'S':
      return number("%02lld", m.second);
    case 'p':
      return m.hour < 12 ? "AM" : "PM";
    case 'Z':
      return "UTC";
    case 'z':
      return "+0000";
    case '%':
      return "%";
    case 'n':
      return "\n";
    case 't':
      return "\t";
    default:
      return {};
  }
}

// Letters that stand for several others.
std::string_view expansion_of(char letter) {
  switch (letter) {
    case 'F':
      return "%Y-%m-%d";
    case 'T':
    case 'X':
      return "%H:%M:%S";
    case 'R':
      return "%H:%M";
    case 'D':
    case 'x':
      return "%m/%d/%y";
    case 'c':
      return "%a %b %e %H:%M:%S %Y";
    case 'r':
      return "%I:%M:%S %p";
    default:
      return {};
  }
}

}  // namespace

int days_in_month(std::int64_t year, int month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

std::int64_t join_seconds(std::int64_t year, std::int64_t month, std::int64_t day,
                          std::int64_t seconds_of_day) {
  const std::int64_t whole_year = year + floor_div(month - 1, 12);
  const int whole_month = static_cast<int>(month - 1 - 12 * floor_div(month - 1, 12)) + 1;
  return (days_before_month(whole_year, whole_month) + day - 1) * kDaySeconds + seconds_of_day;
}

Moment split_seconds(std::int64_t seconds) {
  const std::int64_t days = floor_div(seconds, kDaySeconds);
  const auto rest = static_cast<int>(seconds - days * kDaySeconds);
  Moment moment;
  moment.year =
      1970 + floor_div(days, 366);  // a guess at or before the year, then forwards or back
  while (days_before_month(moment.year + 1, 1) <= days) ++moment.year;
  while (days_before_month(moment.year, 1) > days) --moment.year;
  moment.yearday = static_cast<int>(days - days_before_month(moment.year, 1)) + 1;
  while (moment.month < 12 && days_before_month(moment.year, moment.month + 1) <= days)
    ++moment.month;
  moment.day = static_cast<int>(days - days_before_month(moment.year, moment.month)) + 1;
  moment.hour = rest / 3600;
  moment.minute = rest / 60 % 60;
  moment.second = rest % 60;
  moment.weekday = static_cast<int>((days % 7 + 7 + 3) % 7) + 1;  // 1970-01-01 was a Thursday
  return moment;
}

std::string format_moment(lua_State* L, const Moment& moment, std::string_view format) {
  if (format.size() > 256) luaL_error(L, "the date format is too long");
  std::string out;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '%') {
      out += format[at];
      continue;
    }
    const char letter = ++at < format.size() ? format[at] : '\0';
    if (const std::string_view more = expansion_of(letter); !more.empty()) {
      out += format_moment(L, moment, more);
      continue;
    }
    std::string part = date_text(moment, letter);
    if (part.empty()) part = time_text(moment, letter);
    if (part.empty()) luaL_error(L, "the date format has an unknown letter after '%%'");
    out += part;
  }
  return out;
}

}  // namespace yoke::sandbox
