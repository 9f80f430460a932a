#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "trials/checks.h"

namespace yoke {

// The entries [[check]] of a checks file, as they stand there. Errors: invalid, with file:line.
Result<std::vector<CheckText>> read_checks_file(const std::string& file);
Result<std::vector<CheckText>> parse_checks(const std::string& text, const std::string& file);

}  // namespace yoke
