#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// Whether the RE2 expression is found somewhere in the text. Errors: invalid, what is wrong with
// the expression.
Result<bool> pattern_found(const std::string& pattern, bool ignore_case, std::string_view text);
// What the expression's first group matches, or all of it where it has none; nothing where it is
// not found. Errors: as above.
Result<std::optional<std::string>> pattern_group(const std::string& pattern, bool ignore_case,
                                                 std::string_view text);
// The text as an expression that finds nothing but it.
std::string quoted_pattern(std::string_view text);

}  // namespace yoke
