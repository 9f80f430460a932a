#pragma once

#include <lua.hpp>
#include <optional>
#include <string_view>

namespace yoke::sandbox {

// What tool {…}, agent {…} and the like note of a table.
struct Mark {
  const char* kind;
  int line;
};
std::optional<Mark> mark_of(lua_State* L, int index);

// What the program's library of that name returns: kTestKit, kFlowKit. Raises when the program has
// none.
void push_kit(lua_State* L, std::string_view name);
// The library's body as a function. Raises likewise.
void push_library(lua_State* L, std::string_view name);

}  // namespace yoke::sandbox
