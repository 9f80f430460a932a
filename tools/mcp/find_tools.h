#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/tool.h"

// Where MCP servers have more tools than a model should see: it looks for them by words, and is
// shown those that it found.
namespace yoke::mcp {

// What it is called by. Its result's "tools" have the names.
inline constexpr std::string_view kFindTools = "mcp:find_tools";

struct ShownTools {
  std::size_t listed_max = 40;                    // of all servers together
  std::vector<std::string> always = {};           // servers whose tools are always shown
  std::vector<std::string> only_looked_for = {};  // and those whose never are
};

// Names of the set's tools of MCP servers that are to be looked for, sorted; empty: all are shown.
// Those of the servers with the most are left out first, until the others are few enough. Pure.
std::vector<std::string> deferred_tools(const ToolSet& set, const ShownTools& shown);

// The tools, and one that looks among those of these names by the words of their names and
// descriptions. Only reads, and asks no server.
std::shared_ptr<const ToolSet> with_find_tools(std::shared_ptr<const ToolSet> tools,
                                               std::vector<std::string> deferred);

}  // namespace yoke::mcp
