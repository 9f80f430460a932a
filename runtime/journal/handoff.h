#pragma once

#include <string>
#include <string_view>

#include "runtime/journal/run_parts.h"

// A handoff: another agent is shown the conversation and goes on with it, in a run below this one.
// What that run comes to is this one's answer, and the session's next run begins with that agent.
namespace yoke {

// The name of the tool by which a model hands the conversation to an agent: "handoff:NAME".
inline constexpr std::string_view kHandoffPrefix = "handoff:";
// The call of a run that goes on with whom its session's conversation is with.
inline constexpr std::string_view kHandedCall = "handed";

inline bool is_handoff_tool(std::string_view tool) { return tool.starts_with(kHandoffPrefix); }
inline bool is_handoff(const CallState& call) {
  return call.kind == CallKind::child && is_handoff_tool(call.tool);
}

}  // namespace yoke
