#pragma once

#include <cstdint>
#include <optional>

#include "sandbox/jail/filter.h"
#include "sandbox/jail/layers.h"

namespace yoke::sandbox {

// How a worker process is shut in. In two parts, as what is costly is done once, by the zygote,
// and inherited by every worker: its namespaces, its empty root, the filter in its finished form.
//
// Whatever the kernel does not have is left out and told in the layers; the caller decides whether
// that is enough. The process must have one thread.
class Jail {
 public:
  // In the zygote. Gives up root where it has it, and from here on there are no files to open.
  static Jail prepare();

  // CLONE_NEWPID where a worker can be born into a process namespace of its own, else 0.
  unsigned long clone_flags() const { return clone_flags_; }

  struct Limits {
    std::int64_t memory_bytes_max = 1 << 30;  // over what the process has mapped when it enters
    std::int64_t cpu_seconds_max = 3'600;     // of a worker's whole life
  };

  // In a worker, last thing before its work: for good. Only `socket` stays open. `is_alone` is
  // whether it was born into a process namespace of its own.
  Layers enter(int socket, const Limits& limits, bool is_alone) const;

 private:
  Layers layers_;  // what the zygote has done for its workers
  unsigned long clone_flags_ = 0;
  std::int64_t mapped_bytes_ = 0;
  std::optional<SyscallFilter> filter_;
};

}  // namespace yoke::sandbox
