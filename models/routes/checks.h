#pragma once

#include "models/routes/settings.h"
#include "runtime/loop/asio.h"
#include "runtime/loop/clock.h"
#include "runtime/ports/model.h"

namespace yoke {

// A pattern as a route's check takes it; invalid: it is no regular expression.
Result<RouteCheck> pattern_check(const std::string& pattern);

// Whether the reply meets the check; the error says why not, in a few words. Pure; for every kind
// but Lua's.
Result<void> check_reply(const RouteCheck& check, const ModelRequest& request,
                         const ModelReply& reply);

// Asks the script: the first `check` that the file returns is called as a comparison calls it
// (runtime/ports/check_script.h), or the first `tool` with {request, reply}, which returns true or
// { ok = false, why = "…" }. A script that fails counts as a check that does.
awaitable<Result<void>> check_by_script(const RouteCheck& check, ModelRequest request,
                                        ModelReply reply, ScriptHost& scripts, Deadline deadline);

// The error of a script that is no check; `place` is named in front.
Result<void> check_script(const ScriptSource& source, ScriptHost& scripts,
                          const std::string& place);

}  // namespace yoke
