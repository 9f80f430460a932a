#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace yoke::sandbox {

// A program of the system's that is given bytes which nobody vouches for, and prints what it makes
// of them. It reads files of the system (/usr, /lib, /etc/fonts, the folder that it lies in) and
// its standard input; it reaches no network, starts no process, changes no file, and ends with us.
struct ConfinedProgram {
  std::vector<std::string> words = {};  // the program's absolute path first
  std::string input = {};
  std::chrono::milliseconds within{20'000};
  std::size_t output_bytes_max = 8u << 20;
  std::size_t memory_bytes_max = 1u << 30;  // of its address space
};

struct ConfinedEnd {
  int status = 0;  // as of waitpid(2)
  std::string output = {};
  std::string errors = {};  // the beginning of its standard error; untrusted
};

// Waits for its end, and kills it before that when it takes too long or says too much.
//
// Threads: any; it blocks for `within` at most.
// Errors:  unavailable (it cannot be started or shut in), timed_out, too_large (its output). They
//          name the program.
Result<ConfinedEnd> run_confined(const ConfinedProgram& program);

}  // namespace yoke::sandbox
