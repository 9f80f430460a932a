#pragma once

#include <string>

#include "models/wire/wire.h"

namespace yoke::ollama {

// The body of POST /api/chat. Of the operator's fields, `options` is joined with ours; everything
// else (think, keep_alive …) is added as it is. Errors: an image that is named by its address:
// Ollama fetches none.
Result<std::string> encode_request(const ModelRequest& request, const ToolNames& names,
                                   const WireForm& form);

}  // namespace yoke::ollama
