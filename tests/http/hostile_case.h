#pragma once

#include <string>
#include <vector>

namespace yoke {

// One case of tests/http/hostile; its README.md says how they are written.
struct HostileCase {
  std::string name;
  std::vector<int> statuses;  // of the replies; the last may be a refusal
  std::string refusal;        // how it is counted; empty: nothing is refused
  bool cut = false;           // the client goes before its request is whole
  std::string bytes;
};

// Throws Fault, with file and line, where the file cannot be read.
std::vector<HostileCase> read_hostile_cases(const std::string& file);

}  // namespace yoke
