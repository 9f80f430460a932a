#pragma once

#include <lua.hpp>

namespace yoke::sandbox {

int text_parse_csv(lua_State* L);
int text_to_csv(lua_State* L);

}  // namespace yoke::sandbox
