#pragma once

namespace yoke {

// The space of the store in which later responses of an agent's run are noted for clients of
// OpenAI's wire, by run; no tool can have it. What erases a run erases that.
inline constexpr const char* kResponseTurns = "yoke:responses";

}  // namespace yoke
