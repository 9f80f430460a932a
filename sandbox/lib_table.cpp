#include <algorithm>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"
#include "sandbox/table_sort.h"

// The table library: counts are clamped, every element is charged, metamethods are honoured.
namespace yoke::sandbox {

namespace {

constexpr lua_Integer kUnpackMax = 10'000;

// The length, by __len where there is one; over the quota is fatal.
lua_Integer check_length(lua_State* L, int index) {
  luaL_checktype(L, index, LUA_TTABLE);
  const lua_Integer length = luaL_len(L, index);
  governor_of(L).check_list(L, length);
  return length;
}

int table_insert(lua_State* L) {
  Boundary boundary(L, "a metamethod that table.insert runs");
  const lua_Integer end = check_length(L, 1) + 1;
  const int count = lua_gettop(L);
  if (count == 2) {
    lua_seti(L, 1, end);
    return 0;
  }
  if (count != 3) return luaL_error(L, "wrong number of arguments to 'insert'");
  const lua_Integer at = luaL_checkinteger(L, 2);
  luaL_argcheck(L, at >= 1 && at <= end, 2, "position out of bounds");
  governor_of(L).charge(L, 1 + (end - at));
  for (lua_Integer i = end; i > at; --i) {
    lua_geti(L, 1, i - 1);
    lua_seti(L, 1, i);
  }
  lua_seti(L, 1, at);
  return 0;
}

int table_remove(lua_State* L) {
  Boundary boundary(L, "a metamethod that table.remove runs");
  const lua_Integer length = check_length(L, 1);
  lua_Integer at = luaL_optinteger(L, 2, length);
  if (lua_gettop(L) >= 2) {
    const bool inside = length + 1 == at || (at >= 1 && at <= length) || (length == 0 && at == 0);
    luaL_argcheck(L, inside, 2, "position out of bounds");
  }
  governor_of(L).charge(L, 1 + std::max<lua_Integer>(0, length - at));
  lua_geti(L, 1, at);
  for (; at < length; ++at) {
    lua_geti(L, 1, at + 1);
    lua_seti(L, 1, at);
  }
  lua_pushnil(L);
  lua_seti(L, 1, at);
  return 1;
}

int table_move(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  const lua_Integer from = luaL_checkinteger(L, 2);
  const lua_Integer last = luaL_checkinteger(L, 3);
  const lua_Integer to = luaL_checkinteger(L, 4);
  const int target = lua_isnoneornil(L, 5) ? 1 : 5;
  luaL_checktype(L, target, LUA_TTABLE);
  if (last < from) {
    lua_pushvalue(L, target);
    return 1;
  }
  Governor& governor = governor_of(L);
  luaL_argcheck(L, from > 0 || last < LUA_MAXINTEGER + from, 3, "too many elements to move");
  const lua_Integer count = last - from + 1;
  governor.check_list(L, count);
  luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
  governor.charge(L, count);
  Boundary boundary(L, "a metamethod that table.move runs");
  const bool forwards = to > last || to <= from || (target != 1 && lua_rawequal(L, 1, target) == 0);
  for (lua_Integer i = 0; i < count; ++i) {
    const lua_Integer step = forwards ? i : count - 1 - i;
    lua_geti(L, 1, from + step);
    lua_seti(L, target, to + step);
  }
  lua_pushvalue(L, target);
  return 1;
}

int table_concat(lua_State* L) {
  Boundary boundary(L, "a metamethod that table.concat runs");
  const lua_Integer length = check_length(L, 1);
  const std::string_view separator = lua_isnoneornil(L, 2) ? std::string_view() : check_text(L, 2);
  const lua_Integer first = luaL_optinteger(L, 3, 1);
  const lua_Integer last = luaL_optinteger(L, 4, length);
  Governor& governor = governor_of(L);
  CappedText out(L);
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 4, "too many elements");
    governor.check_list(L, last - first + 1);
    governor.charge(L, last - first + 1);
  }
  for (lua_Integer i = first; i <= last; ++i) {
    lua_geti(L, 1, i);
    if (lua_isstring(L, -1) == 0) {
      return luaL_error(L, "invalid value (%s) at index %I in table for 'concat'",
                        luaL_typename(L, -1), static_cast<LUAI_UACINT>(i));
    }
    lua_tolstring(L, -1, nullptr);
    out.append(text_at(L, -1));
    lua_pop(L, 1);
    if (i == last) break;  // the last one may be the largest integer
    out.append(separator);
  }
  out.push();
  return 1;
}

int table_unpack(lua_State* L) {
  const lua_Integer first = luaL_optinteger(L, 2, 1);
  const lua_Integer last = lua_isnoneornil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
  if (last < first) return 0;
  const auto count = static_cast<lua_Unsigned>(last) - static_cast<lua_Unsigned>(first);
  if (count >= static_cast<lua_Unsigned>(kUnpackMax)) {
    return luaL_error(L, "too many results to unpack (at most %I)",
                      static_cast<LUAI_UACINT>(kUnpackMax));
  }
  governor_of(L).charge(L, 1 + static_cast<lua_Integer>(count));
  const int results = static_cast<int>(count) + 1;
  luaL_checkstack(L, results, "too many results to unpack");
  Boundary boundary(L, "a metamethod that table.unpack runs");
  for (lua_Integer i = 0; i < results; ++i) lua_geti(L, 1, first + i);
  return results;
}

}  // namespace

void open_table(lua_State* L) {
  const Entry entries[] = {
      {"concat", lua_entry<table_concat>}, {"insert", lua_entry<table_insert>},
      {"move", lua_entry<table_move>},     {"pack", stock().pack},
      {"remove", lua_entry<table_remove>}, {"sort", lua_entry<table_sort>},
      {"unpack", lua_entry<table_unpack>},
  };
  lua_createtable(L, 0, static_cast<int>(std::size(entries)));
  set_functions(L, entries);
  lua_setglobal(L, "table");
}

}  // namespace yoke::sandbox
