#pragma once

#include <string>

#include "runtime/base/json.h"

namespace yoke {

// The value as the person leaves it in $EDITOR. Blocks: for a pool's thread, with the terminal
// free. Errors: unavailable (the editor failed), invalid (what was left is no JSON object).
Result<Json> edit_json(const Json& value);

// The parts of it, for whoever runs the editor: the value in a file of its own, the command line,
// and what the person left there by the time it ended with `status`; the file is then removed.
Result<std::string> write_for_editor(const Json& value);
std::string editor_command(const std::string& file);
Result<Json> read_edited(const std::string& file, int status);

}  // namespace yoke
