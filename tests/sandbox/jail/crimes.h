#pragma once

#include <span>
#include <string>

namespace yoke::sandbox::test {

// Something that native code in a worker must not be able to do.
struct Crime {
  enum class End {
    killed,  // by the filter of system calls, at once
    denied,  // it goes on, and has got nothing
  };
  const char* name;
  End end = End::killed;
  // Tries it. Returns 0 where it succeeded, else an errno.
  int (*commit)(int socket) = nullptr;  // null: the system call `number` with zeros
  long number = -1;
};

std::span<const Crime> crimes();

}  // namespace yoke::sandbox::test
