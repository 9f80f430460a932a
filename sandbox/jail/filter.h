#pragma once

#include <linux/filter.h>

#include <vector>

#include "runtime/base/result.h"

namespace yoke::sandbox {

// The system calls that a worker may make: to receive and send on the sockets it has, to take and
// give back memory that is not executable, to read the clock, to end. Any other kills it.
class SyscallFilter {
 public:
  // Errors: unavailable, where the kernel or libseccomp cannot.
  static Result<SyscallFilter> build();
  // For a program of the system's that reads its input and prints: everything but to talk to
  // others, to start processes or threads, to look into or signal others, to change files or the
  // machine, which is an error for it.
  static Result<SyscallFilter> build_for_program();

  // For good, for this process. The process must have given up new privileges. False when the
  // kernel refuses.
  bool install() const noexcept;  // one system call

 private:
  std::vector<sock_filter> program_;
};

}  // namespace yoke::sandbox
