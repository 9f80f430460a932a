#pragma once

#include <lua.hpp>
#include <optional>

namespace yoke::sandbox {

// What tool {…}, agent {…} and the like note of a table.
struct Mark {
  const char* kind;
  int line;
};
std::optional<Mark> mark_of(lua_State* L, int index);

}  // namespace yoke::sandbox
