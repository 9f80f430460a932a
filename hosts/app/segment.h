#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

// One segment of a URL's path, which may stand for any text.
namespace yoke {

std::string to_segment(std::string_view text);               // percent-encoded
Result<std::string> from_segment(std::string_view segment);  // invalid: a '%' without two digits

}  // namespace yoke
