#pragma once

#include <string_view>

#include "models/openai_chat/reply_builder.h"

namespace yoke::openai_chat {

// A whole answer (status 200, application/json) as a reply, or as the failure it really is: no
// JSON, an error object, no choices, nothing said. `sink` gets it in one piece each; it may be
// empty.
ModelOutcome decode_reply(std::string_view body, const ReplyContext& context, DeltaSink sink);

// JSON from a vendor: invalid UTF-8 is mended first, everything else goes by the bounded door.
Result<Json> parse_vendor_json(std::string_view text);

}  // namespace yoke::openai_chat
