#pragma once

#include <string>
#include <vector>

#include "runtime/base/result.h"

namespace yoke {

// Where editors find what scripts may see, below a project's folder.
inline constexpr const char* kEditorFolder = ".yoke/types";

// Writes the definitions into `folder` of `project`, and a .luarc.json that leads to them where the
// project has none. The files that were written. Errors: unavailable.
Result<std::vector<std::string>> write_editor_files(const std::string& project,
                                                    const std::string& folder);

}  // namespace yoke
