#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

// utf8: Lua's own functions with a charge for the bytes they may read.
namespace yoke::sandbox {

namespace {

int utf8_char(lua_State* L) {
  const int count = lua_gettop(L);
  CappedText out(L);
  for (int i = 1; i <= count; ++i) {
    const auto code = static_cast<lua_Unsigned>(luaL_checkinteger(L, i));
    luaL_argcheck(L, code <= 0x7FFFFFFFu, i, "value out of range");
    lua_pushfstring(L, "%U", static_cast<unsigned long>(code));
    out.append(text_at(L, -1));
    lua_pop(L, 1);
  }
  governor_of(L).charge(L, count);
  out.push();
  return 1;
}

int utf8_len(lua_State* L) {
  governor_of(L).charge_scan(L, check_text(L, 1).size());
  return stock().utf8_len(L);
}

int utf8_codepoint(lua_State* L) {
  const auto size = static_cast<lua_Integer>(check_text(L, 1).size());
  const lua_Integer first = luaL_optinteger(L, 2, 1);
  const lua_Integer last = luaL_optinteger(L, 3, first);
  if (first != last) governor_of(L).charge(L, size / 4);
  return stock().codepoint(L);
}

int utf8_offset(lua_State* L) {
  const auto size = static_cast<lua_Integer>(check_text(L, 1).size());
  const lua_Integer n = luaL_checkinteger(L, 2);
  const bool near = n > -64 && n < 64;
  governor_of(L).charge(L, near ? 8 : size / 8);
  return stock().offset(L);
}

}  // namespace

void open_utf8(lua_State* L) {
  const Entry entries[] = {
      {"char", lua_entry<utf8_char>},     {"codepoint", lua_entry<utf8_codepoint>},
      {"codes", stock().codes},           {"len", lua_entry<utf8_len>},
      {"offset", lua_entry<utf8_offset>},
  };
  lua_createtable(L, 0, static_cast<int>(std::size(entries)) + 1);
  set_functions(L, entries);
  lua_pushlstring(L, "[\0-\x7F\xC2-\xFD][\x80-\xBF]*", 14);
  lua_setfield(L, -2, "charpattern");
  lua_setglobal(L, "utf8");
}

}  // namespace yoke::sandbox
