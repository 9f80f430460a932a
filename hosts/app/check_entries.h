#pragma once

#include <string>
#include <vector>

#include "hosts/config/toml_json.h"
#include "trials/checks.h"

namespace yoke {

// The entries under [[check]], wherever such a list stands. Errors: invalid, with file:line.
Result<std::vector<CheckText>> check_entries(const toml::node& list, const std::string& file);

}  // namespace yoke
