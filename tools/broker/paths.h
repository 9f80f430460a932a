#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace yoke {

inline constexpr std::size_t kPathBytesMax = 1024;

// A path as scripts and permissions write it, in one form: relative to the project folder, parts
// joined by single slashes, no "." parts; the folder itself is ".".
// Errors: invalid for what is empty, absolute, over the bound, or holds "..", a NUL or a control
// character; the text says which.
Result<std::string> normal_path(std::string_view text);

// True when `path` is `folder` or lies below it. Both in normal form.
bool lies_below(std::string_view path, std::string_view folder);

// What belongs to the host and no grant reaches: secrets and settings of the project, version
// control, the store.
bool is_host_owned(std::string_view path);

// True when `path` lies where the project keeps its scripts: a grant of the whole project folder
// does not reach there for writing, or a tool could rewrite the code of another.
bool is_script_folder(std::string_view path);

}  // namespace yoke
