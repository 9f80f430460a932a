#pragma once

#include <vector>

#include "hosts/hook/schedules/schedule.h"

namespace yoke {

// The schedules of yoke.toml. Errors: invalid, with the line.
Result<std::vector<Schedule>> schedules_of(const Config& config);

}  // namespace yoke
