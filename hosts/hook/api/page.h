#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// Where the next page of a list begins, in a form that clients take as it is: behind what the last
// page ended with.
std::string to_cursor(std::string_view kind, std::string_view last);
// What to_cursor() was given. Errors: invalid: it is no cursor, or one of another list.
Result<std::string> from_cursor(std::string_view kind, std::string_view cursor);

}  // namespace yoke
