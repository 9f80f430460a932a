#pragma once

#include "runtime/base/json.h"
#include "runtime/base/result.h"

namespace yoke {

// The value as a person leaves it in their editor: EDITOR, else vi. Blocks for as long as that is
// open. Errors: invalid for what is no JSON object; unavailable when the editor fails.
Result<Json> edit_json(const Json& value);

}  // namespace yoke
