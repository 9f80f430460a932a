#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

// [context] and [skills]: what agents are shown besides their instructions. Read whenever a run's
// program is made, as agents' files are: an edit counts from the next run on.
struct ContextConfig {
  std::vector<std::string> files = {"AGENTS.md"};  // relative to the project's folder
  bool by_default = true;                          // nobody named them: they need not be there
  std::int64_t bytes_max = 64 << 10;               // of all together
  int line = 0;
  std::vector<std::string> skill_paths = {"skills"};  // folders of skills
};

// What is wrong is left with the reader.
ContextConfig read_context_config(TomlReader& reader, const toml::table& root);

// From the file that `config` was read from; as it is without one. Errors: invalid, with file:line.
Result<ContextConfig> context_config_of(const Config& config);

}  // namespace yoke
