#pragma once

#include <optional>

#include "runtime/ports/message.h"

namespace yoke::openai_chat {

// The token counts of an answer or of a chunk, in any vendor's spelling; none when it has none.
// `raw` becomes what the vendor sent.
std::optional<Usage> usage_of(const Json& answer, Json& raw);

}  // namespace yoke::openai_chat
