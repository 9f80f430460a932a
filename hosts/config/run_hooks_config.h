#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

// One [[hooks.POINT]], as it was written. ([hooks.NAME], a table, is a webhook that comes in.)
struct RunHookConfig {
  std::string point;  // "PreToolUse"
  int number = 1;     // among those of its point
  std::string matcher;
  std::string command;
  std::string lua;  // a file
  std::optional<std::chrono::milliseconds> timeout = {};
  std::string on_failure;  // "block", "ignore" or empty
  int line = 0;
};

// What is wrong is left with the reader.
std::vector<RunHookConfig> read_run_hooks(TomlReader& reader, const toml::table& root);

// From the file that `config` was read from. Errors: invalid, with file:line.
Result<std::vector<RunHookConfig>> run_hooks_of(const Config& config);

}  // namespace yoke
