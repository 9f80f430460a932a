#include <algorithm>
#include <cstring>

#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"
#include "sandbox/string_format.h"
#include "sandbox/string_match.h"

// The string library: every function charges for the bytes it touches, and no string grows past the
// quota.
namespace yoke::sandbox {

namespace {

template <unsigned char (*convert)(unsigned char)>
int convert_text(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  governor_of(L).charge_scan(L, text.size());
  CappedText out(L);
  std::transform(text.begin(), text.end(), out.extend(text.size()),
                 [](char c) { return static_cast<char>(convert(static_cast<unsigned char>(c))); });
  out.push();
  return 1;
}

unsigned char to_lower(unsigned char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<unsigned char>(c + 32) : c;
}
unsigned char to_upper(unsigned char c) {
  return c >= 'a' && c <= 'z' ? static_cast<unsigned char>(c - 32) : c;
}

int string_reverse(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  governor_of(L).charge_scan(L, text.size());
  CappedText out(L);
  std::reverse_copy(text.begin(), text.end(), out.extend(text.size()));
  out.push();
  return 1;
}

int string_rep(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  const lua_Integer count = luaL_checkinteger(L, 2);
  const std::string_view separator = lua_isnoneornil(L, 3) ? std::string_view() : check_text(L, 3);
  const std::size_t unit = text.size() + separator.size();
  if (count <= 0 || unit == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  Governor& governor = governor_of(L);
  const auto limit = static_cast<std::size_t>(governor.quota().string_bytes_max);
  const auto times = static_cast<std::size_t>(count);
  if (times > (limit + separator.size()) / unit) governor.raise(L, Bound::string_bytes);
  const std::size_t total = times * unit - separator.size();
  governor.charge_copy(L, total);
  CappedText out(L);
  char* const begin = out.extend(total);
  const std::size_t first = std::min(unit, total);
  std::memcpy(begin, text.data(), text.size());
  if (first > text.size()) std::memcpy(begin + text.size(), separator.data(), separator.size());
  for (std::size_t filled = first;
       filled < total;) {  // copies what is there, twice as much each time
    const std::size_t more = std::min(filled, total - filled);
    std::memcpy(begin + filled, begin, more);
    filled += more;
  }
  out.push();
  return 1;
}

int string_char(lua_State* L) {
  const int count = lua_gettop(L);
  CappedText out(L);
  for (int i = 1; i <= count; ++i) {
    const auto code = static_cast<lua_Unsigned>(luaL_checkinteger(L, i));
    luaL_argcheck(L, code <= 255, i, "value out of range");
    out.append(static_cast<char>(code));
  }
  governor_of(L).charge(L, count / 8);
  out.push();
  return 1;
}

int string_byte(lua_State* L) {
  const auto size = static_cast<lua_Integer>(check_text(L, 1).size());
  const lua_Integer first = luaL_optinteger(L, 2, 1);
  const lua_Integer last = luaL_optinteger(L, 3, first);
  if (first != last) governor_of(L).charge(L, size / 4);
  return stock().byte(L);
}

int string_sub(lua_State* L) {
  const int results = stock().sub(L);
  governor_of(L).charge_copy(L, text_at(L, -1).size());
  return results;
}

}  // namespace

void open_string(lua_State* L) {
  const Entry entries[] = {
      {"byte", lua_entry<string_byte>},
      {"char", lua_entry<string_char>},
      {"find", lua_entry<string_find>},
      {"format", lua_entry<string_format>},
      {"gmatch", lua_entry<string_gmatch>},
      {"gsub", lua_entry<string_gsub>},
      {"len", stock().len},
      {"lower", lua_entry<convert_text<to_lower>>},
      {"match", lua_entry<string_match>},
      {"rep", lua_entry<string_rep>},
      {"reverse", lua_entry<string_reverse>},
      {"sub", lua_entry<string_sub>},
      {"upper", lua_entry<convert_text<to_upper>>},
  };
  lua_createtable(L, 0, static_cast<int>(std::size(entries)));
  set_functions(L, entries);
  lua_pushliteral(L, "");
  lua_createtable(L, 0, 10);
  for (const Stock::Named& entry : stock().string_arithmetic) {
    lua_pushcfunction(L, entry.function);
    lua_setfield(L, -2, entry.name);
  }
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pop(L, 1);
  lua_setglobal(L, "string");
}

}  // namespace yoke::sandbox
