#pragma once

#include <exception>
#include <lua.hpp>
#include <new>
#include <string>
#include <string_view>

#include "sandbox/governor.h"

namespace yoke::sandbox {

// Restores the height of a stack on every way out. For host code that drives Lua from outside;
// never inside a function that Lua calls, where unwinding would run it before Lua has read the
// error.
class StackGuard {
 public:
  explicit StackGuard(lua_State* L) : L_(L), top_(lua_gettop(L)) {}
  ~StackGuard() { lua_settop(L_, top_); }
  StackGuard(const StackGuard&) = delete;
  StackGuard& operator=(const StackGuard&) = delete;

 private:
  lua_State* L_;
  int top_;
};

// Runs what Lua calls, so that no C++ exception enters Lua. Lua's own errors are exceptions too, of
// a type that no handler here names: they pass.
template <class Body>
int enter(lua_State* L, Body body) {
  bool out_of_memory = false;
  try {
    return body();
  } catch (const std::bad_alloc&) {
    out_of_memory = true;
  } catch (const std::exception& e) {
    lua_pushstring(L, e.what());
  }
  if (out_of_memory) governor_of(L).raise(L, Bound::memory);
  return lua_error(L);
}

template <int (*body)(lua_State*)>
int lua_entry(lua_State* L) {
  return enter(L, [L] { return body(L); });
}

template <int (*body)(lua_State*, int, lua_KContext)>
int lua_continuation(lua_State* L, int status, lua_KContext context) {
  return enter(L, [&] { return body(L, status, context); });
}

inline void push(lua_State* L, std::string_view text) {
  lua_pushlstring(L, text.data(), text.size());
}

// The argument as text; numbers are converted in place, anything else is an error.
inline std::string_view check_text(lua_State* L, int index) {
  std::size_t size = 0;
  const char* data = luaL_checklstring(L, index, &size);
  return {data, size};
}

inline std::string_view text_at(lua_State* L, int index) {  // of a string, or empty
  if (lua_type(L, index) != LUA_TSTRING) return {};
  std::size_t size = 0;
  const char* data = lua_tolstring(L, index, &size);
  return {data, size};
}

// A function of a library table.
struct Entry {
  const char* name;
  lua_CFunction function;
};

template <std::size_t n>
void set_functions(lua_State* L, const Entry (&entries)[n]) {  // into the table on top
  for (const Entry& entry : entries) {
    lua_pushcfunction(L, entry.function);
    lua_setfield(L, -2, entry.name);
  }
}

}  // namespace yoke::sandbox
