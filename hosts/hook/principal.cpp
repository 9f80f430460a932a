#include "hosts/hook/principal.h"

#include <algorithm>
#include <array>

#include "runtime/base/ensure.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::array<std::string_view, kScopes> kNames = {"read",   "run",    "answer",
                                                          "models", "manage", "metrics"};

bool matches_one(const std::vector<std::string>& globs, std::string_view name) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_match(glob, name); });
}

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

bool may_use_agent(const Principal& who, std::string_view name) {
  return who.agents.empty() || matches_one(who.agents, name);
}

bool may_use_model(const Principal& who, std::string_view name) {
  static constexpr std::string_view kRoute = "route/";
  if (who.models.empty() || matches_one(who.models, name)) return true;
  const bool is_route = name.starts_with(kRoute);
  if (is_route) return matches_one(who.models, name.substr(kRoute.size()));
  // A bare name is a route's: no model's name is without its backend.
  const bool bare = name.find('/') == std::string_view::npos;
  return bare && matches_one(who.models, std::string(kRoute) + std::string(name));
}

Principal local_principal(std::string name) {
  Principal who;
  who.name = std::move(name);
  who.scopes = Scopes::all();
  return who;
}

}  // namespace yoke
