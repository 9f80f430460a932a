#pragma once

namespace yoke::mcp_hook {

// What the runs of tools that an MCP client called are listed under.
inline constexpr const char* kWire = "mcp";

}  // namespace yoke::mcp_hook
