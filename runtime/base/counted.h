#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace yoke {

// "1 run", "2 runs"; "1 reply", "2 replies" where the plural is said.
inline std::string counted(std::int64_t count, std::string_view noun,
                           std::string_view plural = {}) {
  std::string text = std::to_string(count) + " ";
  if (count == 1) return text.append(noun);
  return plural.empty() ? text.append(noun).append("s") : text.append(plural);
}

}  // namespace yoke
