#pragma once

#include <string>

namespace yoke {

// Definitions for lua-language-server of all that a script may see: the host's modules, what marks
// definitions and their fields, ctx, permissions, the kit of tests. Made from
// sandbox/module_table.h.
std::string editor_definitions();

// A .luarc.json that has the editor read them from `folder`, and know what Lua's own a script
// lacks.
std::string editor_settings(const std::string& folder);

}  // namespace yoke
