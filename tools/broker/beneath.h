#pragma once

#include <string>

#include "runtime/base/handle.h"
#include "runtime/base/result.h"

namespace yoke {

// Opens `path` below the folder `root`. The kernel refuses "..", absolute paths, symbolic and magic
// links and whatever would leave `root`. `flags` as of open(2); O_CLOEXEC, O_NOFOLLOW, O_NONBLOCK
// and O_NOCTTY are added. Errors: as of ProjectFolder.
Result<Handle> open_beneath(int root, const std::string& path, int flags, unsigned mode = 0);

// The error that `number` (an errno) stands for, on `path`.
Error file_error(int number, const std::string& path, const std::string& what);

// Denied unless the handle is a regular file on an ordinary file system.
Result<void> require_regular(const Handle& handle, const std::string& path);

}  // namespace yoke
