#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/ports/tool_spec.h"

namespace yoke {

inline constexpr std::size_t kWireNameCharsMax = 64;

// The names of one request's tools as a vendor may see them ([A-Za-z0-9_-], at most 64 characters),
// one to one: "weather.now" <-> "weather_now". A name that is too long, or that would look like
// another one, ends in eight characters of its hash instead.
class ToolNames {
 public:
  explicit ToolNames(const std::vector<ToolSpec>& tools);

  // The vendor's name of a tool of ours. A tool that is not in the request (an older call in the
  // history) gets a name that none of the request's tools has.
  std::string wire(const std::string& ours) const;
  // Our name of what the vendor called; a name we never gave comes back as it is.
  std::string ours(const std::string& wire) const;

 private:
  std::unordered_map<std::string, std::string> wire_of_;
  std::unordered_map<std::string, std::string> ours_of_;
};

}  // namespace yoke
