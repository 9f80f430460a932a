#pragma once

#include <map>
#include <string>
#include <vector>

#include "hooks/hook_set.h"
#include "hosts/config/config.h"

namespace yoke {

// [[hooks.POINT]] as rules, with their scripts read. Errors: what is wrong with one, with
// file:line.
Result<std::vector<hooks::HookRule>> hook_rules_of(const Config& config, ScriptHost& scripts);

// All that a hook's command is given: PATH, HOME, LANG, TZ and TMPDIR of this process, where they
// are set, and the project's folder as YOKE_PROJECT_DIR and CLAUDE_PROJECT_DIR.
std::map<std::string, std::string> hook_environment(const std::string& folder);

}  // namespace yoke
