#include "hosts/hook/mcp/log_tap.h"

#include <algorithm>
#include <array>

namespace yoke::mcp_hook {
namespace {

constexpr std::array<std::string_view, 8> kLevels = {"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};

}  // namespace

bool is_log_level(std::string_view level) {
  return std::find(kLevels.begin(), kLevels.end(), level) != kLevels.end();
}

bool reaches_level(std::string_view level, std::string_view least) {
  return std::find(kLevels.begin(), kLevels.end(), level) >=
         std::find(kLevels.begin(), kLevels.end(), least);
}

std::string wire_level(std::string_view level) {
  if (level == "warn") return "warning";
  return is_log_level(level) ? std::string(level) : "info";
}

}  // namespace yoke::mcp_hook
