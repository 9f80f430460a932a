#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/key_order.h"
#include "sandbox/lua_entry.h"

// next() and pairs() in the order of key_order.h. Lua's own order depends on the process.
//
// pairs() walks the list part by index and sorts the other keys once, when it reaches them. next()
// has no place to keep a walk, so the context remembers the latest few.
namespace yoke::sandbox {

namespace {

enum : int { kKeys = 1, kPosition = 2, kBorder = 3, kCount = 4 };  // upvalues of a pairs() iterator

void set_upvalue(lua_State* L, int upvalue, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_replace(L, lua_upvalueindex(upvalue));
}

// Stack: the table at 1. Pushes a key and its value and says so, or pushes nothing.
bool push_next_of_list(lua_State* L, lua_Integer& position, lua_Integer border) {
  while (position < border) {
    ++position;
    if (lua_rawgeti(L, 1, position) != LUA_TNIL) {
      lua_pushinteger(L, position);
      lua_insert(L, -2);
      return true;
    }
    lua_pop(L, 1);
  }
  return false;
}

// As above, for a list of keys at `keys`; `position` counts from 0.
bool push_next_of_keys(lua_State* L, int keys, lua_Integer& position, lua_Integer count) {
  while (position < count) {
    lua_rawgeti(L, keys, ++position);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, 1) != LUA_TNIL) return true;
    lua_pop(L, 2);  // cleared since the walk began
  }
  return false;
}

int pairs_step(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_Integer position = lua_tointeger(L, lua_upvalueindex(kPosition));
  const lua_Integer border = lua_tointeger(L, lua_upvalueindex(kBorder));
  if (position < border) {
    const bool found = push_next_of_list(L, position, border);
    set_upvalue(L, kPosition, position);
    if (found) return 2;
  }
  if (lua_type(L, lua_upvalueindex(kKeys)) != LUA_TTABLE) {
    set_upvalue(L, kCount, push_sorted_keys(L, 1, border));
    lua_replace(L, lua_upvalueindex(kKeys));
  }
  const lua_Integer count = lua_tointeger(L, lua_upvalueindex(kCount));
  position -= border;
  const bool found = push_next_of_keys(L, lua_upvalueindex(kKeys), position, count);
  set_upvalue(L, kPosition, position + border);
  if (found) return 2;
  lua_pushnil(L);
  return 1;
}

int finish_pairs(lua_State*, int, lua_KContext) { return 3; }

int base_pairs(lua_State* L) {
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") != LUA_TNIL) {
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 3, 0, lua_continuation<finish_pairs>);
    return 3;
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushnil(L);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, static_cast<lua_Integer>(lua_rawlen(L, 1)));
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, lua_entry<pairs_step>, 4);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

// The remembered walk of the table at 1 whose last key is the one at 2; null when there is none.
Context::KeyWalk* find_walk(lua_State* L, int cache) {
  Context& context = context_of(L);
  const void* table = lua_topointer(L, 1);
  for (std::size_t i = 0; i < context.walks.size(); ++i) {
    Context::KeyWalk& walk = context.walks[i];
    if (walk.table != table) continue;
    lua_rawgeti(L, cache, static_cast<lua_Integer>(2 * i + 2));
    lua_rawgeti(L, -1, walk.at);
    const bool same = walk.at > 0 && lua_rawequal(L, -1, 2) != 0;
    lua_pop(L, 1);
    if (same) return &walk;  // its keys stay on the stack
    lua_pop(L, 1);
  }
  return nullptr;
}

// Where the key at 2 is, or would be, in the sorted keys on top: the count of those not after it.
lua_Integer place_of_key(lua_State* L, lua_Integer count) {
  lua_Integer low = 0;
  lua_Integer high = count;
  while (low < high) {
    const lua_Integer middle = low + (high - low) / 2;
    lua_rawgeti(L, -1, middle + 1);
    const bool after = key_before(L, 2, lua_gettop(L));
    lua_pop(L, 1);
    if (after) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

void forget_walk(lua_State* L, int cache, Context::KeyWalk& walk) {
  Context& context = context_of(L);
  const auto at = static_cast<lua_Integer>(&walk - context.walks.data());
  walk = {};
  lua_pushboolean(L, 0);
  lua_rawseti(L, cache, 2 * at + 1);
  lua_pushboolean(L, 0);
  lua_rawseti(L, cache, 2 * at + 2);
}

// A walk that stopped half-way must not serve a later one: keys may have been added since.
void forget_walks_of_table(lua_State* L, int cache) {
  const void* table = lua_topointer(L, 1);
  for (Context::KeyWalk& walk : context_of(L).walks) {
    if (walk.table == table) forget_walk(L, cache, walk);
  }
}

// Sorts the table's keys anew and leaves them on the stack.
Context::KeyWalk* start_walk(lua_State* L, int cache) {
  Context& context = context_of(L);
  forget_walks_of_table(L, cache);
  const std::size_t at = context.walk_next;
  context.walk_next = (at + 1) % context.walks.size();
  Context::KeyWalk& walk = context.walks[at];
  walk = {};
  const lua_Integer count = push_sorted_keys(L, 1, 0);
  lua_pushvalue(L, 1);
  lua_rawseti(L, cache, static_cast<lua_Integer>(2 * at + 1));  // so that its address stays its own
  lua_pushvalue(L, -1);
  lua_rawseti(L, cache, static_cast<lua_Integer>(2 * at + 2));
  walk.table = lua_topointer(L, 1);
  walk.count = count;
  walk.at = place_of_key(L, count);
  return &walk;
}

// The next integer key, when the key at 2 is one of a list's. No walk is needed for those.
bool push_next_by_index(lua_State* L) {
  if (lua_isinteger(L, 2) == 0) return false;
  const lua_Integer key = lua_tointeger(L, 2);
  if (key < 1 || key == LUA_MAXINTEGER) return false;
  if (lua_rawgeti(L, 1, key + 1) == LUA_TNIL) {
    lua_pop(L, 1);
    return false;
  }
  lua_pushinteger(L, key + 1);
  lua_insert(L, -2);
  return true;
}

int base_next(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_isnil(L, 2)) {
    push_slot_table(L, Slot::key_cache);
    forget_walks_of_table(L, 3);
    push_first_key(L, 1);
    if (lua_isnil(L, -1)) return 1;
    lua_pushvalue(L, -1);
    lua_rawget(L, 1);
    return 2;
  }
  if (push_next_by_index(L)) return 2;
  push_slot_table(L, Slot::key_cache);
  Context::KeyWalk* walk = find_walk(L, 3);
  if (walk == nullptr) walk = start_walk(L, 3);
  if (push_next_of_keys(L, 4, walk->at, walk->count)) return 2;
  forget_walk(L, 3, *walk);
  lua_pushnil(L);
  return 1;
}

}  // namespace

void open_traversal(lua_State* L) {
  lua_pushcfunction(L, lua_entry<base_next>);
  lua_setglobal(L, "next");
  lua_pushcfunction(L, lua_entry<base_pairs>);
  lua_setglobal(L, "pairs");
}

}  // namespace yoke::sandbox
