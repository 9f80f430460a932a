#pragma once

#include <lua.hpp>
#include <span>

namespace yoke::sandbox {

class Context;

// Fills a fresh state's global table: exactly the names of module_table.h and the ones in
// environment.cpp. Raises on lack of memory, so it runs inside a protected call.
void open_environment(lua_State* L, Context& context);

// Functions of the stock libraries that are safe as they are, taken once per process.
struct Stock {
  lua_CFunction assert_, error, ipairs, rawequal, rawget, rawlen, rawset, select, tonumber, type;
  lua_CFunction byte, len, sub;
  lua_CFunction pack;
  lua_CFunction codepoint, codes, utf8_len, offset;
  struct Named {
    const char* name;
    lua_CFunction function;
  };
  Named math[24];
  Named string_arithmetic[8];  // "10" + 1
};
const Stock& stock();

// Each sets its globals.
void open_base(lua_State* L);
void open_traversal(lua_State* L);   // next, pairs
void open_metatables(lua_State* L);  // setmetatable, getmetatable
void open_coroutine(lua_State* L);
void open_string(lua_State* L);
void open_utf8(lua_State* L);
void open_table(lua_State* L);
void open_math(lua_State* L);
void open_os(lua_State* L);
void open_json(lua_State* L);
void open_text(lua_State* L);
void open_time(lua_State* L);
void open_crypto(lua_State* L);
void open_log(lua_State* L);
void open_definitions(lua_State* L);  // tool, agent, workflow, model, tests, check, schema
void open_require(lua_State* L);
void open_host_modules(lua_State* L);

// What tostring() gives, pushed: never an address. Calls __tostring.
void push_as_text(lua_State* L, int index);
// The metatable that marks a list, so that an empty one stays one.
void push_array_mark(lua_State* L);
bool is_array_mark(lua_State* L, int index);  // of a metatable

// ctx.progress and ctx.log, into the table on top.
void add_context_functions(lua_State* L);

// A number for a C function that is the same in every process; 0 for one that is no library's.
int rank_of(lua_CFunction function);

}  // namespace yoke::sandbox
