#pragma once

#include <cstdint>
#include <string>

namespace yoke {

// What the kernel says of this process; 0 where it says nothing.
struct ProcessFacts {
  std::int64_t resident_bytes = 0;
  std::int64_t virtual_bytes = 0;
  double cpu_seconds = 0;
  std::int64_t open_files = 0;
  double start_seconds = 0;  // since 1970
};
ProcessFacts read_process_facts();

}  // namespace yoke
