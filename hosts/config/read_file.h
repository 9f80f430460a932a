#pragma once

#include <string>

#include "runtime/base/result.h"

namespace yoke {

// The whole of a file. Errors: invalid, with the path and what is in the way.
Result<std::string> read_file(const std::string& path);

}  // namespace yoke
