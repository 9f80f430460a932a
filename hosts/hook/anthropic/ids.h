#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hosts/hook/call_ref.h"

// Ids that are handed out and come back. They are no secret and no proof: whoever reads one back
// checks whose the run is.
namespace yoke::anthropic {

// "msg_RUN"; of what an agent's run says behind a call, "msg_RUN_CALL".
std::string message_id(std::string_view run_id, std::string_view after = {});

std::string tool_use_id(const CallRef& ref);  // "toolu_RUN_CALL"
std::optional<CallRef> parse_tool_use_id(std::string_view id);

}  // namespace yoke::anthropic
