#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/loop/asio.h"

namespace yoke {

struct VerbOutput {
  std::string text;  // what it printed, its standard error with it
  bool cut = false;  // there was more than kVerbBytesMax
};
inline constexpr std::size_t kVerbBytesMax = 512 * 1024;

// Runs a verb of the command line as a process of its own, which reads nothing: what it prints at a
// prompt of the shell is what is shown at ours. Cancelled: it is ended. Errors: unavailable.
awaitable<Result<VerbOutput>> output_of_verb(std::vector<std::string> words);

}  // namespace yoke
