#pragma once

#include <string>
#include <string_view>

#include "runtime/base/json.h"

namespace yoke {

// The words of a Confirmation for one call: "{{ function.parameters.NAME }}" becomes what the call
// gives for NAME (a text as it is, other values as JSON, nothing where it gives none), each cut at
// 300 bytes. Other braces stay. Without control characters; at most 4000 bytes.
std::string confirmation_words_for(std::string_view words, const Json& args);

}  // namespace yoke
