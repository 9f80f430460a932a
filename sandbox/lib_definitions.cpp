#include "sandbox/context.h"
#include "sandbox/definitions.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"
#include "sandbox/program.h"

// tool, agent, workflow, model, tests, backend, check and hook mark a table as a definition; schema
// wraps a full JSON Schema; require loads one of the libraries the program came with.
namespace yoke::sandbox {

namespace {

constexpr const char* kKinds[] = {"tool",  "agent",   "workflow", "model",
                                  "tests", "backend", "check",    "hook"};
constexpr lua_Integer kLineBits = 32;

// Upvalues: the kind; whether it is called through a module of the same name, which then comes
// first.
int mark_definition(lua_State* L) {
  if (lua_toboolean(L, lua_upvalueindex(2)) != 0) lua_remove(L, 1);
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_Debug frame{};
  int line = 0;
  if (lua_getstack(L, 1, &frame) != 0 && lua_getinfo(L, "l", &frame) != 0) line = frame.currentline;
  const lua_Integer kind = lua_tointeger(L, lua_upvalueindex(1));
  push_slot_table(L, Slot::marks);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, kind << kLineBits | (line > 0 ? line : 0));
  lua_rawset(L, -3);
  lua_settop(L, 1);
  return 1;
}

int wrap_schema(lua_State* L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "$schema_full");
  return 1;
}

int base_require(lua_State* L) {
  const std::string_view name = check_text(L, 1);
  lua_settop(L, 1);
  push_slot_table(L, Slot::loaded);
  lua_pushvalue(L, 1);
  const int kind = lua_rawget(L, 2);
  if (kind == LUA_TLIGHTUSERDATA) {
    return luaL_error(L, "library '%s' requires itself", lua_tostring(L, 1));
  }
  if (kind != LUA_TNIL) return 1;
  Context& context = context_of(L);
  const Program::Chunk* chunk = context.program->library(name);
  if (chunk == nullptr) {
    return luaL_error(L, "no library '%s' came with this script", lua_tostring(L, 1));
  }
  lua_pushvalue(L, 1);
  lua_pushlightuserdata(L, nullptr);
  lua_rawset(L, 2);  // being loaded
  context.charge(L, 100 + static_cast<std::int64_t>(chunk->bytecode.size() / 32));
  load_chunk(L, *chunk);
  lua_pushvalue(L, 1);
  {
    Boundary boundary(L, "the body of a library");
    lua_call(L, 1, 1);
  }
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
  }
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, 2);
  return 1;
}

}  // namespace

std::optional<Mark> mark_of(lua_State* L, int index) {
  if (!lua_istable(L, index)) return std::nullopt;
  index = lua_absindex(L, index);
  push_slot_table(L, Slot::marks);
  lua_pushvalue(L, index);
  const bool marked = lua_rawget(L, -2) == LUA_TNUMBER;
  const lua_Integer mark = lua_tointeger(L, -1);
  lua_pop(L, 2);
  if (!marked) return std::nullopt;
  const auto line = static_cast<int>(mark & ((lua_Integer{1} << kLineBits) - 1));
  return Mark{kKinds[mark >> kLineBits], line};
}

void push_library(lua_State* L, std::string_view name) {
  const Program::Chunk* chunk = context_of(L).program->library(name);
  if (chunk == nullptr) luaL_error(L, "this program has no library '%s'", name.data());
  load_chunk(L, *chunk);
}

void push_kit(lua_State* L, std::string_view name) {
  push_library(L, name);
  lua_call(L, 0, 1);
}

// Runs after the host modules are open: where `model` is a module (model.ask), calling it defines.
void open_definitions(lua_State* L) {
  lua_Integer kind = 0;
  for (const char* name : kKinds) {
    const bool is_module = lua_getglobal(L, name) == LUA_TTABLE;
    lua_pushinteger(L, kind++);
    lua_pushboolean(L, is_module ? 1 : 0);
    lua_pushcclosure(L, lua_entry<mark_definition>, 2);
    if (is_module) {
      lua_createtable(L, 0, 1);
      lua_insert(L, -2);
      lua_setfield(L, -2, "__call");
      lua_setmetatable(L, -2);
    } else {
      lua_setglobal(L, name);
    }
    lua_pop(L, 1);
  }
  lua_pushcfunction(L, lua_entry<wrap_schema>);
  lua_setglobal(L, "schema");
}

void open_require(lua_State* L) {
  lua_pushcfunction(L, lua_entry<base_require>);
  lua_setglobal(L, "require");
}

}  // namespace yoke::sandbox
