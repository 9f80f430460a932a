#pragma once

#include <lua.hpp>

namespace yoke::sandbox {

// string.find, match, gmatch and gsub over our own matcher.
int string_find(lua_State* L);
int string_match(lua_State* L);
int string_gmatch(lua_State* L);
int string_gsub(lua_State* L);

}  // namespace yoke::sandbox
