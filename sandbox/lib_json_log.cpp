#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"
#include "sandbox/value.h"

// The modules json and log.
namespace yoke::sandbox {

namespace {

int json_encode(lua_State* L) {
  luaL_checkany(L, 1);
  Governor& governor = governor_of(L);
  ReadOptions options;
  options.root = "value";
  options.bytes_max = 2 * static_cast<std::size_t>(governor.quota().string_bytes_max);
  const Reading reading = read_json(L, 1, options);
  if (reading.too_large) governor.raise(L, Bound::string_bytes);
  if (!reading.problem.empty()) return luaL_error(L, "%s", reading.problem.c_str());
  const std::string text = to_text(reading.value);
  governor.check_string(L, text.size());
  push(L, text);
  return 1;
}

int json_decode(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  Governor& governor = governor_of(L);
  governor.charge(L, 1 + static_cast<std::int64_t>(text.size() / 4));
  JsonLimits limits;
  limits.text_bytes_max = static_cast<std::size_t>(governor.quota().string_bytes_max);
  limits.depth_max = static_cast<std::size_t>(governor.quota().json_depth_max);
  limits.nodes_max = static_cast<std::size_t>(governor.quota().json_nodes_max);
  const Result<Json> value = parse_json(text, limits);
  if (!value) return luaL_error(L, "%s", value.error().message().c_str());
  push_json(L, *value);
  return 1;
}

int json_array(lua_State* L) {
  if (lua_isnoneornil(L, 1)) {
    lua_settop(L, 0);
    lua_newtable(L);
  }
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  if (lua_getmetatable(L, 1) != 0 && !is_array_mark(L, -1)) {
    return luaL_error(L, "json.array: the table has a metatable of its own");
  }
  push_array_mark(L);
  lua_setmetatable(L, 1);
  lua_settop(L, 1);
  return 1;
}

int write_log(lua_State* L) {
  const char* level = lua_tostring(L, lua_upvalueindex(1));
  const int count = lua_gettop(L);
  CappedText line(L);
  for (int i = 1; i <= count; ++i) {
    if (i > 1) line.append(' ');
    push_as_text(L, i);
    line.append(text_at(L, -1));
    lua_pop(L, 1);
  }
  write_log_line(L, level, line.view());
  return 0;
}

constexpr Entry kJson[] = {
    {"array", lua_entry<json_array>},
    {"decode", lua_entry<json_decode>},
    {"encode", lua_entry<json_encode>},
};

}  // namespace

void open_json(lua_State* L) {
  lua_createtable(L, 0, static_cast<int>(std::size(kJson)) + 1);
  set_functions(L, kJson);
  lua_pushlightuserdata(L, nullptr);
  lua_setfield(L, -2, "null");
  lua_setglobal(L, "json");
}

void open_log(lua_State* L) {
  lua_createtable(L, 0, 4);
  for (const char* level : {"debug", "info", "warn", "error"}) {
    lua_pushstring(L, level);
    lua_pushvalue(L, -1);
    lua_pushcclosure(L, lua_entry<write_log>, 1);
    lua_rawset(L, -3);
  }
  lua_setglobal(L, "log");
}

}  // namespace yoke::sandbox
