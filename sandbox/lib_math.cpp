#include <cmath>
#include <limits>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

// math: Lua's own, except random, which comes from the call's seed.
namespace yoke::sandbox {

namespace {

// A number below `count` (0 is 2^64), each as likely as the others.
std::uint64_t random_below(SeededRandom& random, std::uint64_t count) {
  if (count == 0) return random.next();
  const std::uint64_t uneven = (0 - count) % count;  // 2^64 mod count
  std::uint64_t drawn = random.next();
  while (drawn < uneven) drawn = random.next();
  return drawn % count;
}

int math_random(lua_State* L) {
  SeededRandom& random = context_of(L).random;
  lua_Integer low = 1;
  lua_Integer high = 0;
  switch (lua_gettop(L)) {
    case 0:
      lua_pushnumber(L, static_cast<double>(random.next() >> 11) * 0x1p-53);
      return 1;
    case 1:
      high = luaL_checkinteger(L, 1);
      if (high == 0) {
        lua_pushinteger(L, static_cast<lua_Integer>(random.next()));
        return 1;
      }
      break;
    case 2:
      low = luaL_checkinteger(L, 1);
      high = luaL_checkinteger(L, 2);
      break;
    default:
      return luaL_error(L, "wrong number of arguments");
  }
  luaL_argcheck(L, low <= high, lua_gettop(L), "interval is empty");
  const auto base = static_cast<std::uint64_t>(low);
  const std::uint64_t drawn = random_below(random, static_cast<std::uint64_t>(high) - base + 1);
  lua_pushinteger(L, static_cast<lua_Integer>(base + drawn));
  return 1;
}

}  // namespace

void open_math(lua_State* L) {
  lua_createtable(L, 0, 28);
  for (const Stock::Named& entry : stock().math) {
    if (entry.name == nullptr) continue;
    lua_pushcfunction(L, entry.function);
    lua_setfield(L, -2, entry.name);
  }
  lua_pushcfunction(L, lua_entry<math_random>);
  lua_setfield(L, -2, "random");
  lua_pushnumber(L, std::acos(-1.0));
  lua_setfield(L, -2, "pi");
  lua_pushnumber(L, std::numeric_limits<double>::infinity());
  lua_setfield(L, -2, "huge");
  lua_pushinteger(L, LUA_MAXINTEGER);
  lua_setfield(L, -2, "maxinteger");
  lua_pushinteger(L, LUA_MININTEGER);
  lua_setfield(L, -2, "mininteger");
  lua_setglobal(L, "math");
}

}  // namespace yoke::sandbox
