#pragma once

#include <memory>

#include "tools/lua_tools.h"

namespace yoke {

// The tools of a set as plain data: of Lua tools the sources, so that a run keeps the code it began
// with, and whether each was granted; of other kinds the name, of plugins' functions with the hash.
Json bundle(const ToolSet& set);

// The set again. Lua tools come from the bundle alone. One that was granted stays granted for the
// run; another asks services.gate. Tools of other kinds are looked up in `others`, which the set
// then borrows. Errors: invalid: no bundle, or a source that no longer defines what it did;
// not_found: a tool of another kind that is not in `others`;
// conflict: a plugin that has changed.
Result<std::unique_ptr<ToolSet>> restore(const Json& bundle, const LuaToolServices& services,
                                         const ToolSet* others = nullptr);

}  // namespace yoke
