#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/tool.h"

namespace yoke {

// Where an operator's own commands and scripts are asked. The names are those of Claude Code's
// hooks, with two of ours around a model call.
enum class HookPoint : std::uint8_t {
  session_start,
  user_prompt_submit,
  pre_model_call,
  post_model_call,
  pre_tool_use,
  post_tool_use,
  pre_compact,
  stop,
};
inline constexpr std::array kHookPoints{HookPoint::session_start,  HookPoint::user_prompt_submit,
                                        HookPoint::pre_model_call, HookPoint::post_model_call,
                                        HookPoint::pre_tool_use,   HookPoint::post_tool_use,
                                        HookPoint::pre_compact,    HookPoint::stop};
std::string_view name_of(HookPoint point);  // "PreToolUse"
Result<HookPoint> hook_point_from_name(std::string_view name);

// What a hook says, the worse last.
enum class HookVerdict : std::uint8_t { none, allow, ask, deny, stop };
std::string_view name_of(HookVerdict verdict);

struct HookEvent {
  HookPoint on = HookPoint::stop;
  std::string tool;               // of pre_tool_use and post_tool_use
  Json details = Json::object();  // the point's own members of what a hook reads
  ToolRequest identity = {};      // of the run and the call
};

// How one hook went, for the journal.
struct HookRun {
  std::string hook;     // its name
  std::string verdict;  // of a HookVerdict, or "failed"
  std::string why;
  Json changed = nullptr;  // {"args":…} or {"context":…}
};

// What all that were asked say together: the worst verdict counts, and the first to give it.
struct HookAnswer {
  HookVerdict verdict = HookVerdict::none;
  std::string hook;  // whose verdict it is
  std::string why;
  std::optional<Json> args = {};  // pre_tool_use: instead of the call's
  std::string context = {};       // for the model to read
  std::vector<HookRun> runs = {};
};

// The hooks that a host has. Called on the loop thread.
class RunHooks {
 public:
  virtual ~RunHooks() = default;
  virtual bool has(HookPoint point, std::string_view tool) const = 0;
  // Asks those that match, one after the other, until one denies or stops. Never throws for what a
  // hook did. Cancelled: what runs is killed.
  virtual awaitable<HookAnswer> ask(HookEvent event, CallContext& context) = 0;
};

}  // namespace yoke
