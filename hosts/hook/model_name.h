#pragma once

#include <string>
#include <vector>

#include "hosts/app/app.h"

namespace yoke {

// What a client of somebody else's wire calls a model.
struct ModelName {
  enum class Kind : std::uint8_t { agent, route, model };
  Kind kind = Kind::route;
  std::string name;  // of the agent or route; "backend/model"
};

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

}  // namespace yoke
