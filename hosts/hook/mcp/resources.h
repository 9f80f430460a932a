#pragma once

#include <optional>
#include <string>

#include "hosts/hook/mcp/catalogue.h"
#include "runtime/memory/memory.h"

namespace yoke::mcp_hook {

// What a caller may read by its address: entries of memory ("memory://user/ann/KEY",
// "memory://shared/KEY"), runs ("run://ID"), and what [[serve.mcp.resources]] names.

// {"resources":[…],"nextCursor"?}: those of the settings first, then memory, newest first.
awaitable<Answer> list_resources_of(HookServices services, const McpServeConfig& config,
                                    const Request& request);
Json templates_of(const McpServeConfig& config);

// A file, an entry or a run; none: it is none of these.
awaitable<std::optional<Json>> read_plain(HookServices services, const McpServeConfig& config,
                                          Principal who, std::string uri);

// The one that a tool answers, and with what arguments.
struct ToolResource {
  const McpResourceConfig* resource = nullptr;
  Json args = Json::object();
};
std::optional<ToolResource> tool_resource(const McpServeConfig& config, std::string_view uri);

std::string memory_uri(const MemoryPlace& place, const std::string& key);
// Whether the caller may see what such an address names, where there is something.
bool may_see_memory(const Principal& who, std::string_view uri);

}  // namespace yoke::mcp_hook
