#pragma once

#include <string_view>

#include "runtime/base/result.h"
#include "runtime/schema/schema.h"

namespace yoke {

// The value in a model's structured answer: JSON, alone or in a fenced block, as models like to
// wrap it. Errors: invalid, in words that the model can mend its answer by.
Result<Json> read_answer(std::string_view text);
Result<Json> read_answer(std::string_view text, const Schema& schema);  // and it fits

}  // namespace yoke
