#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/ports/script_host.h"

namespace yoke {

// The tools that ship with the program come in groups; a group is one script of `scripts/`, whose
// name begins the names of its tools: "csv" has csv.query and csv.aggregate.
std::vector<std::string> bundled_groups();  // sorted

// The groups whose tools only compute, whatever their settings. They are there without being asked
// for.
bool is_pure_group(std::string_view group);

// The script of a group with all that it requires. `settings` (an object) is what the script gets
// from `require "lib.settings"`; it travels with the source as a library, so that a run that kept
// its source kept them too. Errors: not_found: there is no such group, with the nearest name.
Result<ScriptSource> bundled_source(const std::string& group, const Json& settings);

// Whether a source is the program's own, to the byte, but for its settings: only such a script may
// run in the host's process.
bool is_bundled(const ScriptSource& source);

// The Lua of `scripts/kit`, which runs other scripts: "flow", "code".
std::string_view bundled_kit(std::string_view name);

}  // namespace yoke
