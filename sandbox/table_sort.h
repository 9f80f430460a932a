#pragma once

#include <lua.hpp>

namespace yoke::sandbox {

// table.sort as a merge sort: stable, the same in every process (Lua's own picks pivots by the
// clock), and safe with any comparator.
int table_sort(lua_State* L);

}  // namespace yoke::sandbox
