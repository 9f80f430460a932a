#pragma once

#include "runtime/base/json.h"

namespace yoke {

// Whether a JSON Schema is one that OpenAI holds its models to word for word ("strict"): objects
// closed and with every property required, and nothing in it but the keywords that it knows. Any
// other schema it takes as a description only.
bool is_strict(const Json& schema);

}  // namespace yoke
