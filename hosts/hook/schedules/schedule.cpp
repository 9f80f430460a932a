#include "hosts/hook/schedules/schedule.h"

#include <algorithm>
#include <array>

#include "hosts/hook/session_name.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr Micros kHour = Micros{3600} * 1'000'000;
constexpr Micros kDay = 24 * kHour;
constexpr std::size_t kNameMax = 64;
constexpr std::size_t kTextMax = 100'000;

const std::vector<std::string> kFields{"cron", "zone",    "agent",  "task",   "input",
                                       "name", "session", "limits", "missed", "enabled"};
const std::vector<std::string> kMissedNames{"skip", "once", "all"};

Error wrong(const std::string& field, const std::string& why) {
  return Error{Errc::invalid, "'" + field + "' " + why};
}

Result<void> take_text(const Json& body, const char* key, std::string& to) {
  const auto found = body.find(key);
  if (found == body.end()) return {};
  if (!found->is_string()) return wrong(key, "is to be text");
  to = found->get<std::string>();
  if (to.size() > kTextMax) return wrong(key, "is longer than 100000 bytes");
  return {};
}

Result<void> take_object(const Json& body, const char* key, Json& to) {
  const auto found = body.find(key);
  if (found == body.end()) return {};
  if (!found->is_object()) return wrong(key, "is to be an object");
  to = *found;
  return {};
}

// The latest `count` times after `after`, up to `now`, oldest first. However long ago `after` is
// and however dense the schedule: it looks back further only while there are too few.
std::vector<Micros> latest_times(const Schedule& schedule, Micros after, Micros now,
                                 std::size_t count) {
  constexpr std::array<Micros, 4> kWindows{2 * kHour, kDay, 7 * kDay, 120 * kDay};
  std::vector<Micros> times;
  for (std::size_t i = 0;; ++i) {
    const Micros from = i < kWindows.size() ? std::max(after, now - kWindows[i]) : after;
    times.clear();
    for (auto at = next_due(schedule.cron, schedule.zone, from); at && *at <= now;
         at = next_due(schedule.cron, schedule.zone, *at)) {
      times.push_back(*at);
    }
    if (times.size() >= count || from == after) break;
  }
  if (times.size() > count) times.erase(times.begin(), times.end() - static_cast<long>(count));
  return times;
}

}  // namespace

Result<void> check_schedule_name(const std::string& name) {
  const bool good =
      !name.empty() && name.size() <= kNameMax && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
      });
  if (good) return {};
  return wrong("name", "of a schedule has letters, digits, - and _, at most 64");
}

Result<Schedule> make_schedule(const std::string& name, const ScheduleConfig& text) {
  if (Result<void> good = check_schedule_name(name); !good) return good.error();
  Schedule schedule;
  schedule.name = name;
  schedule.text = text;
  if (text.cron.empty()) return wrong("cron", "is missing, as \"0 8 * * MON\"");
  if (text.agent.empty()) return wrong("agent", "is missing: who is to be started");
  Result<Cron> cron = parse_cron(text.cron);
  if (!cron) return cron.error();
  schedule.cron = *cron;
  const Result<void> named = check_session_name(text.session);
  if (!named) return Error{Errc::invalid, "session: " + named.error().detail};
  Result<Zone> zone = Zone::find(text.zone);
  if (!zone) return Error{Errc::invalid, "zone: " + zone.error().detail};
  schedule.zone = std::move(*zone);
  const auto missed = std::find(kMissedNames.begin(), kMissedNames.end(), text.missed);
  if (missed == kMissedNames.end()) {
    return wrong("missed", "is \"skip\", \"once\" or \"all\", not '" + text.missed + "'" +
                               did_you_mean(text.missed, kMissedNames));
  }
  schedule.missed = static_cast<Missed>(missed - kMissedNames.begin());
  return schedule;
}

Result<ScheduleConfig> schedule_from_json(const Json& body) {
  if (!body.is_object()) return Error{Errc::invalid, "a schedule is a JSON object"};
  for (const auto& [key, value] : body.items()) {
    if (std::find(kFields.begin(), kFields.end(), key) != kFields.end()) continue;
    return wrong(key, "is no field of a schedule" + did_you_mean(key, kFields));
  }
  ScheduleConfig text;
  for (const auto& [key, to] :
       {std::pair{"cron", &text.cron}, std::pair{"zone", &text.zone},
        std::pair{"agent", &text.agent}, std::pair{"task", &text.task},
        std::pair{"session", &text.session}, std::pair{"missed", &text.missed}}) {
    if (Result<void> taken = take_text(body, key, *to); !taken) return taken.error();
  }
  if (Result<void> taken = take_object(body, "input", text.input); !taken) return taken.error();
  if (Result<void> taken = take_object(body, "limits", text.limits); !taken) return taken.error();
  const Json& enabled = member_at(body, "enabled");
  if (!enabled.is_null() && !enabled.is_boolean()) return wrong("enabled", "is true or false");
  text.enabled = bool_at(body, "enabled", true);
  return text;
}

Json to_json(const ScheduleConfig& text) {
  Json out{{"cron", text.cron},     {"zone", text.zone},       {"agent", text.agent},
           {"missed", text.missed}, {"enabled", text.enabled}, {"input", text.input},
           {"limits", text.limits}};
  if (!text.task.empty()) out["task"] = text.task;
  if (!text.session.empty()) out["session"] = text.session;
  return out;
}

std::string rule_stamp(const Schedule& schedule) {
  return schedule.text.cron + "|" + schedule.zone.name() +
         (schedule.text.enabled ? "" : "|disabled");
}

DueStarts due_starts(const Schedule& schedule, Micros handled, Micros now) {
  DueStarts due;
  if (!schedule.text.enabled || handled >= now) return due;
  const std::size_t most = schedule.missed == Missed::once ? 1 : kMissedMax;
  due.times = latest_times(schedule, handled, now, most);
  if (due.times.empty()) return due;
  const auto first = next_due(schedule.cron, schedule.zone, handled);
  due.passed_over = first && *first < due.times.front();
  if (schedule.missed != Missed::skip) return due;
  const auto late = std::find_if(due.times.begin(), due.times.end(),
                                 [&](Micros at) { return at >= now - kLateMax; });
  due.passed_over = due.passed_over || late != due.times.begin();
  due.times.erase(due.times.begin(), late);
  return due;
}

std::vector<Micros> next_times(const Schedule& schedule, Micros now, int count) {
  std::vector<Micros> times;
  if (!schedule.text.enabled) return times;
  for (auto at = next_due(schedule.cron, schedule.zone, now);
       at && static_cast<int>(times.size()) < count;
       at = next_due(schedule.cron, schedule.zone, *at)) {
    times.push_back(*at);
  }
  return times;
}

std::string start_key(const std::string& name, Micros due) {
  // Seconds matter only where a zone's clocks are not at full minutes.
  std::string at = to_iso8601(due);
  at = at.substr(0, at.substr(17, 2) == "00" ? 16 : 19) + "Z";
  return "schedule:" + name + ":" + at;
}

}  // namespace yoke
