#pragma once

#include <cstddef>
#include <vector>

#include "runtime/ports/message.h"
#include "runtime/ports/tool_spec.h"

// What a run may begin with besides its task, from whoever starts it: pure checks and forms.
namespace yoke {

inline constexpr std::size_t kEarlierMessagesMax = 10'000;
inline constexpr std::size_t kEarlierBytesMax = 12u << 20;  // of their JSON text together
inline constexpr std::size_t kCallerToolsMax = 128;
inline constexpr std::size_t kCallerToolsBytesMax = 1u << 20;  // of their JSON text together
inline constexpr std::size_t kWebhookBytesMax = 16u << 10;
inline constexpr std::size_t kNoteBytesMax = 64u << 10;

// Messages before the task: no system message, each tool call followed by its result, each result
// of a call before it, and within the bounds.
// Errors: invalid, too_large; `place` is "messages[3]".
Result<void> check_earlier(const std::vector<Message>& messages);

// Tools that the caller carries out: names of [A-Za-z0-9_.-], 1 to 64, each once.
// Errors: invalid, too_large; `place` is "caller_tools[0]".
Result<void> check_caller_tools(const std::vector<ToolSpec>& tools);

// {"name":…,"description":…,"input_schema":{…}}
Json caller_tool_json(const ToolSpec& tool);
ToolSpec caller_tool_from_json(const Json& value);

}  // namespace yoke
