#include "runtime/base/ensure.h"
#include "sandbox/environment.h"

namespace yoke::sandbox {

namespace {

lua_CFunction take(lua_State* L, const char* library, const char* name) {
  lua_getglobal(L, library);
  lua_getfield(L, -1, name);
  lua_CFunction function = lua_tocfunction(L, -1);
  ENSURE(function != nullptr);
  lua_pop(L, 2);
  return function;
}

void take_base(lua_State* L, Stock& stock) {
  stock.assert_ = take(L, "_G", "assert");
  stock.error = take(L, "_G", "error");
  stock.ipairs = take(L, "_G", "ipairs");
  stock.rawequal = take(L, "_G", "rawequal");
  stock.rawget = take(L, "_G", "rawget");
  stock.rawlen = take(L, "_G", "rawlen");
  stock.rawset = take(L, "_G", "rawset");
  stock.select = take(L, "_G", "select");
  stock.tonumber = take(L, "_G", "tonumber");
  stock.type = take(L, "_G", "type");
  stock.byte = take(L, "string", "byte");
  stock.len = take(L, "string", "len");
  stock.sub = take(L, "string", "sub");
  stock.pack = take(L, "table", "pack");
  stock.codepoint = take(L, "utf8", "codepoint");
  stock.codes = take(L, "utf8", "codes");
  stock.utf8_len = take(L, "utf8", "len");
  stock.offset = take(L, "utf8", "offset");
}

void take_math(lua_State* L, Stock& stock) {
  static constexpr const char* kNames[] = {
      "abs", "acos", "asin", "atan", "ceil", "cos",  "deg", "exp",       "floor", "fmod", "log",
      "max", "min",  "modf", "rad",  "sin",  "sqrt", "tan", "tointeger", "type",  "ult"};
  std::size_t at = 0;
  for (const char* name : kNames) stock.math[at++] = {name, take(L, "math", name)};
  static constexpr const char* kOperators[] = {"__add", "__sub", "__mul",  "__mod",
                                               "__pow", "__div", "__idiv", "__unm"};
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_setglobal(L, "string_meta");
  at = 0;
  for (const char* name : kOperators) {
    stock.string_arithmetic[at++] = {name, take(L, "string_meta", name)};
  }
}

Stock harvest() {
  Stock stock{};
  lua_State* L = luaL_newstate();
  ENSURE(L != nullptr);
  static constexpr luaL_Reg kLibraries[] = {{"_G", luaopen_base},
                                            {"string", luaopen_string},
                                            {"table", luaopen_table},
                                            {"math", luaopen_math},
                                            {"utf8", luaopen_utf8}};
  for (const luaL_Reg& library : kLibraries) {
    luaL_requiref(L, library.name, library.func, 1);
    lua_pop(L, 1);
  }
  take_base(L, stock);
  take_math(L, stock);
  lua_close(L);
  return stock;
}

}  // namespace

const Stock& stock() {
  static const Stock kStock = harvest();
  return kStock;
}

}  // namespace yoke::sandbox
