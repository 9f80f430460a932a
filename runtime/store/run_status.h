#pragma once

#include <cstdint>
#include <string_view>

namespace yoke {

enum class RunStatus : std::uint8_t {
  ready = 0,    // not owned, wants to run now
  owned = 1,    // a node drives it
  waiting = 2,  // for a person, a timer, a child or its session's turn
  completed = 3,
  failed = 4,
  cancelled = 5,
  quarantined = 6,
};
constexpr bool is_final(RunStatus status) { return status >= RunStatus::completed; }
std::string_view name_of(RunStatus status);  // ready and owned are both "running" to users

// Why a run waits that is queued behind others of its session.
inline constexpr std::string_view kWaitsForSession = "session";

}  // namespace yoke
