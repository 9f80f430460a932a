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

// What a test is given: the table that the program's library kTestKit returns. Raises when the
// program has none.
void push_test_kit(lua_State* L);

}  // namespace yoke::sandbox
