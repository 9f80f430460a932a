#pragma once

#include <string>
#include <vector>

// What the program is made of, for `yoke version`.
namespace yoke {

struct LinkedLibrary {
  std::string name;
  std::string version;  // that it was built with; empty: it does not say
  std::string licence;  // by its SPDX name, where it has one
};
const std::vector<LinkedLibrary>& linked_libraries();

// The commit of a packaged build; empty: of another.
extern const char* const kBuiltFrom;

}  // namespace yoke
