#include "runtime/base/time.h"

#include <algorithm>
#include <cstdio>
#include <optional>

#include "runtime/base/text.h"

namespace yoke {
namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr Micros kMicrosPerSecond = 1'000'000;
constexpr Micros kMicrosPerDay = 86'400 * kMicrosPerSecond;
// The years 0000 to 9999, which is what four digits can say.
constexpr Micros kFirst = -62'167'219'200 * kMicrosPerSecond;
constexpr Micros kLast = 253'402'300'800 * kMicrosPerSecond - 1;
constexpr std::int64_t kDurationMsMax = std::int64_t{36'500} * 86'400'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes pieces off the front of a text; once a piece is not there, nothing more is taken.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  bool good() const { return good_; }
  bool at_end() const { return good_ && rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  int number(std::size_t digits, int low, int high) {
    int value = 0;
    good_ = good_ && rest_.size() >= digits;
    for (std::size_t i = 0; good_ && i < digits; ++i) {
      good_ = is_digit(rest_[i]);
      value = value * 10 + (rest_[i] - '0');
    }
    good_ = good_ && value >= low && value <= high;
    if (good_) rest_.remove_prefix(digits);
    return good_ ? value : low;
  }

  char one_of(std::string_view choices) {
    good_ = good_ && !rest_.empty() && choices.find(rest_.front()) != std::string_view::npos;
    if (!good_) return '\0';
    const char taken = rest_.front();
    rest_.remove_prefix(1);
    return taken;
  }

  // Decimals of a second, as microseconds; finer ones are cut off.
  Micros decimals() {
    Micros value = 0;
    Micros unit = kMicrosPerSecond;
    good_ = good_ && is_digit(peek());
    for (; good_ && is_digit(peek()); rest_.remove_prefix(1)) {
      unit /= 10;
      value += unit * (peek() - '0');
    }
    return value;
  }

 private:
  std::string_view rest_;
  bool good_ = true;
};

std::optional<Micros> read_offset(Reader& reader) {
  const char sign = reader.one_of("Zz+-");
  if (!reader.good()) return std::nullopt;
  if (sign == 'Z' || sign == 'z') return 0;
  const int hours = reader.number(2, 0, 23);
  reader.one_of(":");
  const int minutes = reader.number(2, 0, 59);
  if (!reader.good()) return std::nullopt;
  const Micros size = (hours * 3600 + minutes * 60) * kMicrosPerSecond;
  return sign == '-' ? -size : size;
}

std::optional<Micros> read_instant(std::string_view text) {
  Reader reader(text);
  const int year = reader.number(4, 0, 9999);
  reader.one_of("-");
  const int month = reader.number(2, 1, 12);
  reader.one_of("-");
  const int day = reader.number(2, 1, 31);
  reader.one_of("Tt ");
  const int hour = reader.number(2, 0, 23);
  reader.one_of(":");
  const int minute = reader.number(2, 0, 59);
  reader.one_of(":");
  const int second = reader.number(2, 0, 59);
  Micros fraction = 0;
  if (reader.peek() == '.') {
    reader.one_of(".");
    fraction = reader.decimals();
  }
  const auto offset = read_offset(reader);
  if (!offset || !reader.at_end()) return std::nullopt;
  const year_month_day date{std::chrono::year(year),
                            std::chrono::month(static_cast<unsigned>(month)),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  const Micros midnight = sys_days(date).time_since_epoch().count() * kMicrosPerDay;
  const Micros of_day = (hour * 3600 + minute * 60 + second) * kMicrosPerSecond + fraction;
  return midnight + of_day - *offset;
}

std::int64_t unit_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s" || unit.empty()) return 1000;
  if (unit == "m") return 60'000;
  if (unit == "h") return 3'600'000;
  if (unit == "d") return 86'400'000;
  return 0;
}

std::string two_units(std::int64_t big, std::string_view big_unit, std::int64_t small,
                      std::string_view small_unit) {
  std::string text = std::to_string(big);
  text.append(" ").append(big_unit).append(" ");
  return text.append(std::to_string(small)).append(" ").append(small_unit);
}

}  // namespace

std::string to_iso8601(Micros wall_us) {
  const Micros within = std::clamp(wall_us, kFirst, kLast);
  const auto instant =
      std::chrono::sys_time<std::chrono::microseconds>(std::chrono::microseconds(within));
  const sys_days midnight = std::chrono::floor<days>(instant);
  const year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(instant - midnight);
  char text[64];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

Result<Micros> micros_from_iso8601(std::string_view text) {
  const auto instant = read_instant(text);
  if (instant) return *instant;
  return Error{Errc::invalid,
               "'" + shorten(text, 60) + "' is no instant (like 2026-11-21T10:00:00Z)"};
}

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const Error refusal{Errc::invalid,
                      "'" + shorten(text, 40) + "' is no duration (like 250ms, 20s, 5m, 2h or 7d)"};
  const std::string_view written = trim(text);
  const auto digits = std::min(written.find_first_not_of("0123456789"), written.size());
  if (digits == 0 || digits > 18) return refusal;
  std::int64_t amount = 0;
  for (const char digit : written.substr(0, digits)) amount = amount * 10 + (digit - '0');
  std::string_view rest = written.substr(digits);
  std::int64_t thousandths = 0;
  if (rest.starts_with('.')) {
    const auto end = std::min(rest.find_first_not_of("0123456789", 1), rest.size());
    if (end < 2 || end > 4) return refusal;
    for (std::size_t i = 1; i < 4; ++i) {
      thousandths = thousandths * 10 + (i < end ? rest[i] - '0' : 0);
    }
    rest.remove_prefix(end);
  }
  const std::int64_t unit = unit_ms(trim(rest));
  if (unit == 0) return refusal;
  if (amount >= kDurationMsMax / unit) {
    return Error{Errc::invalid, "'" + shorten(text, 40) + "' is longer than 100 years"};
  }
  return std::chrono::milliseconds(amount * unit + thousandths * unit / 1000);
}

std::string to_short_text(std::chrono::microseconds duration) {
  const std::int64_t us = duration.count();
  // Half the range is 146,000 years: the smallest value has no positive twin.
  if (us < 0) return "-" + to_short_text(std::chrono::microseconds(-std::max(us, -INT64_MAX)));
  if (us < 1000) return std::to_string(us) + " µs";
  if (us < 999'500) return std::to_string((us + 500) / 1000) + " ms";
  if (us < 59'950'000) {
    const std::int64_t tenths = (us + 50'000) / 100'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
  }
  const std::int64_t seconds = us / kMicrosPerSecond + (us % kMicrosPerSecond >= 500'000 ? 1 : 0);
  if (seconds < 3600) return two_units(seconds / 60, "min", seconds % 60, "s");
  if (seconds < 86'400) return two_units(seconds / 3600, "h", seconds % 3600 / 60, "min");
  return two_units(seconds / 86'400, "d", seconds % 86'400 / 3600, "h");
}

}  // namespace yoke
