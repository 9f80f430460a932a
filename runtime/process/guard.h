#pragma once

#include <sys/types.h>

#include <cstdint>

namespace yoke::process {

// What the guard tells the host, a datagram each.
struct GuardReport {
  enum class Kind : std::uint32_t {
    started,      // number: the child's pid
    not_started,  // number: errno of what failed
    ended,        // number: its status, as of waitpid(2)
  };
  Kind kind = Kind::started;
  std::int32_t number = 0;
};

// What the host tells the guard, a byte each.
inline constexpr char kGuardTerminate = 'T';
inline constexpr char kGuardKill = 'K';

// Everything the guard needs, made before the fork: afterwards it may not allocate.
struct GuardOrder {
  int socket = -1;  // to the host; its end means that the host has gone
  int output = -1;  // where the child prints
  int errors = -1;  // where its standard error goes; -1: where it prints
  int input = -1;   // what it reads; -1: nothing
  const char* program = nullptr;
  char* const* words = nullptr;
  char* const* env = nullptr;
  const char* dir = nullptr;
  int patience_ms = 0;  // that the child has to end by itself once its input has
  int grace_ms = 0;     // between asking it to end and ending it
};

// The guard's whole life, in the child of a fork() of a process that may have threads: system calls
// alone, no allocation, no lock. Does not return.
[[noreturn]] void run_guard(const GuardOrder& order) noexcept;

}  // namespace yoke::process
