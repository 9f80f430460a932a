#include "runtime/ports/run_hooks.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, 8> kPointNames{
    "SessionStart", "UserPromptSubmit", "PreModelCall", "PostModelCall",
    "PreToolUse",   "PostToolUse",      "PreCompact",   "Stop"};
constexpr std::array<std::string_view, 5> kHookVerdicts{"none", "allow", "ask", "deny", "stop"};

}  // namespace

std::string_view name_of(HookPoint point) { return kPointNames[static_cast<std::size_t>(point)]; }

Result<HookPoint> hook_point_from_name(std::string_view name) {
  for (const HookPoint point : kHookPoints) {
    if (name_of(point) == name) return point;
  }
  return Error{Errc::not_found, "'" + std::string(name) + "' is no point where hooks are asked"};
}

std::string_view name_of(HookVerdict verdict) {
  return kHookVerdicts[static_cast<std::size_t>(verdict)];
}

}  // namespace yoke
