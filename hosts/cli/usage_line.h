#pragma once

#include <chrono>
#include <string>

#include "runtime/base/json.h"
#include "sandbox/quota.h"

namespace yoke {

// What one call of a script took, and what it was held against.
struct CallUsage {
  std::chrono::microseconds took{0};
  Json meter;  // of a ToolOutcome; null when the call was given up
  sandbox::Quota quota;
};

// "12.4 ms · 1,204 instructions of 10 M · 61 KiB of 32 MiB · 1 of 100 host calls"
std::string usage_line(const CallUsage& usage);
// {"time_us":…, "instructions":{"used":…,"most":…}, …}
Json usage_json(const CallUsage& usage);

}  // namespace yoke
