#pragma once

#include <vector>

#include "hosts/app/app.h"

namespace yoke {

// Names in yoke.toml that point nowhere, of what only `yoke serve` acts on: each with its place and
// what comes near. It starts with none.
std::vector<Error> serve_name_problems(App& app);

}  // namespace yoke
