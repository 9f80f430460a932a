#include "runtime/memory/memory.h"

#include <array>

namespace yoke {
namespace {

constexpr std::array<std::string_view, 5> kScopes = {"run", "session", "user", "agent", "shared"};

}  // namespace

std::string_view name_of(MemoryScope scope) { return kScopes[static_cast<std::size_t>(scope)]; }

std::optional<MemoryScope> memory_scope_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kScopes.size(); ++i) {
    if (kScopes[i] == name) return static_cast<MemoryScope>(i);
  }
  return std::nullopt;
}

std::string to_text(const MemoryPlace& place) {
  std::string text(name_of(place.scope));
  if (!place.owner.empty()) text += ":" + place.owner;
  return text;
}

}  // namespace yoke
