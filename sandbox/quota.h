#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace yoke::sandbox {

// What one call of a script may use. Exhaustion is fatal to the call and cannot be caught by it.
struct Quota {
  std::int64_t instructions_max = 10'000'000;
  std::int64_t memory_bytes_max = 32 << 20;
  std::chrono::milliseconds cpu_max{1'000};  // time on the processor; waiting is free
  std::int64_t pattern_steps_max = 5'000'000;
  std::int64_t string_bytes_max = 1 << 20;    // any one string made by a library function
  std::int64_t output_bytes_max = 256 << 10;  // the result as JSON text
  std::int64_t log_bytes_max = 64 << 10;
  std::int64_t host_calls_max = 100;
  std::int64_t coroutines_max = 1'000;      // alive at once
  std::int64_t list_items_max = 1'000'000;  // one table function's element count
  std::int64_t json_depth_max = 64;
  std::int64_t json_nodes_max = 100'000;
  std::int64_t source_bytes_max = 256 << 10;  // one file
  // Of one stretch: from the start, or an answer of the host, to the next host call. 0: as much as
  // the call may use in all. For scripts that live long.
  std::int64_t stretch_instructions_max = 0;
  std::chrono::milliseconds stretch_cpu_max{0};
};

// What a call has used so far; each against the bound of the same name.
struct Meter {
  std::int64_t instructions = 0;
  std::int64_t memory_bytes = 0;
  std::int64_t memory_bytes_peak = 0;
  std::int64_t pattern_steps = 0;
  std::int64_t output_bytes = 0;
  std::int64_t log_bytes = 0;
  std::int64_t host_calls = 0;
  std::chrono::microseconds cpu{0};
};

}  // namespace yoke::sandbox
