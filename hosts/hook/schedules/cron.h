#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// When something is due, as the five fields of cron say it: minute, hour, day of the month, month,
// day of the week. Sets of bits, each counted from 0 (minutes, hours, weekdays: 0 is Sunday) or
// from 1 (days, months).
struct Cron {
  std::uint64_t minutes = 0;
  std::uint32_t hours = 0;
  std::uint32_t days = 0;
  std::uint16_t months = 0;
  std::uint8_t weekdays = 0;
  // Days and weekdays are both named, neither by a field that begins with "*": either will do.
  bool either_day = false;

  bool has_minute(int minute) const { return (minutes >> minute & 1U) != 0; }
  bool has_hour(int hour) const { return (hours >> hour & 1U) != 0; }
  bool has_date(int month, int day, int weekday) const;
  // Every hour of the day: it is about time that passes, not about what clocks show.
  bool is_every_hour() const { return hours == (1U << 24) - 1; }
};

// Reads "0 8 * * MON-FRI", with lists, ranges, steps, the English names of months and days, and
// @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly.
// Errors: invalid, with the field and the mend: what other programs understand beyond that
// ("L", "W", "#", "?", "H", seconds, @reboot), numbers out of range, a date that never comes.
Result<Cron> parse_cron(std::string_view text);

}  // namespace yoke
