#include <algorithm>
#include <cmath>

#include "sandbox/calendar.h"
#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

// The modules os (what is left of it) and time: both in UTC, both on the call's own clock, which
// stands still.
namespace yoke::sandbox {

namespace {

constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kDaySeconds = 86'400;
constexpr std::int64_t kFieldMax = 1'000'000'000;

std::int64_t now_seconds(lua_State* L) {
  const Micros now = context_of(L).inputs.wall_us;
  return now / kMicrosPerSecond - (now % kMicrosPerSecond < 0 ? 1 : 0);
}

double now_exact(lua_State* L) {
  return static_cast<double>(context_of(L).inputs.wall_us) / kMicrosPerSecond;
}

// A moment argument in seconds, with what is left of it below one.
std::int64_t check_seconds(lua_State* L, int index, double* fraction = nullptr) {
  if (lua_isinteger(L, index) != 0) {
    const lua_Integer value = lua_tointeger(L, index);
    luaL_argcheck(L, value >= kSecondsMin && value <= kSecondsMax, index, "time out of range");
    return value;
  }
  const double value = luaL_checknumber(L, index);
  const bool inside =
      value >= static_cast<double>(kSecondsMin) && value <= static_cast<double>(kSecondsMax);
  luaL_argcheck(L, inside, index, "time out of range");
  const double whole = std::floor(value);
  if (fraction != nullptr) *fraction = value - whole;
  return static_cast<std::int64_t>(whole);
}

std::int64_t check_field(lua_State* L, int table, const char* name, std::int64_t fallback) {
  const int type = lua_getfield(L, table, name);
  lua_Integer value = fallback;
  if (type != LUA_TNIL) {
    int exact = 0;
    value = lua_tointegerx(L, -1, &exact);
    if (exact == 0) luaL_error(L, "field '%s' is not an integer", name);
    if (value < -kFieldMax || value > kFieldMax) luaL_error(L, "field '%s' is out of range", name);
  } else if (fallback < -kFieldMax) {
    luaL_error(L, "field '%s' is missing", name);
  }
  lua_pop(L, 1);
  return value;
}

constexpr std::int64_t kRequired = -2 * kFieldMax;

std::int64_t check_result(lua_State* L, std::int64_t seconds) {
  if (seconds < kSecondsMin || seconds > kSecondsMax) luaL_error(L, "the time is out of range");
  return seconds;
}

int os_time(lua_State* L) {
  if (lua_isnoneornil(L, 1)) {
    lua_pushinteger(L, now_seconds(L));
    return 1;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  const std::int64_t year = check_field(L, 1, "year", kRequired);
  const std::int64_t month = check_field(L, 1, "month", kRequired);
  const std::int64_t day = check_field(L, 1, "day", kRequired);
  const std::int64_t of_day = check_field(L, 1, "hour", 12) * 3600 +
                              check_field(L, 1, "min", 0) * 60 + check_field(L, 1, "sec", 0);
  lua_pushinteger(L, check_result(L, join_seconds(year, month, day, of_day)));
  return 1;
}

void set_integer(lua_State* L, const char* name, std::int64_t value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, name);
}

int os_date(lua_State* L) {
  std::string_view format = lua_isnoneornil(L, 1) ? std::string_view("%c") : check_text(L, 1);
  const std::int64_t seconds = lua_isnoneornil(L, 2) ? now_seconds(L) : check_seconds(L, 2);
  if (format.starts_with('!')) format.remove_prefix(1);
  const Moment moment = split_seconds(seconds);
  if (!format.starts_with("*t")) {
    push(L, format_moment(L, moment, format));
    return 1;
  }
  lua_createtable(L, 0, 9);
  set_integer(L, "year", moment.year);
  set_integer(L, "month", moment.month);
  set_integer(L, "day", moment.day);
  set_integer(L, "hour", moment.hour);
  set_integer(L, "min", moment.minute);
  set_integer(L, "sec", moment.second);
  set_integer(L, "yday", moment.yearday);
  set_integer(L, "wday", moment.weekday % 7 + 1);  // Lua's week begins on Sunday
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "isdst");
  return 1;
}

// Virtual processor time in steps of 1 ms: from instructions, so the same on every machine.
int os_clock(lua_State* L) {
  constexpr std::int64_t kInstructionsPerMs = 50'000;
  const std::int64_t ms = governor_of(L).meter().instructions / kInstructionsPerMs;
  lua_pushnumber(L, static_cast<double>(ms) / 1'000);
  return 1;
}

int os_difftime(lua_State* L) {
  lua_pushnumber(L, luaL_checknumber(L, 1) - luaL_checknumber(L, 2));
  return 1;
}

int time_now(lua_State* L) {
  lua_pushnumber(L, now_exact(L));
  return 1;
}

int time_format(lua_State* L) {
  double fraction = 0;
  const Moment moment = split_seconds(check_seconds(L, 1, &fraction));
  if (!lua_isnoneornil(L, 2)) {
    push(L, format_moment(L, moment, check_text(L, 2)));
    return 1;
  }
  std::string text = format_moment(L, moment, "%Y-%m-%dT%H:%M:%S");
  const auto ms = static_cast<int>(fraction * 1'000);
  if (ms > 0) {
    const std::string digits = std::to_string(1'000 + ms);
    text += "." + digits.substr(1);
  }
  push(L, text + "Z");
  return 1;
}

// Reads ISO 8601 from left to right.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_(text) {}

  bool read(double& seconds) {
    int year = 0, month = 0, day = 0;
    if (!digits(4, year) || !take('-') || !digits(2, month) || !take('-') || !digits(2, day))
      return false;
    if (month < 1 || month > 12 || day < 1 || day > days_in_month(year, month)) return false;
    double of_day = 0;
    if (!rest_.empty() && !read_time(of_day)) return false;
    seconds = static_cast<double>(join_seconds(year, month, day, 0)) + of_day;
    return rest_.empty();
  }

 private:
  bool read_time(double& seconds) {
    int hour = 0, minute = 0, second = 0;
    double fraction = 0;
    if (!take('T') && !take('t') && !take(' ')) return false;
    if (!digits(2, hour) || !take(':') || !digits(2, minute)) return false;
    if (take(':') && !digits(2, second)) return false;
    if (take('.') && !read_fraction(fraction)) return false;
    if (hour > 23 || minute > 59 || second > 60) return false;
    seconds = hour * 3600 + minute * 60 + second + fraction;
    return read_zone(seconds);
  }

  bool read_fraction(double& fraction) {
    double unit = 0.1;
    int count = 0;
    for (int digit = 0; count < 9 && digits(1, digit); ++count, unit /= 10)
      fraction += digit * unit;
    return count > 0;
  }

  bool read_zone(double& seconds) {
    if (rest_.empty() || take('Z') || take('z')) return true;
    const bool west = take('-');
    if (!west && !take('+')) return false;
    int hours = 0, minutes = 0;
    if (!digits(2, hours)) return false;
    take(':');
    if (!rest_.empty() && !digits(2, minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    const int offset = hours * 3600 + minutes * 60;
    seconds += west ? offset : -offset;
    return true;
  }

  bool digits(std::size_t count, int& out) {
    if (rest_.size() < count) return false;
    out = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return false;
      out = 10 * out + (c - '0');
    }
    rest_.remove_prefix(count);
    return true;
  }

  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::string_view rest_;
};

void push_seconds(lua_State* L, double seconds) {
  if (seconds == std::floor(seconds)) {
    lua_pushinteger(L, static_cast<lua_Integer>(seconds));
  } else {
    lua_pushnumber(L, seconds);
  }
}

int time_parse(lua_State* L) {
  double seconds = 0;
  if (DateReader(check_text(L, 1)).read(seconds)) {
    push_seconds(L, seconds);
    return 1;
  }
  luaL_pushfail(L);
  lua_pushliteral(L, "not an ISO 8601 date or time");
  return 2;
}

int time_add(lua_State* L) {
  double fraction = 0;
  const std::int64_t seconds = check_seconds(L, 1, &fraction);
  luaL_checktype(L, 2, LUA_TTABLE);
  const Moment from = split_seconds(seconds);
  const std::int64_t months = from.year * 12 + from.month - 1 + check_field(L, 2, "years", 0) * 12 +
                              check_field(L, 2, "months", 0);
  const std::int64_t year = months / 12 - (months % 12 < 0 ? 1 : 0);
  const int month = static_cast<int>(months - year * 12) + 1;
  // The last of a month stays within it: a month after 31 January is the last of February.
  const int day = std::min(from.day, days_in_month(year, month));
  const std::int64_t of_day = seconds - join_seconds(from.year, from.month, from.day, 0);
  const std::int64_t days = check_field(L, 2, "weeks", 0) * 7 + check_field(L, 2, "days", 0);
  const std::int64_t more = check_field(L, 2, "hours", 0) * 3600 +
                            check_field(L, 2, "minutes", 0) * 60 + check_field(L, 2, "seconds", 0);
  const std::int64_t result = join_seconds(year, month, day, of_day) + days * kDaySeconds + more;
  push_seconds(L, static_cast<double>(check_result(L, result)) + fraction);
  return 1;
}

int time_parts(lua_State* L) {
  const Moment moment = split_seconds(check_seconds(L, 1));
  lua_createtable(L, 0, 8);
  set_integer(L, "year", moment.year);
  set_integer(L, "month", moment.month);
  set_integer(L, "day", moment.day);
  set_integer(L, "hour", moment.hour);
  set_integer(L, "minute", moment.minute);
  set_integer(L, "second", moment.second);
  set_integer(L, "weekday", moment.weekday);
  set_integer(L, "yearday", moment.yearday);
  return 1;
}

constexpr Entry kOs[] = {
    {"clock", lua_entry<os_clock>},
    {"date", lua_entry<os_date>},
    {"difftime", lua_entry<os_difftime>},
    {"time", lua_entry<os_time>},
};

constexpr Entry kTime[] = {
    {"add", lua_entry<time_add>},     {"format", lua_entry<time_format>},
    {"now", lua_entry<time_now>},     {"parse", lua_entry<time_parse>},
    {"parts", lua_entry<time_parts>},
};

}  // namespace

void open_os(lua_State* L) {
  lua_createtable(L, 0, static_cast<int>(std::size(kOs)));
  set_functions(L, kOs);
  lua_setglobal(L, "os");
}

void open_time(lua_State* L) {
  lua_createtable(L, 0, static_cast<int>(std::size(kTime)));
  set_functions(L, kTime);
  lua_setglobal(L, "time");
}

}  // namespace yoke::sandbox
