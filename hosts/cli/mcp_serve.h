#pragma once

#include "hosts/app/options.h"

namespace yoke {

// `yoke mcp serve`: Yoke as an MCP server at standard input and output.
int mcp_serve(const CommonOptions& common);

}  // namespace yoke
