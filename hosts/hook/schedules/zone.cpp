#include "hosts/hook/schedules/zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <algorithm>
#include <array>

#include "runtime/base/text.h"

namespace yoke {

struct Zone::Rules {
  cctz::time_zone zone;
};

namespace {

using Seconds = cctz::time_point<cctz::seconds>;

constexpr Micros kSecond = 1'000'000;
// 29 February may be eight years away, as in 2096.
constexpr int kYearsAhead = 9;
constexpr std::size_t kZoneNameMax = 64;

Seconds to_seconds(Micros at) {
  const Micros floored = at >= 0 ? at / kSecond : -((-at + kSecond - 1) / kSecond);
  return Seconds(cctz::seconds(floored));
}
Micros to_micros(Seconds at) { return at.time_since_epoch().count() * kSecond; }

bool has_date(const Cron& cron, cctz::civil_day day) {
  // cctz counts weekdays from Monday.
  const int weekday = (static_cast<int>(cctz::get_weekday(day)) + 1) % 7;
  return cron.has_date(day.month(), day.day(), weekday);
}

bool has_minute(const Cron& cron, cctz::civil_minute at) {
  return cron.has_minute(at.minute()) && cron.has_hour(at.hour()) &&
         has_date(cron, cctz::civil_day(at));
}

// When clocks first show it, or the first moment after those that they leave out.
Seconds first_showing(const cctz::time_zone& zone, cctz::civil_second at) {
  const auto found = zone.lookup(at);
  return found.kind == cctz::time_zone::civil_lookup::SKIPPED ? found.trans : found.pre;
}

// The minute of that day, from `from` on, that is due.
std::optional<cctz::civil_minute> minute_of_day(const Cron& cron, cctz::civil_minute from) {
  const cctz::civil_day day(from);
  for (cctz::civil_minute at = from; cctz::civil_day(at) == day;) {
    if (!cron.has_hour(at.hour())) {
      at = cctz::civil_minute(cctz::civil_hour(at) + 1);
    } else if (cron.has_minute(at.minute())) {
      return at;
    } else {
      ++at;
    }
  }
  return std::nullopt;
}

// By what clocks show. The moments of first_showing() never go back while clock time goes on, so
// the first that is late enough is the one.
std::optional<Seconds> next_by_clock(const Cron& cron, const cctz::time_zone& zone, Seconds after) {
  cctz::civil_minute from(cctz::convert(after, zone));
  const cctz::civil_day last(from.year() + kYearsAhead, from.month(), from.day());
  while (cctz::civil_day(from) < last) {
    const cctz::civil_day day(from);
    std::optional<cctz::civil_minute> minute;
    if (has_date(cron, day)) minute = minute_of_day(cron, from);
    if (!minute) {
      from = cctz::civil_minute(day + 1);
      continue;
    }
    const Seconds at = first_showing(zone, cctz::civil_second(*minute));
    if (at > after) return at;
    from = *minute + 1;
  }
  return std::nullopt;
}

// The start of the next day that clocks show, but not past a change of the clocks, which may lead
// back into this one.
Seconds next_day(const cctz::time_zone& zone, Seconds now) {
  const cctz::civil_day day(cctz::convert(now, zone));
  const auto midnight = zone.lookup(cctz::civil_second(day + 1));
  // Midnight itself may come twice, the first time before now.
  const Seconds next =
      midnight.pre > now ? first_showing(zone, cctz::civil_second(day + 1)) : midnight.post;
  cctz::time_zone::civil_transition change;
  if (!zone.next_transition(now, &change)) return next;
  const Seconds changed = zone.lookup(change.to).post;
  return changed > now ? std::min(next, changed) : next;
}

// By time that passes.
std::optional<Seconds> next_by_passing(const Cron& cron, const cctz::time_zone& zone,
                                       Seconds after) {
  const cctz::civil_second shown = cctz::convert(after, zone);
  Seconds at = after + cctz::seconds(60 - shown.second());
  const Seconds last = after + cctz::seconds(std::int64_t{366} * 86400 * kYearsAhead);
  while (at < last) {
    const cctz::civil_second now = cctz::convert(at, zone);
    if (!has_date(cron, cctz::civil_day(now))) {
      at = next_day(zone, at);
    } else if (now.second() == 0 && has_minute(cron, cctz::civil_minute(now))) {
      return at;
    } else {
      at += cctz::seconds(60 - now.second());
    }
  }
  return std::nullopt;
}

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > kZoneNameMax) return false;
  for (const std::string& part : split(name, '/')) {
    const bool known = !part.empty() && std::all_of(part.begin(), part.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-' || c == '+';
    });
    if (!known) return false;
  }
  return true;
}

}  // namespace

Zone::Zone() : rules_(std::make_shared<const Rules>(Rules{cctz::utc_time_zone()})) {}

Result<Zone> Zone::find(const std::string& name) {
  constexpr std::array<std::string_view, 4> kOthers{"right", "posix", "localtime", "posixrules"};
  const std::string_view first = std::string_view(name).substr(0, name.find('/'));
  const bool other = std::find(kOthers.begin(), kOthers.end(), first) != kOthers.end();
  if (!is_zone_name(name) || other) {
    return Error{Errc::invalid, "'" + shorten(printable(name), 64) +
                                    "' is no name of a time zone: write one such as "
                                    "\"Europe/Oslo\", \"America/New_York\" or \"UTC\""};
  }
  cctz::time_zone zone;
  if (!cctz::load_time_zone(name, &zone)) {
    return Error{Errc::not_found,
                 "no time zone '" + name +
                     "' on this machine: write a name such as \"Europe/Oslo\"; if that is unknown, "
                     "too, install the zones (Debian: the package tzdata)"};
  }
  Zone found;
  found.name_ = name;
  found.rules_ = std::make_shared<const Rules>(Rules{zone});
  return found;
}

std::string Zone::show(Micros at) const {
  return cctz::format("%Y-%m-%d %H:%M %Ez", to_seconds(at), rules_->zone);
}

std::optional<Micros> next_due(const Cron& cron, const Zone& zone, Micros after) {
  const cctz::time_zone& rules = zone.rules_->zone;
  const auto next = cron.is_every_hour() ? next_by_passing(cron, rules, to_seconds(after))
                                         : next_by_clock(cron, rules, to_seconds(after));
  if (!next) return std::nullopt;
  return to_micros(*next);
}

}  // namespace yoke
