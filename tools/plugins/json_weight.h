#pragma once

#include <cstddef>

#include "runtime/base/json.h"

namespace yoke {

// What a copy of the value costs, in steps: one for each value in it and for each 64 bytes of text.
// Counts no further than `most`, and gives more than that then.
std::size_t weight_of(const Json& value, std::size_t most);

}  // namespace yoke
