#pragma once

#include <vector>

#include "guards/rule.h"
#include "hosts/config/config.h"

namespace yoke {

// [guards.NAME] as rules, with their scripts read. Errors: what is wrong with one, with file:line.
Result<std::vector<guards::GuardRule>> guard_rules_of(const Config& config, ScriptHost& scripts);

}  // namespace yoke
