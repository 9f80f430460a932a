#pragma once

#include <lua.hpp>

#include "sandbox/governor.h"
#include "sandbox/vm.h"

namespace yoke::sandbox {

class Context;

// Describes how a thread's resume failed; the error value is on top of its stack and its frames are
// still there. Never calls script code. Inside a protected call.
Failed describe_failure(lua_State* L, lua_State* thread, int status);

Failed describe_quota(const Context& context, Bound bound);

}  // namespace yoke::sandbox
