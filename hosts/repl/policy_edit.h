#pragma once

#include <string>

#include "runtime/base/result.h"

namespace yoke {

// The text of a yoke.toml with one more rule in [policy] allow; all else, comments too, as it is.
// Pure. Errors: unsupported: the section stands there in a form that cannot be added to.
Result<std::string> with_allow_rule(const std::string& text, const std::string& rule);

// Adds the rule to the file, which is checked before it is written, all or nothing. Errors: those
// of the above; invalid (the file would be none); unavailable.
Result<void> add_allow_rule(const std::string& file, const std::string& rule);

}  // namespace yoke
