#include "hosts/hook/model_name.h"

#include <algorithm>
#include <optional>
#include <set>

#include "hosts/app/agent_names.h"
#include "hosts/app/project.h"
#include "models/router.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kNameShownMax = 120;  // of a name that is not known

bool has(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string shown_name(const std::string& name) {
  return "'" + shorten(printable(name), kNameShownMax) + "'";
}

bool is_glob(std::string_view name) { return name.find_first_of("*?") != std::string_view::npos; }

std::string model_of(const std::string& target) { return target.substr(target.find('/') + 1); }

// What a client may write: the full names, and the bare ones.
std::vector<std::string> all_names(const KnownModels& known) {
  std::vector<std::string> names;
  for (const std::string& agent : known.agents) names.push_back("agent/" + agent);
  for (const std::string& route : known.routes) names.push_back("route/" + route);
  names.insert(names.end(), known.models.begin(), known.models.end());
  names.insert(names.end(), known.agents.begin(), known.agents.end());
  names.insert(names.end(), known.routes.begin(), known.routes.end());
  for (const std::string& model : known.models) names.push_back(model_of(model));
  return names;
}

Error unknown(const KnownModels& known, const std::string& asked) {
  return Error{Errc::not_found, "no model " + shown_name(asked) +
                                    did_you_mean(asked, all_names(known)) +
                                    "; a model is agent/NAME, route/NAME or backend/model, or "
                                    "what [serve.models] of yoke.toml says of its name"};
}

// "agent/NAME" and "route/NAME"; none: the name has no such beginning.
std::optional<Result<ModelName>> find_by_kind(const KnownModels& known, const std::string& asked) {
  const auto find = [&](std::string_view prefix, ModelName::Kind kind,
                        const std::vector<std::string>& names) -> std::optional<Result<ModelName>> {
    if (!asked.starts_with(prefix)) return std::nullopt;
    const std::string name = asked.substr(prefix.size());
    if (has(names, name)) return Result<ModelName>(ModelName{kind, name});
    return Result<ModelName>(unknown(known, asked));
  };
  std::optional<Result<ModelName>> found = find("agent/", ModelName::Kind::agent, known.agents);
  if (!found) found = find("route/", ModelName::Kind::route, known.routes);
  return found;
}

std::vector<ModelName> named(const KnownModels& known, const std::string& bare) {
  std::vector<ModelName> found;
  if (has(known.agents, bare)) found.push_back({ModelName::Kind::agent, bare});
  if (has(known.routes, bare)) found.push_back({ModelName::Kind::route, bare});
  for (const std::string& target : known.models) {
    if (model_of(target) == bare) found.push_back({ModelName::Kind::model, target});
  }
  return found;
}

void add_config_models(const Config& config, std::set<std::string>& models) {
  for (const auto& [backend, settings] : config.backends) {
    for (const auto& [model, facts] : settings.models) {
      if (!is_glob(model)) models.insert(backend + "/" + model);
    }
    for (const auto& [model, price] : member_at(settings.prices, "models").items()) {
      if (!is_glob(model)) models.insert(backend + "/" + model);
    }
  }
}

}  // namespace

std::string full_name(const ModelName& name) {
  if (name.kind == ModelName::Kind::agent) return "agent/" + name.name;
  if (name.kind == ModelName::Kind::route) return "route/" + name.name;
  return name.name;
}

namespace {

const std::pair<const std::string, std::string>* find_alias(const KnownModels& known,
                                                            const std::string& asked) {
  const std::pair<const std::string, std::string>* best = nullptr;
  for (const auto& alias : known.aliases) {
    if (!glob_match(alias.first, asked)) continue;
    if (best == nullptr || alias.first.size() > best->first.size()) best = &alias;
  }
  return best;
}

Result<ModelName> find_meant(const KnownModels& known,
                             const std::pair<const std::string, std::string>& alias) {
  KnownModels rest = known;
  rest.aliases.clear();
  Result<ModelName> found = find_model_name(rest, alias.second);
  if (found) return found;
  return Error{found.error().code,
               "serve.models has '" + alias.first + "' mean this: " + found.error().detail};
}

}  // namespace

Result<ModelName> find_model_name(const KnownModels& known, const std::string& asked) {
  if (const auto found = find_by_kind(known, asked)) return *found;
  if (const auto* alias = find_alias(known, asked)) return find_meant(known, *alias);
  const std::vector<ModelName> found = named(known, asked);
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    std::vector<std::string> names;
    for (const ModelName& one : found) names.push_back(full_name(one));
    return Error{Errc::invalid, "several are named " + shown_name(asked) + ": ask for one of " +
                                    join(names, ", ")};
  }
  if (asked.find('/') == std::string::npos) return unknown(known, asked);
  const bool listed = has(known.models, asked);
  const Result<void> there = listed || !known.check ? Result<void>() : known.check(asked);
  if (there) return ModelName{ModelName::Kind::model, asked};
  return Error{Errc::not_found, "no model " + shown_name(asked) + ": " + there.error().detail};
}

KnownModels known_models(App& app) {
  KnownModels known;
  // From the folder's listing alone: what is no file of it is no agent, whatever else it names.
  known.agents = agent_names(app.config());
  known.routes = app.models().route_names();
  std::set<std::string> models;
  for (const std::string& route : known.routes) {
    const Result<std::vector<std::string>> targets = app.models().targets_of(route);
    if (targets) models.insert(targets->begin(), targets->end());
  }
  add_config_models(app.config(), models);
  known.models.assign(models.begin(), models.end());
  known.aliases = app.config().serve.models;
  known.check = [&app](const std::string& target) { return app.models().check_target(target); };
  return known;
}

Result<ModelName> find_model_name(App& app, const std::string& asked) {
  return find_model_name(known_models(app), asked);
}

std::vector<ModelListing> list_model_names(App& app) {
  std::vector<ModelListing> listings;
  for (const AgentListing& agent : app.project().agents()) {
    if (!agent.problem.empty()) continue;
    listings.push_back({"agent/" + agent.name, "yoke", agent.description});
  }
  const KnownModels known = known_models(app);
  for (const std::string& route : known.routes) {
    const Result<std::vector<std::string>> targets = app.models().targets_of(route);
    const std::string over = targets ? join(*targets, ", ") : std::string();
    listings.push_back({"route/" + route, "yoke", over.empty() ? "" : "A route to " + over + "."});
  }
  for (const std::string& target : known.models) {
    listings.push_back({target, target.substr(0, target.find('/')), ""});
  }
  return listings;
}

}  // namespace yoke
