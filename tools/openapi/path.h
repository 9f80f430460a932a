#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace yoke::openapi {

bool is_unreserved(char c);  // of RFC 3986: letters, digits, '-', '.', '_', '~'
// True when a segment of the path is "." or "..", also written in percent signs.
bool has_dot_segment(std::string_view path);

// The names in a path template, in their order. Errors: invalid: no '/' at its start, a brace
// without its other half, "..", a query or fragment, a character that cannot be in a path.
Result<std::vector<std::string>> names_in_path(std::string_view path);

}  // namespace yoke::openapi
