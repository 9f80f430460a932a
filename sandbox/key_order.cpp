#include "sandbox/key_order.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

namespace yoke::sandbox {

namespace {

enum class Rank : std::uint8_t { positive, number, string, boolean, null, builtin, object };

struct Key {
  Rank rank = Rank::null;
  bool is_float = false;
  std::uint32_t text_size = 0;
  lua_Integer place = 0;  // in the list of keys as they were found
  union {
    lua_Integer integer = 0;
    lua_Number number;
    const char* text;
    std::uint64_t age;
  };
};

Key integer_key(Rank rank, lua_Integer value) {
  Key key;
  key.rank = rank;
  key.integer = value;
  return key;
}

Key object_key(lua_State* L, int index) {
  const auto* block = static_cast<const char*>(lua_topointer(L, index));
  Key key;
  key.rank = Rank::object;
  if (lua_type(L, index) == LUA_TTHREAD) {
    block -= LUA_EXTRASPACE;
  } else if (lua_iscfunction(L, index) != 0) {
    if (lua_getupvalue(L, index, 1) == nullptr) {
      return integer_key(Rank::builtin, rank_of(lua_tocfunction(L, index)));
    }
    lua_pop(L, 1);
  }
  key.age = Governor::age_of(block);
  return key;
}

Key key_at(lua_State* L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TNUMBER: {
      if (lua_isinteger(L, index) != 0) {
        const lua_Integer value = lua_tointeger(L, index);
        return integer_key(value > 0 ? Rank::positive : Rank::number, value);
      }
      Key key;
      key.rank = Rank::number;
      key.is_float = true;
      key.number = lua_tonumber(L, index);
      return key;
    }
    case LUA_TSTRING: {
      Key key;
      const std::string_view text = text_at(L, index);
      key.rank = Rank::string;
      key.text = text.data();
      key.text_size = static_cast<std::uint32_t>(text.size());
      return key;
    }
    case LUA_TBOOLEAN:
      return integer_key(Rank::boolean, lua_toboolean(L, index));
    case LUA_TLIGHTUSERDATA:
      return integer_key(Rank::null, 0);
    default:
      return object_key(L, index);
  }
}

// A float key is never equal to an integer one: Lua keeps 2.0 as 2.
bool integer_less_float(lua_Integer left, lua_Number right) {
  if (right >= 0x1p63) return true;
  if (right < -0x1p63) return false;
  return left <= static_cast<lua_Integer>(std::floor(right));
}

bool number_less(const Key& left, const Key& right) {
  if (left.is_float && right.is_float) return left.number < right.number;
  if (left.is_float) return !integer_less_float(right.integer, left.number);
  if (right.is_float) return integer_less_float(left.integer, right.number);
  return left.integer < right.integer;
}

bool less(const Key& left, const Key& right) {
  if (left.rank != right.rank) return left.rank < right.rank;
  switch (left.rank) {
    case Rank::string:
      return std::string_view(left.text, left.text_size) <
             std::string_view(right.text, right.text_size);
    case Rank::number:
      return number_less(left, right);
    case Rank::object:
      return left.age < right.age;
    default:
      return left.integer < right.integer;
  }
}

bool is_skipped(lua_State* L, int index, lua_Integer skip) {
  if (lua_isinteger(L, index) == 0) return false;
  const lua_Integer value = lua_tointeger(L, index);
  return value >= 1 && value <= skip;
}

// Pushes the keys as they come, and tells whether they came in order already.
lua_Integer push_found_keys(lua_State* L, int table, lua_Integer skip) {
  lua_newtable(L);
  const int found = lua_gettop(L);
  lua_Integer count = 0;
  std::int64_t seen = 0;
  lua_pushnil(L);
  while (lua_next(L, table) != 0) {
    lua_pop(L, 1);
    ++seen;
    if (is_skipped(L, -1, skip)) continue;
    lua_pushvalue(L, -1);
    lua_rawseti(L, found, ++count);
  }
  governor_of(L).charge(L, 1 + seen / 4);
  return count;
}

// Replaces the list on top by one in order. `keys` has room for all of them.
void sort_found_keys(lua_State* L, Key* keys, lua_Integer count) {
  const int found = lua_gettop(L);
  std::size_t text_bytes = 0;
  for (lua_Integer i = 0; i < count; ++i) {
    lua_rawgeti(L, found, i + 1);
    keys[i] = key_at(L, -1);
    keys[i].place = i + 1;
    text_bytes += keys[i].text_size;
    lua_pop(L, 1);
  }
  governor_of(L).charge_copy(L, text_bytes);
  if (std::is_sorted(keys, keys + count, less)) return;
  const auto depth = static_cast<std::size_t>(std::log2(static_cast<double>(count + 1)));
  governor_of(L).charge(L, static_cast<std::int64_t>(static_cast<std::size_t>(count) * depth / 4));
  governor_of(L).charge_copy(L, text_bytes * depth);
  std::sort(keys, keys + count, less);
  lua_createtable(L, static_cast<int>(count), 0);
  for (lua_Integer i = 0; i < count; ++i) {
    lua_rawgeti(L, found, keys[i].place);
    lua_rawseti(L, -2, i + 1);
  }
  lua_remove(L, found);
}

}  // namespace

bool key_before(lua_State* L, int left, int right) {
  return less(key_at(L, lua_absindex(L, left)), key_at(L, lua_absindex(L, right)));
}

lua_Integer push_sorted_keys(lua_State* L, int table, lua_Integer skip) {
  constexpr lua_Integer kFew = 32;
  luaL_checkstack(L, 8, "pairs");
  table = lua_absindex(L, table);
  const lua_Integer count = push_found_keys(L, table, skip);
  if (count <= kFew) {
    Key few[kFew];
    sort_found_keys(L, few, count);
    return count;
  }
  // Scratch memory from Lua itself, so that it counts.
  void* scratch = lua_newuserdatauv(L, static_cast<std::size_t>(count) * sizeof(Key), 0);
  lua_insert(L, -2);
  sort_found_keys(L, static_cast<Key*>(scratch), count);
  lua_remove(L, -2);
  return count;
}

void push_first_key(lua_State* L, int table) {
  luaL_checkstack(L, 8, "next");
  table = lua_absindex(L, table);
  if (lua_rawgeti(L, table, 1) != LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushinteger(L, 1);
    return;
  }
  std::int64_t seen = 0;
  std::size_t text_bytes = 0;
  lua_pushnil(L);  // below: the least so far (the nil that was t[1]); on top: the walk's key
  while (lua_next(L, table) != 0) {
    lua_pop(L, 1);
    ++seen;
    const Key key = key_at(L, lua_gettop(L));
    text_bytes += key.text_size;
    if (lua_isnil(L, -2) || less(key, key_at(L, lua_gettop(L) - 1))) lua_copy(L, -1, -2);
  }
  governor_of(L).charge(L, seen / 4);
  governor_of(L).charge_copy(L, text_bytes);
}

}  // namespace yoke::sandbox
