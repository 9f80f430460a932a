#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

// Keys by which somebody sends the same thing again without it being done twice.
namespace yoke {

// 1 to 255 printable ASCII characters. Errors: invalid.
Result<void> check_idem_key(std::string_view key);

// The key as it is kept: each caller's own, since what others do under theirs is not theirs to
// know.
std::string idem_key_of(const std::string& caller, const std::string& key);

}  // namespace yoke
