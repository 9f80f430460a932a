#pragma once

#include <string>

#include "models/wire/wire.h"

namespace yoke::anthropic {

// The body of POST …/messages. Thinking of this origin goes back as it came, that of others is left
// out. When thinking is on with a budget and the current loop began on another vendor, this request
// does without it: the vendor refuses a turn with calls that does not begin with its own thinking.
//
// The operator's own tools come after ours.
//
// Errors: a budget of thinking that leaves no tokens, an image that cannot be sent.
Result<std::string> encode_request(const ModelRequest& request, const ToolNames& names,
                                   const WireForm& form);

}  // namespace yoke::anthropic
