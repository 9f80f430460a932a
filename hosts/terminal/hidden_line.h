#pragma once

#include <optional>
#include <string>

namespace yoke {

// Asks at the terminal of standard input for a line that is not shown as it is typed. None: Ctrl-C
// or Ctrl-D. The terminal's modes are then as they were.
//
// Threads: one; blocks.
std::optional<std::string> read_hidden_line(const std::string& prompt);

}  // namespace yoke
