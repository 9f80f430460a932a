#pragma once

#include <string>

#include "runtime/base/result.h"

namespace yoke {

// That a session may have this name, at whichever door it is said; an empty one is none.
// Errors: invalid.
Result<void> check_session_name(const std::string& session);

}  // namespace yoke
