#pragma once

#include <lua.hpp>

namespace yoke::sandbox {

// The functions of the module text that take a regular expression.
int text_find(lua_State* L);
int text_find_all(lua_State* L);
int text_matches(lua_State* L);
int text_replace(lua_State* L);

}  // namespace yoke::sandbox
