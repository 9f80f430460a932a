#pragma once

#include <optional>

#include "runtime/ports/message.h"

namespace yoke::openai_responses {

// The token counts of a response object; none when it has none. `raw` becomes what the vendor sent.
std::optional<Usage> usage_of(const Json& response, Json& raw);

}  // namespace yoke::openai_responses
