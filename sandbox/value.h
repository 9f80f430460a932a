#pragma once

#include <lua.hpp>
#include <optional>
#include <string>

#include "runtime/base/json.h"

namespace yoke::sandbox {

// Pushes a value as Lua has it: lists and objects become tables (an empty list keeps its mark),
// null becomes json.null. Raises: depth and size over the quota, lack of memory.
void push_json(lua_State* L, const Json& value);

struct ReadOptions {
  std::string root = "result";     // how the value is called in messages
  std::size_t bytes_max = 0;       // of its JSON text
  bool without_functions = false;  // the top table's function fields are left out
};

// What reading a Lua value came to: the value, or the one thing that is wrong with it.
struct Reading {
  Json value;
  std::string problem;     // "result.rows[3].total is a function"; empty when all is well
  bool too_large = false;  // the problem is its size
  std::size_t bytes = 0;   // about what its JSON text takes
};

// Reads plain data: raw fields only, no metamethod runs. Linear. Raises only for lack of memory.
Reading read_json(lua_State* L, int index, const ReadOptions& options);

}  // namespace yoke::sandbox
