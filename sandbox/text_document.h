#pragma once

#include <lua.hpp>

namespace yoke::sandbox {

int text_chunk(lua_State* L);
int text_diff(lua_State* L);
int text_from_html(lua_State* L);

}  // namespace yoke::sandbox
