#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

// A table never carries the metatable that the script made but a private copy of its allowed
// metamethods, which nobody else can reach, weaken or change while Lua is using it. The copy's
// first list element is the script's own metatable.
namespace yoke::sandbox {

namespace {

// Not __concat: in Lua 5.4.4 luaV_concat() goes on with a stale pointer into the stack when the
// metamethod has made the stack grow or shrink, and a collection then clears what is alive.
constexpr const char* kAllowed[] = {"__index", "__newindex", "__call", "__tostring", "__name",
                                    "__eq",    "__lt",       "__le",   "__len",      "__unm",
                                    "__add",   "__sub",      "__mul",  "__div",      "__mod",
                                    "__pow",   "__idiv",     "__band", "__bor",      "__bxor",
                                    "__shl",   "__shr",      "__bnot", "__pairs",    "__metatable"};
constexpr int kAllowedCount = static_cast<int>(std::size(kAllowed));
constexpr lua_Integer kCacheSize = 64;

// Whether the copy on top is still what copying the metatable at `meta` would give.
bool is_current(lua_State* L, int meta, int copy) {
  for (int i = 1; i <= kAllowedCount; ++i) {
    lua_pushvalue(L, lua_upvalueindex(i));
    lua_rawget(L, meta);
    lua_pushvalue(L, lua_upvalueindex(i));
    lua_rawget(L, copy);
    const bool same = lua_rawequal(L, -1, -2) != 0;
    lua_pop(L, 2);
    if (!same) return false;
  }
  return true;
}

void push_new_copy(lua_State* L, int meta) {
  lua_createtable(L, 1, 4);
  const int copy = lua_gettop(L);
  lua_pushvalue(L, meta);
  lua_rawseti(L, copy, 1);
  for (int i = 1; i <= kAllowedCount; ++i) {
    lua_pushvalue(L, lua_upvalueindex(i));
    if (lua_rawget(L, meta) == LUA_TNIL) {
      lua_pop(L, 1);
      continue;
    }
    lua_pushvalue(L, lua_upvalueindex(i));
    lua_insert(L, -2);
    lua_rawset(L, copy);
  }
}

// Objects of one class share one copy. The latest few are kept by hand: a weak table would let a
// script make collection quadratic.
void push_copy(lua_State* L, int meta) {
  push_slot_table(L, Slot::meta_cache);
  const int cache = lua_gettop(L);
  const auto age = Governor::age_of(lua_topointer(L, meta));
  const auto place = static_cast<lua_Integer>(age % kCacheSize) + 1;
  if (lua_rawgeti(L, cache, place) == LUA_TTABLE) {
    lua_rawgeti(L, -1, 1);
    const bool same = lua_rawequal(L, -1, meta) != 0;
    lua_pop(L, 1);
    if (same && is_current(L, meta, lua_gettop(L))) {
      lua_remove(L, cache);
      return;
    }
  }
  lua_pop(L, 1);
  push_new_copy(L, meta);
  lua_pushvalue(L, -1);
  lua_rawseti(L, cache, place);
  lua_remove(L, cache);
}

int base_setmetatable(lua_State* L) {
  const int type = lua_type(L, 2);
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) {
    return luaL_error(L, "cannot change a protected metatable");
  }
  lua_settop(L, 2);
  governor_of(L).charge(L, 10);
  if (type == LUA_TTABLE) push_copy(L, 2);
  lua_setmetatable(L, 1);
  lua_settop(L, 1);
  return 1;
}

int base_getmetatable(lua_State* L) {
  luaL_checkany(L, 1);
  if (lua_type(L, 1) == LUA_TSTRING) {
    lua_pushboolean(L, 0);
    return 1;
  }
  if (lua_getmetatable(L, 1) == 0 || is_array_mark(L, -1)) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushliteral(L, "__metatable");
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  lua_rawgeti(L, -2, 1);
  return 1;
}

}  // namespace

void open_metatables(lua_State* L) {
  luaL_checkstack(L, kAllowedCount, "metamethods");
  for (const char* name : kAllowed) lua_pushstring(L, name);
  lua_pushcclosure(L, lua_entry<base_setmetatable>, kAllowedCount);
  lua_setglobal(L, "setmetatable");
  lua_pushcfunction(L, lua_entry<base_getmetatable>);
  lua_setglobal(L, "getmetatable");
}

void push_array_mark(lua_State* L) { get_slot(L, Slot::array_mark); }

bool is_array_mark(lua_State* L, int index) {
  index = lua_absindex(L, index);
  push_array_mark(L);
  const bool same = lua_rawequal(L, index, -1) != 0;
  lua_pop(L, 1);
  return same;
}

}  // namespace yoke::sandbox
