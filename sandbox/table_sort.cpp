#include "sandbox/table_sort.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

namespace yoke::sandbox {

namespace {

// Stack: the table at 1, the comparator (or nil) at 2, two lists of scratch at 3 and 4.
constexpr int kComparator = 2;

// Strings by their bytes, as `<` orders them in the C locale, but charged for what is compared.
bool text_before(lua_State* L, std::string_view left, std::string_view right) {
  constexpr std::size_t kBlockBytes = 4'096;
  Governor& governor = governor_of(L);
  if (left.data() == right.data()) return false;
  const std::size_t common = std::min(left.size(), right.size());
  for (std::size_t at = 0; at < common; at += kBlockBytes) {
    const std::size_t size = std::min(kBlockBytes, common - at);
    const int order = left.substr(at, size).compare(right.substr(at, size));
    if (order != 0) return order < 0;
    governor.charge_copy(L, size);
  }
  return left.size() < right.size();
}

bool comes_before(lua_State* L, int left, int right) {
  if (lua_isnil(L, kComparator)) {
    const bool texts = lua_type(L, left) == LUA_TSTRING && lua_type(L, right) == LUA_TSTRING;
    if (texts) return text_before(L, text_at(L, left), text_at(L, right));
    return lua_compare(L, left, right, LUA_OPLT) != 0;
  }
  lua_pushvalue(L, kComparator);
  lua_pushvalue(L, left);
  lua_pushvalue(L, right);
  lua_call(L, 2, 1);
  const bool before = lua_toboolean(L, -1) != 0;
  lua_pop(L, 1);
  return before;
}

// Merges from[low, middle) and from[middle, high) into `to`. Indexes count from 1.
void merge(lua_State* L, int from, int to, lua_Integer low, lua_Integer middle, lua_Integer high) {
  lua_Integer left = low;
  lua_Integer right = middle;
  lua_Integer out = low;
  while (left < middle && right < high) {
    lua_rawgeti(L, from, left);
    lua_rawgeti(L, from, right);
    const int top = lua_gettop(L);
    if (comes_before(L, top, top - 1)) {
      lua_rawseti(L, to, out++);
      lua_pop(L, 1);
      ++right;
    } else {
      lua_pop(L, 1);
      lua_rawseti(L, to, out++);
      ++left;
    }
  }
  for (; left < middle; ++left) {
    lua_rawgeti(L, from, left);
    lua_rawseti(L, to, out++);
  }
  for (; right < high; ++right) {
    lua_rawgeti(L, from, right);
    lua_rawseti(L, to, out++);
  }
}

// A comparator that says of an element that it comes before itself cannot order anything.
void check_comparator(lua_State* L) {
  if (lua_isnil(L, kComparator)) return;
  lua_rawgeti(L, 3, 1);
  const int top = lua_gettop(L);
  if (comes_before(L, top, top)) luaL_error(L, "invalid order function for sorting");
  lua_pop(L, 1);
}

}  // namespace

int table_sort(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!lua_isnoneornil(L, 2)) luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_settop(L, 2);
  Boundary boundary(L, "a table.sort comparator");
  Governor& governor = governor_of(L);
  const lua_Integer count = luaL_len(L, 1);
  if (count < 2) return 0;
  governor.check_list(L, count);
  governor.charge(L, count);
  lua_createtable(L, static_cast<int>(count), 0);
  lua_createtable(L, static_cast<int>(count), 0);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_geti(L, 1, i);
    lua_rawseti(L, 3, i);
  }
  check_comparator(L);
  int from = 3;
  int to = 4;
  for (lua_Integer width = 1; width < count; width *= 2) {
    governor.charge(L, count);
    for (lua_Integer low = 1; low <= count; low += 2 * width) {
      merge(L, from, to, low, std::min(low + width, count + 1),
            std::min(low + 2 * width, count + 1));
    }
    std::swap(from, to);
  }
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(L, from, i);
    lua_seti(L, 1, i);
  }
  return 0;
}

}  // namespace yoke::sandbox
