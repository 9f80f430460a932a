#pragma once

#include "runtime/ports/message.h"
#include "runtime/schema/schema.h"

namespace yoke {

// The value that a reply's text holds, bare or in a fenced block, when it fits the schema.
// Errors: invalid, in words that a model can mend its answer by.
Result<Json> structured_output(const Schema& schema, const Message& reply);

}  // namespace yoke
