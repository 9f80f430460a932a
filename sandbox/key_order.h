#pragma once

#include <lua.hpp>

namespace yoke::sandbox {

// The order in which pairs() and next() visit a table, the same in every process: positive integers
// ascending, other numbers ascending, strings by their bytes, false, true, json.null, then tables,
// functions and coroutines by age.

// Pushes a list of the table's keys in that order, without the integers 1..skip. Returns its
// length.
lua_Integer push_sorted_keys(lua_State* L, int table, lua_Integer skip);

// Pushes the first key in that order, or nil when the table is empty. Linear, or constant when the
// table has a first list element.
void push_first_key(lua_State* L, int table);

// Whether the key at one index comes before the key at the other.
bool key_before(lua_State* L, int left, int right);

}  // namespace yoke::sandbox
