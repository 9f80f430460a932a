#pragma once

#include <vector>

#include "runtime/ports/script_host.h"
#include "tools/lint/finding.h"

namespace yoke::lint {

// What the text of a script and of its libraries tells about mistakes, sorted by place. The script
// is never run: where a value is computed, nothing is said of it. Whether its definitions are right
// is for ScriptHost::define() to say.
//
// Threads: any. Limits: those of a script's files; what nests over kNestingMax is a finding.
std::vector<Finding> lint(const ScriptSource& source);

}  // namespace yoke::lint
