#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/loop/asio.h"

namespace yoke {

// Runs a program at this process's terminal, which belongs to it until it has ended: Ctrl+C is its
// own. Its exit status, or 128 and the signal that ended it. One that stops itself is ended, for
// nobody could wake it. Cancelled: it is ended. Errors: unavailable: it cannot be started.
awaitable<Result<int>> run_in_foreground(std::vector<std::string> words);

}  // namespace yoke
