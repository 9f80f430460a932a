#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hosts/config/plugins_config.h"
#include "tools/plugins/plugin_tool.h"

namespace yoke {

class McpServers;
struct PluginHome;

// The functions of a plugin that MCP servers run, as tools: joins tools/plugins and tools/mcp. A
// function that the manifest describes with its schema is a tool at once; one that it only names,
// and those of a server that is asked for its tools, are known from when the server was last met
// ('yoke mcp check plugin-NAME'), and pinned as tools of other servers are.
//
// Ownership: the tools borrow `servers`. What cannot be had is put into the findings.
std::vector<std::unique_ptr<Tool>> mcp_functions_of(McpServers& servers, const Plugin& plugin,
                                                    const PluginConfig& settings,
                                                    const PluginHome& home,
                                                    PluginFindings& findings);

// The name that the n-th MCP server, from 0, of a plugin of yoke.toml has beside those of
// [mcp.NAME]. One of a package that no section is about has a mark of its address behind it.
std::string plugin_server_name(const std::string& plugin, std::size_t number);

}  // namespace yoke
