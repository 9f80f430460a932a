#pragma once

#include <string>
#include <vector>

#include "runtime/journal/event.h"

namespace yoke {

// What policy said of the call that event `seq` concerns, and what became of it; read off the
// journal alone. Errors: not_found (no such event), invalid (it concerns no tool call).
Result<Json> policy_story(const std::vector<Event>& events, std::int64_t seq);
std::string policy_text(const Json& story);

}  // namespace yoke
