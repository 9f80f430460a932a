#include "hosts/hook/schedules/zone.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "runtime/base/id.h"

namespace yoke::testing {
namespace {

constexpr std::int64_t kMinute = 60;
constexpr Micros kSecond = 1'000'000;

Micros utc_at(const char* text) {
  const Result<Micros> at = micros_from_iso8601(text);
  INFO(text);
  REQUIRE(at.has_value());
  return *at;
}

Zone zone(const std::string& name) {
  const Result<Zone> found = Zone::find(name);
  INFO(name);
  REQUIRE(found.has_value());
  return *found;
}

Cron cron(const std::string& text) {
  const Result<Cron> parsed = parse_cron(text);
  INFO(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

std::vector<std::string> next(const char* text, const char* zone_name, const char* after,
                              int count) {
  std::vector<std::string> out;
  const Zone where = zone(zone_name);
  std::optional<Micros> at = utc_at(after);
  for (int i = 0; i < count; ++i) {
    at = next_due(cron(text), where, *at);
    if (!at) break;
    out.push_back(where.show(*at));
  }
  return out;
}

using Times = std::vector<std::string>;

// What the C library's clocks show: it reads the same zones by code that is not ours.
class ClibZone {
 public:
  explicit ClibZone(const std::string& name) {
    if (const char* before = std::getenv("TZ")) before_ = before;
    setenv("TZ", (":" + name).c_str(), 1);
    tzset();
  }
  ~ClibZone() {
    before_.empty() ? unsetenv("TZ") : setenv("TZ", before_.c_str(), 1);
    tzset();
  }
  ClibZone(const ClibZone&) = delete;
  ClibZone& operator=(const ClibZone&) = delete;

  static std::tm shown(std::int64_t at) {
    const std::time_t time = at;
    std::tm out{};
    localtime_r(&time, &out);
    return out;
  }

 private:
  std::string before_;
};

// Minutes of the clock since some day, as if all days had 24 hours.
std::int64_t clock_minutes(std::tm shown) { return timegm(&shown) / kMinute; }

bool has(const Cron& cron, std::int64_t clock_minute) {
  const std::time_t time = clock_minute * kMinute;
  std::tm at{};
  gmtime_r(&time, &at);
  return cron.has_minute(at.tm_min) && cron.has_hour(at.tm_hour) &&
         cron.has_date(at.tm_mon + 1, at.tm_mday, at.tm_wday);
}

// Goes from minute to minute and looks what clocks show: the definition itself.
std::vector<std::int64_t> slowly(const Cron& cron, std::int64_t from, std::int64_t to) {
  std::vector<std::int64_t> due;
  constexpr std::int64_t kLookBack = 26 * 60 * kMinute;  // clocks jump by a day at most
  std::int64_t furthest = clock_minutes(ClibZone::shown(from - kLookBack - kMinute));
  for (std::int64_t at = from - kLookBack; at < to; at += kMinute) {
    const std::int64_t now = clock_minutes(ClibZone::shown(at));
    bool is_due = false;
    if (cron.is_every_hour()) {
      is_due = has(cron, now);
    } else {
      for (std::int64_t each = furthest + 1; each <= now; ++each) is_due |= has(cron, each);
    }
    furthest = std::max(furthest, now);
    if (is_due && at > from) due.push_back(at);
  }
  return due;
}

std::vector<std::int64_t> quickly(const Cron& cron, const Zone& zone, std::int64_t from,
                                  std::int64_t to) {
  std::vector<std::int64_t> due;
  for (std::int64_t at = from;;) {
    const std::optional<Micros> next = next_due(cron, zone, at * kSecond);
    if (!next || *next / kSecond >= to) return due;
    at = *next / kSecond;
    due.push_back(at);
  }
}

std::string any_field(Random& random, int least, int most) {
  const auto pick = [&](int from, int to) {
    return from + static_cast<int>(random.next() % static_cast<std::uint64_t>(to - from + 1));
  };
  switch (random.next() % 6) {
    case 0:
      return "*";
    case 1:
      return "*/" + std::to_string(pick(1, std::max(2, most / 2)));
    case 2: {
      const int first = pick(least, most);
      return std::to_string(first) + "-" + std::to_string(pick(first, most));
    }
    case 3:
      return std::to_string(pick(least, most)) + "," + std::to_string(pick(least, most));
    default:
      return std::to_string(pick(least, most));
  }
}

std::string any_cron(Random& random) {
  // Small hours, where clocks change, come up often.
  const bool early = random.next() % 2 == 0;
  return any_field(random, 0, 59) + " " +
         (random.next() % 4 == 0 ? "*" : any_field(random, 0, early ? 3 : 23)) + " " +
         (random.next() % 2 == 0 ? "*" : any_field(random, 1, 28)) + " * " +
         (random.next() % 2 == 0 ? "*" : any_field(random, 0, 6));
}

}  // namespace

TEST_CASE("a schedule goes by the clocks of its zone, in summer and in winter") {
  CHECK(next("0 8 * * MON", "Europe/Oslo", "2026-10-20T00:00:00Z", 2) ==
        Times{"2026-10-26 08:00 +01:00", "2026-11-02 08:00 +01:00"});
  CHECK(next("0 8 * * MON", "Europe/Oslo", "2026-10-16T00:00:00Z", 1) ==
        Times{"2026-10-19 08:00 +02:00"});
}

TEST_CASE("the next time is after the one that is given, not at it") {
  CHECK(next("30 9 * * *", "UTC", "2026-11-21T09:30:00Z", 1) == Times{"2026-11-22 09:30 +00:00"});
  CHECK(next("30 9 * * *", "UTC", "2026-11-21T09:29:59.999999Z", 1) ==
        Times{"2026-11-21 09:30 +00:00"});
  CHECK(next("* * * * *", "UTC", "2026-11-21T09:29:00.5Z", 2) ==
        Times{"2026-11-21 09:30 +00:00", "2026-11-21 09:31 +00:00"});
}

TEST_CASE("a time that clocks leave out is due at the first moment after it") {
  // Oslo's clocks go from 02:00 to 03:00.
  CHECK(next("30 2 * * *", "Europe/Oslo", "2026-03-28T00:00:00Z", 3) ==
        Times{"2026-03-28 02:30 +01:00", "2026-03-29 03:00 +02:00", "2026-03-30 02:30 +02:00"});
}

TEST_CASE("several times that clocks leave out are due once, with what is due just then") {
  CHECK(next("0,20,40 2,3 * * *", "Europe/Oslo", "2026-03-29T00:30:00Z", 3) ==
        Times{"2026-03-29 03:00 +02:00", "2026-03-29 03:20 +02:00", "2026-03-29 03:40 +02:00"});
}

TEST_CASE("a time that comes twice is due the first time") {
  CHECK(next("30 2 * * *", "Europe/Oslo", "2026-10-24T12:00:00Z", 2) ==
        Times{"2026-10-25 02:30 +02:00", "2026-10-26 02:30 +01:00"});
}

TEST_CASE("a schedule for every hour is due in both of two equal hours, and in none left out") {
  CHECK(next("30 * * * *", "Europe/Oslo", "2026-10-25T00:00:00Z", 3) ==
        Times{"2026-10-25 02:30 +02:00", "2026-10-25 02:30 +01:00", "2026-10-25 03:30 +01:00"});
  CHECK(next("30 * * * *", "Europe/Oslo", "2026-03-29T00:00:00Z", 2) ==
        Times{"2026-03-29 01:30 +01:00", "2026-03-29 03:30 +02:00"});
}

TEST_CASE("a day that a zone left out is made up for when the next one begins") {
  // Samoa went from the 29th to the 31st of December 2011.
  CHECK(next("0 8 * * *", "Pacific/Apia", "2011-12-29T12:00:00Z", 3) ==
        Times{"2011-12-29 08:00 -10:00", "2011-12-31 00:00 +14:00", "2011-12-31 08:00 +14:00"});
}

TEST_CASE("a leap day is found eight years ahead") {
  CHECK(next("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1) == Times{"2104-02-29 00:00 +00:00"});
}

TEST_CASE("changes of the clocks are known for years that the zone's file does not list") {
  CHECK(next("0 12 1 7 *", "Europe/Oslo", "2061-01-01T00:00:00Z", 1) ==
        Times{"2061-07-01 12:00 +02:00"});
}

TEST_CASE("what is no name of a zone is refused, and what is unknown is said to be") {
  for (const char* name : {"", "/etc/localtime", "../../etc/passwd", "Europe//Oslo", "Europe/",
                           "file:/tmp/x", "localtime", "right/Europe/Oslo", "UTC+1:00"}) {
    INFO(name);
    const Result<Zone> found = Zone::find(name);
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error().code == Errc::invalid);
  }
  const Result<Zone> unknown = Zone::find("Europe/Olso");
  REQUIRE_FALSE(unknown.has_value());
  CHECK(unknown.error().code == Errc::not_found);
  CHECK_THAT(unknown.error().detail, Catch::Contains("tzdata"));
}

TEST_CASE("the next times are those of a slow search from minute to minute") {
  struct Period {
    const char* zone;
    const char* from;
    int days;
  };
  const std::vector<Period> periods{
      {"UTC", "2028-02-25T00:00:00Z", 10},
      {"Europe/Oslo", "2026-03-26T00:00:00Z", 6},
      {"Europe/Oslo", "2026-10-22T00:00:00Z", 6},
      {"America/New_York", "2026-03-05T00:00:00Z", 6},
      {"America/New_York", "2026-10-29T00:00:00Z", 6},
      {"Australia/Lord_Howe", "2026-04-02T00:00:00Z", 6},  // half an hour
      {"Australia/Lord_Howe", "2026-10-01T00:00:00Z", 6},
      {"America/Havana", "2026-03-05T00:00:00Z", 6},  // at midnight
      {"America/Havana", "2026-10-29T00:00:00Z", 6},
      {"America/Sao_Paulo", "2018-02-15T00:00:00Z", 6},  // back over midnight
      {"America/Sao_Paulo", "2018-11-01T00:00:00Z", 6},
      {"America/St_Johns", "2010-11-04T00:00:00Z", 6},  // at a minute past midnight, back
      {"Africa/Casablanca", "2026-02-12T00:00:00Z", 6},
      {"Asia/Kathmandu", "2026-05-01T00:00:00Z", 3},
      {"Pacific/Apia", "2011-12-27T00:00:00Z", 6},  // a whole day is left out
      {"Pacific/Kwajalein", "1993-08-18T00:00:00Z", 6},
      {"Antarctica/Troll", "2026-03-26T00:00:00Z", 6},  // two hours
      {"Antarctica/Troll", "2026-10-22T00:00:00Z", 6},
  };
  SeededRandom random(20261121);
  for (const Period& period : periods) {
    const ClibZone clib(period.zone);
    const Zone where = zone(period.zone);
    const std::int64_t from = utc_at(period.from) / kSecond;
    const std::int64_t to = from + period.days * 86400;
    for (int i = 0; i < 25; ++i) {
      const std::string text = any_cron(random);
      INFO(period.zone << " " << period.from << ": " << text);
      CHECK(quickly(cron(text), where, from, to) == slowly(cron(text), from, to));
    }
  }
}

}  // namespace yoke::testing
