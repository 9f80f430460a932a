#include "hosts/hook/model_access.h"

#include "hosts/hook/visible.h"
#include "models/router.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kShownMax = 120;
constexpr const char* kParam = "model";

Refusal not_there(std::string detail) {
  return {404, "not found", std::move(detail), "model_not_found", kParam};
}

std::string shown(const std::string& asked) {
  return "'" + shorten(printable(asked), kShownMax) + "'";
}

}  // namespace

std::variant<Refusal, ModelName> model_for(App& app, const Principal& who,
                                           const std::string& asked) {
  const auto hidden = [&] {
    return not_there("the model " + shown(asked) + " does not exist, or this key may not use it");
  };
  Result<ModelName> name = find_model_name(app, asked);
  if (!name && is_bound(who)) return hidden();  // what comes near may not be theirs to know
  if (!name && name.error().code == Errc::not_found) return not_there(name.error().detail);
  if (!name) return Refusal{400, "invalid", name.error().detail, "invalid_value", kParam};
  const bool agent = name->kind == ModelName::Kind::agent;
  const Scope scope = agent ? Scope::run : Scope::models;
  const bool may = agent ? may_use_agent(who, name->name) : may_use_model(who, full_name(*name));
  if (!may) return hidden();
  if (!who.scopes.has(scope)) {
    return Refusal{403, "denied",
                   who.name + " may not ask " + shown(asked) + ": it takes the scope '" +
                       std::string(name_of(scope)) + "'",
                   "insufficient_scope", kParam};
  }
  return std::move(*name);
}

std::vector<std::string> answering(App& app, const ModelName& name) {
  if (name.kind == ModelName::Kind::agent) return {};
  if (name.kind == ModelName::Kind::model) return {name.name};
  const Result<std::vector<std::string>> targets = app.models().targets_of(name.name);
  return targets ? *targets : std::vector<std::string>();
}

TargetFacts facts_of_target(const Config& config, const std::string& target) {
  const std::size_t slash = target.find('/');
  const std::string backend = target.substr(0, slash);
  const auto found = config.backends.find(backend);
  FactsMap own;
  std::string preset = backend;
  if (found != config.backends.end()) {
    preset = found->second.preset;
    for (const auto& [glob, facts] : found->second.models) {
      const Result<ModelFacts> read = facts_from_json(facts.facts, glob);
      if (read) own.emplace(glob, *read);
    }
  }
  ModelFacts facts = facts_of(preset, target.substr(slash + 1), own);
  return {std::move(preset), std::move(facts)};
}

}  // namespace yoke
