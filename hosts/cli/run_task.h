#pragma once

#include <string>
#include <vector>

#include "hosts/cli/options.h"
#include "runtime/base/json.h"
#include "runtime/ports/message.h"

namespace yoke {

// What a run is to do, from the arguments, files and standard input.
struct RunTask {
  std::string task;
  Json input = Json::object();
  std::vector<ImagePart> images;
};

// Reads standard input to its end when it is piped in; blocks. Errors: invalid; also that there is
// nothing to do, save where that is no error.
Result<RunTask> read_task(const Terminal& terminal, const RunOptions& options,
                          bool needs_task = true);

}  // namespace yoke
