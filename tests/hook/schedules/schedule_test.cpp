#include "hosts/hook/schedules/schedule.h"

#include <catch2/catch.hpp>

namespace yoke::testing {
namespace {

Micros utc(const char* text) {
  const Result<Micros> at = micros_from_iso8601(text);
  REQUIRE(at.has_value());
  return *at;
}

Schedule schedule(const char* cron, const char* missed = "once", const char* zone = "UTC") {
  ScheduleConfig text;
  text.cron = cron;
  text.agent = "clerk";
  text.missed = missed;
  text.zone = zone;
  Result<Schedule> made = make_schedule("daily", text);
  REQUIRE(made.has_value());
  return *made;
}

std::vector<std::string> keys(const Schedule& each, const char* handled, const char* now) {
  std::vector<std::string> out;
  for (const Micros at : due_starts(each, utc(handled), utc(now)).times) {
    out.push_back(start_key("x", at));
  }
  return out;
}

using Keys = std::vector<std::string>;

std::string refused(const char* json) {
  const Result<Json> body = parse_json(json);
  REQUIRE(body.has_value());
  const Result<ScheduleConfig> text = schedule_from_json(*body);
  if (!text) return text.error().detail;
  const Result<Schedule> made = make_schedule("x", *text);
  return made ? "it was taken" : made.error().detail;
}

}  // namespace

TEST_CASE("a schedule is due at its time, and not before") {
  const Schedule daily = schedule("0 8 * * *");
  CHECK(keys(daily, "2026-11-21T07:00:00Z", "2026-11-21T07:59:59Z").empty());
  CHECK(keys(daily, "2026-11-21T07:00:00Z", "2026-11-21T08:00:00Z") ==
        Keys{"schedule:x:2026-11-21T08:00Z"});
  CHECK(keys(daily, "2026-11-21T08:00:00Z", "2026-11-21T08:00:01Z").empty());
}

TEST_CASE("of what was missed, once makes up for the latest alone") {
  const Schedule daily = schedule("0 8 * * *", "once");
  CHECK(keys(daily, "2026-11-10T09:00:00Z", "2026-11-21T10:00:00Z") ==
        Keys{"schedule:x:2026-11-21T08:00Z"});
  CHECK(due_starts(daily, utc("2026-11-10T09:00:00Z"), utc("2026-11-21T10:00:00Z")).passed_over);
}

TEST_CASE("of what was missed, all makes up for each, oldest first") {
  CHECK(keys(schedule("0 8 * * *", "all"), "2026-11-18T09:00:00Z", "2026-11-21T10:00:00Z") ==
        Keys{"schedule:x:2026-11-19T08:00Z", "schedule:x:2026-11-20T08:00Z",
             "schedule:x:2026-11-21T08:00Z"});
}

TEST_CASE("of what was missed, all makes up for a hundred at most, the latest") {
  const DueStarts due = due_starts(schedule("* * * * *", "all"), utc("2016-01-01T00:00:00Z"),
                                   utc("2026-11-21T10:00:00Z"));
  CHECK(due.times.size() == kMissedMax);
  CHECK(due.times.back() == utc("2026-11-21T10:00:00Z"));
  CHECK(due.times.front() == utc("2026-11-21T08:21:00Z"));
  CHECK(due.passed_over);
}

TEST_CASE("of what was missed, skip starts nothing, but what is only late") {
  const Schedule daily = schedule("0 8 * * *", "skip");
  CHECK(keys(daily, "2026-11-18T09:00:00Z", "2026-11-21T10:00:00Z").empty());
  CHECK(due_starts(daily, utc("2026-11-18T09:00:00Z"), utc("2026-11-21T10:00:00Z")).passed_over);
  CHECK(keys(daily, "2026-11-18T09:00:00Z", "2026-11-21T08:00:59Z") ==
        Keys{"schedule:x:2026-11-21T08:00Z"});
}

TEST_CASE("a rare time that was missed long ago is still made up for") {
  CHECK(keys(schedule("0 0 1 1 *"), "2025-12-31T00:00:00Z", "2026-11-21T10:00:00Z") ==
        Keys{"schedule:x:2026-01-01T00:00Z"});
}

TEST_CASE("a schedule that is not enabled has no times") {
  Schedule off = schedule("0 8 * * *");
  off.text.enabled = false;
  CHECK(keys(off, "2026-11-18T09:00:00Z", "2026-11-21T10:00:00Z").empty());
  CHECK(next_times(off, utc("2026-11-21T10:00:00Z"), 3).empty());
  CHECK(rule_stamp(off) != rule_stamp(schedule("0 8 * * *")));
}

TEST_CASE("two times of a schedule never have the same key") {
  CHECK(start_key("x", utc("2026-11-21T08:00:00Z")) == "schedule:x:2026-11-21T08:00Z");
  CHECK(start_key("x", utc("2026-11-21T08:00:44Z")) == "schedule:x:2026-11-21T08:00:44Z");
}

TEST_CASE("a schedule is the same after it was written as JSON") {
  const char* text =
      R"({"agent":"clerk","cron":"0 8 * * MON","enabled":false,"input":{"a":1},)"
      R"("limits":{"usd":0.5},"missed":"all","session":"s","task":"Go.","zone":"Europe/Oslo"})";
  const Result<ScheduleConfig> read = schedule_from_json(*parse_json(text));
  REQUIRE(read.has_value());
  CHECK(to_text(to_json(*read)) == text);
}

TEST_CASE("a schedule that cannot be is refused with the field that is wrong") {
  CHECK_THAT(refused(R"({"agent":"a"})"), Catch::Contains("'cron' is missing"));
  CHECK_THAT(refused(R"({"cron":"@daily"})"), Catch::Contains("'agent' is missing"));
  CHECK_THAT(refused(R"({"cron":"@daily","agent":"a","zon":"UTC"})"),
             Catch::Contains("did you mean 'zone'?"));
  CHECK_THAT(refused(R"({"cron":5,"agent":"a"})"), Catch::Contains("'cron' is to be text"));
  CHECK_THAT(refused(R"({"cron":"0 0 * *","agent":"a"})"), Catch::Contains("five"));
  CHECK_THAT(refused(R"({"cron":"@daily","agent":"a","zone":"Mars/Base"})"),
             Catch::Contains("zone: no time zone 'Mars/Base'"));
  CHECK_THAT(refused(R"({"cron":"@daily","agent":"a","missed":"twice"})"),
             Catch::Contains("\"skip\", \"once\" or \"all\""));
  CHECK_THAT(refused(R"({"cron":"@daily","agent":"a","enabled":"yes"})"),
             Catch::Contains("true or false"));
  CHECK_THAT(refused(R"({"cron":"@daily","agent":"a","input":[1]})"),
             Catch::Contains("'input' is to be an object"));
  CHECK_FALSE(check_schedule_name("a/b").has_value());
  CHECK_FALSE(check_schedule_name("").has_value());
}

}  // namespace yoke::testing
