#pragma once

#include "runtime/base/json.h"

namespace yoke::anthropic {

// A JSON Schema as structured output takes it: objects closed, oneOf as anyOf, and what is not
// enforced there (bounds, patterns) moved into the description, where the model reads it.
Json enforced_schema(const Json& schema);

}  // namespace yoke::anthropic
