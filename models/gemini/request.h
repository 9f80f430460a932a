#pragma once

#include <string>
#include <string_view>

#include "models/wire/wire.h"

namespace yoke::gemini {

// The body of POST …/models/MODEL:generateContent, streamed or not. Signatures of this origin go
// back on the part that they came with. A call of the current turn that has none (another vendor
// made it) is given the word that the vendor documents for that case, since it would refuse it.
//
// The operator's own tools come after ours, and its generationConfig beneath ours.
//
// Errors: an image that cannot be sent.
Result<std::string> encode_request(const ModelRequest& request, const ToolNames& names,
                                   const WireForm& form);

// Whether an answer of a given shape can be demanded beside tools; else it is asked for in words.
bool takes_schema_with_tools(std::string_view model);

// "/models/gemini-3-pro:generateContent", or the streaming one with its query.
std::string request_path(std::string_view model, bool stream);

}  // namespace yoke::gemini
