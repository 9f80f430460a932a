#pragma once

#include <lua.hpp>
#include <optional>
#include <vector>

#include "sandbox/vm.h"

namespace yoke::sandbox {

// Runs the program's file and reads the definitions it returns; they stay in Slot::definitions.
// Inside a protected call.
std::optional<Failed> run_body(lua_State* L, std::vector<Definition>& out);

}  // namespace yoke::sandbox
