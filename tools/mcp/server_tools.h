#pragma once

#include <memory>
#include <vector>

#include "runtime/ports/tool.h"
#include "tools/mcp/server.h"

// Private to tools/mcp.
namespace yoke::mcp {

// The tools that a server's resources and prompts make, where it has any and no tool of its own
// takes the name: list_resources, read_resource, list_prompts, get_prompt. They only read.
void add_server_tools(McpServer& server, std::vector<std::unique_ptr<Tool>>& tools);

}  // namespace yoke::mcp
