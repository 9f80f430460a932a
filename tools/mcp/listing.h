#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "tools/mcp/wire/header_value.h"

namespace yoke::mcp {

// What a server hints of a tool. Untrusted, as all that it says.
struct ToolHints {
  std::optional<bool> read_only = {};
  std::optional<bool> destructive = {};
  std::optional<bool> idempotent = {};
};

// One tool as a server lists it, checked.
struct ListedTool {
  std::string name;         // the server's own
  std::string description;  // untrusted text
  Json input_schema = Json::object();
  Json output_schema = nullptr;
  ToolHints hints = {};
  std::vector<ParamHeader> mirrored = {};
  std::string hash;  // hex, over all that the server says of it
};

struct ToolListing {
  std::vector<ListedTool> tools;      // in the server's order
  std::vector<std::string> left_out;  // "name: why"

  const ListedTool* find(std::string_view name) const;
};

// The tools of an array as tools/list gives it. One that cannot be used is left out and told: a
// schema that cannot be checked (a remote $ref, too large), a name twice, over HTTP an x-mcp-header
// against the rules. Over `allowed`, globs of names, only those that match.
ToolListing read_tools(const Json& array, bool over_http, const std::vector<std::string>& allowed);

// "mcp:SERVER.NAME" in the letters that names have here, at most 64; of a name that does not fit,
// the end is part of its hash.
std::string tool_name_for(const std::string& server, const std::string& name);

}  // namespace yoke::mcp
