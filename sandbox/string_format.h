#pragma once

#include <lua.hpp>

namespace yoke::sandbox {

// string.format without %p: %s goes through our own tostring, the result is capped.
int string_format(lua_State* L);

}  // namespace yoke::sandbox
