#include "hosts/hook/schedules/cron.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

namespace yoke::testing {
namespace {

Cron cron(const char* text) {
  const Result<Cron> parsed = parse_cron(text);
  INFO(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

std::string error_of(const std::string& text) {
  const Result<Cron> parsed = parse_cron(text);
  INFO(text);
  REQUIRE_FALSE(parsed.has_value());
  return parsed.error().detail;
}

}  // namespace

TEST_CASE("cron reads numbers, lists, ranges, steps and names") {
  const Cron one = cron("0,30 8-10 */10 JAN,mar-MAY mon-fri/2");
  CHECK(one.minutes == (1ULL << 0 | 1ULL << 30));
  CHECK(one.hours == (1U << 8 | 1U << 9 | 1U << 10));
  CHECK(one.days == (1U << 1 | 1U << 11 | 1U << 21 | 1U << 31));
  CHECK(one.months == (1U << 1 | 1U << 3 | 1U << 4 | 1U << 5));
  CHECK(one.weekdays == (1U << 1 | 1U << 3 | 1U << 5));
}

TEST_CASE("cron takes 0 and 7 for Sunday, alone and in ranges") {
  CHECK(cron("0 0 * * 0").weekdays == 1U);
  CHECK(cron("0 0 * * 7").weekdays == 1U);
  CHECK(cron("0 0 * * SUN").weekdays == 1U);
  CHECK(cron("0 0 * * 5-7").weekdays == (1U << 5 | 1U << 6 | 1U));
  CHECK(cron("0 0 * * *").weekdays == 0x7fU);
}

TEST_CASE("cron's nicknames are what they stand for") {
  CHECK(cron("@hourly").is_every_hour());
  CHECK(cron("@Daily").hours == 1U);
  CHECK(cron("@weekly").weekdays == 1U);
  CHECK(cron("@monthly").days == 1U << 1);
  CHECK(cron("@annually").months == 1U << 1);
}

TEST_CASE("a day and a weekday that are both named are alternatives, with a star both hold") {
  const Cron either = cron("0 0 13 * FRI");
  CHECK(either.has_date(11, 13, 2));
  CHECK(either.has_date(11, 20, 5));
  CHECK_FALSE(either.has_date(11, 21, 6));
  const Cron both = cron("0 0 */2 * FRI");
  CHECK(both.has_date(11, 13, 5));
  CHECK_FALSE(both.has_date(11, 20, 5));
  CHECK_FALSE(both.has_date(11, 13, 2));
}

TEST_CASE("cron refuses what it does not know by its name") {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"0 0 L * *", "\"L\" and \"W\" mean other things"},
      {"0 0 15W * *", "\"L\" and \"W\" mean other things"},
      {"0 0 * * 5L", "\"L\" and \"W\" mean other things"},
      {"0 0 * * MON#2", "a weekday's place in the month"},
      {"0 0 ? * MON", "write \"*\""},
      {"H 0 * * *", "instead of \"H\""},
      {"0 0 12 * * MON", "seconds and years are not known"},
      {"0 0 * *", "4 fields, not five"},
      {"", "0 fields, not five"},
      {"@reboot", "is no time"},
      {"@dayly", "did you mean '@daily'?"},
      {"60 * * * *", "out of range: 0 to 59"},
      {"0 24 * * *", "out of range: 0 to 23"},
      {"0 0 0 * *", "out of range: 1 to 31"},
      {"0 0 * 13 *", "out of range: 1 to 12"},
      {"0 0 * * 8", "out of range: 0 to 7"},
      {"5/15 * * * *", "a step but no range"},
      {"*/0 * * * *", "is no step"},
      {"*/60 * * * *", "is no step"},
      {"0 0 * * FRI-MON", "runs backwards"},
      {"0 0 * * MONDAY", "is not understood"},
      {"0 0 * * ,", "is not understood"},
      {"-5 0 * * *", "is not understood"},
      {"1-2-3 0 * * *", "is not understood"},
      {"0 0 30 2 *", "never comes"},
      {"0 0 31 4,6,9,11 *", "never comes"},
      {std::string(300, '1'), "longer than"},
  };
  for (const auto& [text, expected] : cases) {
    CHECK_THAT(error_of(text), Catch::Contains(expected));
  }
}

TEST_CASE("cron's errors name the field that is wrong") {
  CHECK_THAT(error_of("0 99 * * *"), Catch::Contains("the hour '99'"));
  CHECK_THAT(error_of("0 0 * * TEU"), Catch::Contains("the day of the week 'TEU'"));
}

}  // namespace yoke::testing
