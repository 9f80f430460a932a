#pragma once

#include <optional>
#include <string>

#include "tools/mcp/server.h"

// What is remembered of an MCP server between processes: .yoke/mcp/NAME.json.
namespace yoke {

// None: there is no file, or it cannot be read; the server is met again then.
std::optional<mcp::ServerMemory> read_mcp_memory(const std::string& file);
// Replaces the file as a whole. What cannot be written is not remembered.
void write_mcp_memory(const std::string& file, const mcp::ServerMemory& memory);

}  // namespace yoke
