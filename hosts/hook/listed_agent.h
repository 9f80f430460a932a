#pragma once

#include <string>

#include "hosts/app/app.h"
#include "hosts/hook/principal.h"

namespace yoke {

// That the project has an agent of that very name and this one may use it. Who asks from elsewhere
// goes by names alone: a path would reach out of the project, and tell what is there.
// Errors: invalid, with the names that are meant.
Result<void> check_listed_agent(App& app, const Principal& who, const std::string& agent);

}  // namespace yoke
