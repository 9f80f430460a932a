#pragma once

#include <span>
#include <string_view>

namespace yoke {

// A file of `scripts/`, as it was when the program was built.
struct BundledFile {
  std::string_view name;  // "csv.lua", "lib/rows.lua"
  std::string_view text;
};
std::span<const BundledFile> bundled_files();  // sorted by name; the build generates them

}  // namespace yoke
