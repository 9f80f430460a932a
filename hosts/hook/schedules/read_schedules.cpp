#include "hosts/hook/schedules/read_schedules.h"

namespace yoke {

Result<std::vector<Schedule>> schedules_of(const Config& config) {
  std::vector<Schedule> all;
  for (const auto& [name, text] : config.schedules) {
    Result<Schedule> schedule = make_schedule(name, text);
    if (!schedule) {
      return Error{Errc::invalid, "schedules." + name + ": " + schedule.error().detail,
                   place_in(config, text.line)};
    }
    schedule->from_file = true;
    all.push_back(std::move(*schedule));
  }
  return all;
}

}  // namespace yoke
