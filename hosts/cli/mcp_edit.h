#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"

// Changes of the text of a yoke.toml that leave all else, comments too, as it is. Pure.
namespace yoke {

// With a section [mcp.NAME] at its end. One of `command` and `url`.
std::string with_mcp_section(const std::string& text, const std::string& name,
                             const std::vector<std::string>& command, const std::string& url);

// Without the section [mcp.NAME] and those below it. Errors: not_found: it stands there in another
// form, or not at all.
Result<std::string> without_mcp_section(const std::string& text, const std::string& name);

}  // namespace yoke
