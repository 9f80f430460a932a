#pragma once

#include <string>
#include <string_view>

#include "runtime/ports/run_hooks.h"

namespace yoke::hooks {

// Claude Code's contract of hooks, as texts and values. Pure.

// The JSON that a hook reads: session_id, cwd, hook_event_name, permission_mode, run_id, agent, and
// the point's own members.
Json hook_input(const HookEvent& event, const std::string& folder);

// How a command ended.
struct CommandEnd {
  int status = 0;  // its exit status
  std::string out;
  std::string err;
  std::string failure;  // it did not come to an exit status: why; else empty
};

// What one hook said.
struct HookSaid {
  HookVerdict verdict = HookVerdict::none;
  std::string why;
  std::optional<Json> args = {};
  std::string context = {};
  bool failed = false;  // it said nothing that could be understood: `why` says how it failed
};

// Of a command: status 2 blocks, with what it wrote to standard error as the reason; 0 says what
// the JSON on its standard output says, or nothing (of SessionStart and UserPromptSubmit, text
// there is context); any other status has failed.
HookSaid said_by_command(HookPoint on, const CommandEnd& end);
// Of a script: the same JSON as a value; null says nothing.
HookSaid said_by_value(HookPoint on, const Json& value);

}  // namespace yoke::hooks
