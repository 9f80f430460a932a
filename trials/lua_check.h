#pragma once

#include "runtime/loop/asio.h"
#include "runtime/ports/script_host.h"
#include "trials/checks.h"

namespace yoke {

// Asks a Lua check: it returns a boolean, a score from 0 to 1 (from 0.5 on it passes), or a table
// { pass = …, score = …, why = … }. A script that fails or returns something else has not judged.
//
// Ownership: `scripts` outlives the call.
awaitable<Finding> run_lua_check(Check check, TrialAnswer answer, TrialCase one,
                                 ScriptHost& scripts);

// What came of the call.
Finding finding_of(const Check& check, const ToolOutcome& outcome);

}  // namespace yoke
