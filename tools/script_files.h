#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/ports/script_host.h"

namespace yoke {

struct ScriptFileLimits {
  std::size_t file_bytes_max = 256 << 10;  // as the sandbox's own bound
  std::size_t libs_max = 64;               // of one script, those of its libs included
  std::size_t libs_bytes_max = 1 << 20;
  std::size_t files_max = 1'000;  // of one folder
};

// The libraries a Lua text asks for: `require "lib.units"` with a literal name, outside comments
// and strings. Sorted, each once. A name that is computed is not found; requiring it fails in the
// script.
struct Requirement {
  std::string name;  // "lib.units"
  int line = 0;
};
std::vector<Requirement> find_requirements(std::string_view text);

// Reads a script and every library it needs, through the libraries too, from the folder lib/ of
// `project` or, where one is named, of `library_folder`, relative to it. `path` is relative to
// `project`, or absolute. Errors: not_found, too_large; `place` is file:line.
Result<ScriptSource> read_script(const std::string& project, const std::string& path,
                                 const ScriptFileLimits& limits = {},
                                 const std::string& library_folder = {});

// Where the libraries of a stranger's script lie: in a lib/ beside it, never in the project's,
// whose code is not for strangers to read.
std::string library_folder_of(const std::string& project, const std::string& path);

// The Lua files of `path`, relative to `project` where it lies there: of a folder those right in
// it, sorted, without `*_test.lua`; of a file itself. A folder that is not there holds none.
Result<std::vector<std::string>> list_scripts(const std::string& project, const std::string& path,
                                              const ScriptFileLimits& limits = {});

}  // namespace yoke
