#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/hook/schedules/cron.h"
#include "hosts/hook/schedules/zone.h"

// Runs that are started by the clock. Pure.
namespace yoke {

// What becomes of times that passed while nobody was there to start anything.
enum class Missed : std::uint8_t {
  skip,  // nothing
  once,  // one run, for the latest of them
  all,   // one for each, the latest kMissedMax of them
};
inline constexpr int kMissedMax = 100;
// Later than this is missed; sooner is just late.
inline constexpr Micros kLateMax = 60'000'000;

struct Schedule {
  std::string name;
  ScheduleConfig text;  // as it was written
  Cron cron;
  Zone zone;
  Missed missed = Missed::once;
  bool from_file = false;  // of yoke.toml; else made by API
  // Of one made by API, whoever made or changed it since: its runs are theirs.
  std::vector<std::string> authors = {};
};

// Errors: invalid, with the field and the mend.
Result<Schedule> make_schedule(const std::string& name, const ScheduleConfig& text);
Result<void> check_schedule_name(const std::string& name);

// {"cron": …, "zone"?, "agent": …, "task"?, "input"?, "session"?, "limits"?, "missed"?, "enabled"?}
// Errors: invalid, with the field; unknown ones too. `tenant` is the caller's to set.
Result<ScheduleConfig> schedule_from_json(const Json& body);
Json to_json(const ScheduleConfig& text);

// Changes when what is due changes: times that passed under another rule were not missed.
std::string rule_stamp(const Schedule& schedule);

// What is to be started now.
struct DueStarts {
  std::vector<Micros> times;  // oldest first
  bool passed_over = false;   // some were missed and are not made up for
};
// Of the times after `handled`, up to `now`.
DueStarts due_starts(const Schedule& schedule, Micros handled, Micros now);

// The next `count` times after `now`; fewer when there are no more.
std::vector<Micros> next_times(const Schedule& schedule, Micros now, int count);

// "schedule:NAME:2026-11-21T08:00Z": no two starts have the same.
std::string start_key(const std::string& name, Micros due);

}  // namespace yoke
