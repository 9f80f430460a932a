#pragma once

#include <optional>
#include <string>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

// What a run came to, as the protocol's results: pure functions.
namespace yoke::mcp_hook {

// What a tool or agent returned. An object with a list "content" of blocks (each an object with a
// `type` of the protocol) is taken as it stands, with its "structuredContent" and "isError"; a text
// is a block of text; anything else is JSON text, and an object is structured content, too.
Json tool_result(const std::string& text, const Json& output);
// A call that failed: for a model to read.
Json tool_error(const std::string& message);

// {"messages":[…]}: a text is one message of the user's; a list "content" one for each block.
Json prompt_result(const std::string& text, const Json& output, const std::string& description);

// {"contents":[…]} of the resource: {"text":…} or {"blob":…}, with "mimeType", as it stands;
// anything else as text.
Json resource_result(const std::string& uri, const std::string& mime, const std::string& text,
                     const Json& output);

// "{id}" of a template, taken out of an address: an object of texts; none: it is no such address.
std::optional<Json> match_template(std::string_view pattern, std::string_view uri);

}  // namespace yoke::mcp_hook
