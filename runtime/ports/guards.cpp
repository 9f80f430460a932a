#include "runtime/ports/guards.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, 4> kPlaceNames{"input", "output", "tool_args",
                                                      "tool_result"};
constexpr std::array<std::string_view, 4> kVerdictNames{"pass", "flag", "redact", "block"};

}  // namespace

std::string_view name_of(GuardPlace place) { return kPlaceNames[static_cast<std::size_t>(place)]; }

Result<GuardPlace> guard_place_from_name(std::string_view name) {
  for (const GuardPlace place : kGuardPlaces) {
    if (name_of(place) == name) return place;
  }
  return Error{Errc::invalid, "'" + std::string(name) +
                                  "' is no place of a guard; there are input, output, tool_args "
                                  "and tool_result"};
}

std::string_view name_of(GuardVerdict verdict) {
  return kVerdictNames[static_cast<std::size_t>(verdict)];
}

Result<GuardVerdict> guard_verdict_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kVerdictNames.size(); ++i) {
    if (kVerdictNames[i] == name) return static_cast<GuardVerdict>(i);
  }
  return Error{Errc::invalid, "'" + std::string(name) +
                                  "' is no verdict of a guard; there are block, redact and flag"};
}

const GuardDecision* Guarded::blocked() const {
  for (const GuardDecision& each : decisions) {
    if (each.verdict == GuardVerdict::block) return &each;
  }
  return nullptr;
}

}  // namespace yoke
