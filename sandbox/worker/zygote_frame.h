#pragma once

#include <cstdint>

// What the host and its zygote say to each other. Both are the same program, and neither runs
// scripts: these are plain structures, one a packet of a SEQPACKET socket.
namespace yoke::sandbox {

// The host wants a worker.
struct SpawnOrder {
  std::uint32_t id = 0;  // comes back in the report
  std::int64_t memory_bytes_max = 0;
};

struct ZygoteReport {
  enum class Kind : std::uint32_t { spawned, not_spawned, ended };
  Kind kind = Kind::spawned;
  std::uint32_t id = 0;     // spawned, not_spawned
  std::int32_t pid = 0;     // spawned, ended: as the zygote's own processes see it
  std::int32_t error = 0;   // not_spawned: an errno
  std::int32_t code = 0;    // ended: CLD_EXITED, CLD_KILLED or CLD_DUMPED
  std::int32_t status = 0;  // ended: the exit status or the signal
};
// With `spawned` come two descriptors: the worker's socket and its pidfd.

}  // namespace yoke::sandbox
