#include "hosts/hook/principal.h"

#include <array>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, kScopes> kNames = {"read",   "run",    "answer",
                                                          "models", "manage", "metrics"};

}  // namespace

std::string_view name_of(Scope scope) {
  const auto index = static_cast<std::size_t>(scope);
  ENSURE(index < kNames.size());
  return kNames[index];
}

std::optional<Scope> scope_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Scope>(i);
  }
  return std::nullopt;
}

Scopes Scopes::all() {
  Scopes scopes;
  for (int i = 0; i < kScopes; ++i) scopes.add(static_cast<Scope>(i));
  return scopes;
}

Principal local_principal(std::string name) {
  Principal who;
  who.name = std::move(name);
  who.scopes = Scopes::all();
  return who;
}

}  // namespace yoke
