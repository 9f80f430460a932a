#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

// The global functions that need care: those through which a script could catch a quota, see an
// address or do unmetered work.
namespace yoke::sandbox {

namespace {

// Called wherever a protected call has ended in an error: what is fatal goes on upwards.
void pass_on_fatal(lua_State* L, int status) {
  Governor& governor = governor_of(L);
  if (governor.dead()) governor.raise_again(L);
  if (status == LUA_ERRMEM) governor.raise(L, Bound::memory);
}

bool is_error(int status) { return status != LUA_OK && status != LUA_YIELD; }

int finish_pcall(lua_State* L, int status, lua_KContext) {
  if (is_error(status)) {
    pass_on_fatal(L, status);
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  return lua_gettop(L);  // "true" lies below the results
}

int base_pcall(lua_State* L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  const int status =
      lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, lua_continuation<finish_pcall>);
  return finish_pcall(L, status, 0);
}

int finish_handler(lua_State* L, int status, lua_KContext) {
  if (is_error(status)) pass_on_fatal(L, status);
  lua_pushboolean(L, 0);
  lua_replace(L, 1);
  return lua_gettop(L);
}

// The handler runs after the failed call is unwound, protected itself: no script code ever runs
// inside Lua's error handling, where hooks are off.
int finish_xpcall(lua_State* L, int status, lua_KContext) {
  if (!is_error(status)) {
    lua_pushboolean(L, 1);
    lua_replace(L, 1);
    return lua_gettop(L);
  }
  pass_on_fatal(L, status);
  lua_pushvalue(L, 1);
  lua_insert(L, -2);
  const int handled = lua_pcallk(L, 1, 1, 0, 0, lua_continuation<finish_handler>);
  return finish_handler(L, handled, 0);
}

int base_xpcall(lua_State* L) {
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 1);
  lua_copy(L, 2, 1);  // the handler waits in the first place
  lua_copy(L, -1, 2);
  lua_pop(L, 1);
  const int status =
      lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, lua_continuation<finish_xpcall>);
  return finish_xpcall(L, status, 0);
}

int base_tostring(lua_State* L) {
  luaL_checkany(L, 1);
  push_as_text(L, 1);
  return 1;
}

int base_tonumber(lua_State* L) {
  governor_of(L).charge_scan(L, text_at(L, 1).size());
  return stock().tonumber(L);
}

int base_print(lua_State* L) {
  CappedText line(L);
  const int count = lua_gettop(L);
  for (int i = 1; i <= count; ++i) {
    if (i > 1) line.append('\t');
    push_as_text(L, i);
    line.append(text_at(L, -1));
    lua_pop(L, 1);
  }
  write_log_line(L, "info", line.view());
  return 0;
}

// A name for a table, function or coroutine that tells two apart and is no address.
void push_identity(lua_State* L, int index, const char* kind) {
  const void* block = lua_topointer(L, index);
  if (lua_type(L, index) == LUA_TTHREAD) {
    block = static_cast<const char*>(block) - LUA_EXTRASPACE;
  } else if (lua_iscfunction(L, index) != 0 && lua_getupvalue(L, index, 1) == nullptr) {
    lua_pushfstring(L, "%s: builtin %d", kind, rank_of(lua_tocfunction(L, index)));
    return;
  } else if (lua_iscfunction(L, index) != 0) {
    lua_pop(L, 1);  // the upvalue
  }
  lua_pushfstring(L, "%s: %I", kind, static_cast<LUAI_UACINT>(Governor::age_of(block)));
}

bool push_by_metamethod(lua_State* L, int index) {
  if (luaL_getmetafield(L, index, "__tostring") != LUA_TNIL) {
    Boundary boundary(L, "a __tostring metamethod");
    lua_pushvalue(L, index);
    lua_call(L, 1, 1);
    if (lua_isstring(L, -1) == 0) luaL_error(L, "'__tostring' must return a string");
    lua_tolstring(L, -1, nullptr);  // a number becomes its text
    return true;
  }
  const int kind = luaL_getmetafield(L, index, "__name");
  if (kind == LUA_TNIL) return false;
  if (kind == LUA_TSTRING) {
    const char* name = lua_tostring(L, -1);
    push_identity(L, index, name);
    lua_remove(L, -2);
    return true;
  }
  lua_pop(L, 1);
  return false;
}

}  // namespace

void push_as_text(lua_State* L, int index) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 6, "tostring");
  const int type = lua_type(L, index);
  switch (type) {
    case LUA_TSTRING:
      lua_pushvalue(L, index);
      return;
    case LUA_TNIL:
      lua_pushliteral(L, "nil");
      return;
    case LUA_TBOOLEAN:
      lua_pushstring(L, lua_toboolean(L, index) != 0 ? "true" : "false");
      return;
    case LUA_TLIGHTUSERDATA:
      lua_pushliteral(L, "null");
      return;
    case LUA_TNUMBER:
      lua_pushvalue(L, index);
      lua_tolstring(L, -1, nullptr);
      return;
    default:
      break;
  }
  if (push_by_metamethod(L, index)) return;
  push_identity(L, index, lua_typename(L, type));
}

void open_base(lua_State* L) {
  const Stock& from = stock();
  const Entry entries[] = {
      {"assert", from.assert_},
      {"error", from.error},
      {"ipairs", from.ipairs},
      {"pcall", lua_entry<base_pcall>},
      {"print", lua_entry<base_print>},
      {"rawequal", from.rawequal},
      {"rawget", from.rawget},
      {"rawlen", from.rawlen},
      {"rawset", from.rawset},
      {"select", from.select},
      {"tonumber", lua_entry<base_tonumber>},
      {"tostring", lua_entry<base_tostring>},
      {"type", from.type},
      {"xpcall", lua_entry<base_xpcall>},
  };
  lua_pushglobaltable(L);
  set_functions(L, entries);
  lua_pushvalue(L, -1);
  lua_setfield(L, -2, "_G");
  lua_pushliteral(L, LUA_VERSION);
  lua_setfield(L, -2, "_VERSION");
  lua_pop(L, 1);
}

}  // namespace yoke::sandbox
