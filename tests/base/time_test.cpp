#include "runtime/base/time.h"

#include <catch2/catch.hpp>
#include <limits>

namespace yoke {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

TEST_CASE("wall time is written as UTC with microseconds") {
  CHECK(to_iso8601(0) == "1970-01-01T00:00:00.000000Z");
  CHECK(to_iso8601(1'795'255'200'000'000) == "2026-11-21T10:00:00.000000Z");
  CHECK(to_iso8601(951'782'400'000'001) == "2000-02-29T00:00:00.000001Z");
  CHECK(to_iso8601(-1) == "1969-12-31T23:59:59.999999Z");
}

TEST_CASE("times beyond four-digit years stay within them") {
  CHECK(to_iso8601(std::numeric_limits<Micros>::max()) == "9999-12-31T23:59:59.999999Z");
  CHECK(to_iso8601(std::numeric_limits<Micros>::min()) == "0000-01-01T00:00:00.000000Z");
}

TEST_CASE("an instant is read back as it was written") {
  for (const Micros at : {Micros{0}, Micros{-1}, Micros{951'782'400'000'001},
                          Micros{1'795'255'200'123'456}, Micros{253'402'300'799'999'999}}) {
    CHECK(*micros_from_iso8601(to_iso8601(at)) == at);
  }
}

TEST_CASE("offsets and missing or long fractions are understood") {
  CHECK(*micros_from_iso8601("1970-01-01T00:00:01Z") == 1'000'000);
  CHECK(*micros_from_iso8601("1970-01-01t00:00:01.5z") == 1'500'000);
  CHECK(*micros_from_iso8601("1970-01-01T02:00:00+02:00") == 0);
  CHECK(*micros_from_iso8601("1969-12-31T22:30:00-01:30") == 0);
  CHECK(*micros_from_iso8601("1970-01-01T00:00:00.1234567890123Z") == 123'456);
}

TEST_CASE("what is no instant is refused") {
  for (const char* text :
       {"", "1970", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z",
        "1970-02-30T00:00:00Z", "2100-02-29T00:00:00Z", "1970-01-01T24:00:00Z",
        "1970-01-01T00:60:00Z", "1970-01-01T00:00:60Z", "1970-01-01T00:00:00.Z",
        "1970-01-01T00:00:00+2", "1970-01-01T00:00:00Zx", " 1970-01-01T00:00:00Z",
        "1970-01-01T00:00:0-Z", "+970-01-01T00:00:00Z"}) {
    CAPTURE(text);
    CHECK(micros_from_iso8601(text).has_error());
  }
}

TEST_CASE("durations are read with their unit, seconds when there is none") {
  CHECK(*parse_duration("250ms") == milliseconds(250));
  CHECK(*parse_duration("20s") == milliseconds(20'000));
  CHECK(*parse_duration("20") == milliseconds(20'000));
  CHECK(*parse_duration("5m") == milliseconds(300'000));
  CHECK(*parse_duration("2h") == milliseconds(7'200'000));
  CHECK(*parse_duration("7d") == milliseconds(604'800'000));
  CHECK(*parse_duration("1.5s") == milliseconds(1'500));
  CHECK(*parse_duration("0.05") == milliseconds(50));
  CHECK(*parse_duration(" 2 h ") == milliseconds(7'200'000));
  CHECK(*parse_duration("0s") == milliseconds(0));
}

TEST_CASE("what is no duration is refused") {
  for (const char* text : {"", "s", "-1s", "1 week", "1w", "1e3", "1.s", ".5s", "1.2345s", "99999d",
                           "999999999999999999", "9999999999999999999", "1s2"}) {
    CAPTURE(text);
    const auto parsed = parse_duration(text);
    REQUIRE(parsed.has_error());
    CHECK(parsed.error().code == Errc::invalid);
  }
}

TEST_CASE("a duration is shown in the unit that a person would choose") {
  CHECK(to_short_text(microseconds(0)) == "0 µs");
  CHECK(to_short_text(microseconds(840)) == "840 µs");
  CHECK(to_short_text(microseconds(12'345)) == "12 ms");
  CHECK(to_short_text(microseconds(999'499)) == "999 ms");
  CHECK(to_short_text(microseconds(999'500)) == "1.0 s");
  CHECK(to_short_text(microseconds(3'400'000)) == "3.4 s");
  CHECK(to_short_text(microseconds(59'949'999)) == "59.9 s");
  CHECK(to_short_text(microseconds(59'950'000)) == "1 min 0 s");
  CHECK(to_short_text(microseconds(125'000'000)) == "2 min 5 s");
  CHECK(to_short_text(microseconds(3'599'500'000)) == "1 h 0 min");
  CHECK(to_short_text(microseconds(7'500'000'000)) == "2 h 5 min");
  CHECK(to_short_text(std::chrono::hours(50)) == "2 d 2 h");
  CHECK(to_short_text(microseconds(-3'400'000)) == "-3.4 s");
  CHECK(to_short_text(microseconds::max()).ends_with(" h"));
  CHECK(to_short_text(microseconds::min()).starts_with("-"));
}

}  // namespace
}  // namespace yoke
