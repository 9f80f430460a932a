#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "hosts/app/app.h"

namespace yoke {

// What a client of somebody else's wire calls a model.
struct ModelName {
  enum class Kind : std::uint8_t { agent, route, model };
  Kind kind = Kind::route;
  std::string name;  // of the agent or route; "backend/model"

  bool operator==(const ModelName&) const = default;
};
// "agent/NAME", "route/NAME", "backend/model": the name that means nothing else.
std::string full_name(const ModelName& name);

// "agent/NAME", "route/NAME", "backend/model", and a bare name where one thing alone has it.
// Errors: not_found, with what comes near; invalid (a bare name that several have: names them).
Result<ModelName> find_model_name(App& app, const std::string& asked);

// All that can be asked, as /v1/models lists it.
struct ModelListing {
  std::string id;        // to be asked by
  std::string owned_by;  // "yoke" for agents and routes, else the backend
  std::string description;
};
std::vector<ModelListing> list_model_names(App& app);

// What there is by name; for tests, too.
struct KnownModels {
  std::vector<std::string> agents;
  std::vector<std::string> routes;
  std::vector<std::string> models;  // "backend/model": those that a route or yoke.toml names
  std::function<Result<void>(const std::string& target)> check;  // of any other "backend/model"
  // Names of clients' own, as globs -> what is meant; the longest that matches counts. Names that
  // begin with "agent/" or "route/" are not looked up.
  std::map<std::string, std::string> aliases = {};
};
KnownModels known_models(App& app);
Result<ModelName> find_model_name(const KnownModels& known, const std::string& asked);

}  // namespace yoke
