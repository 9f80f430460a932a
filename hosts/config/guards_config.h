#pragma once

#include <map>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

// [guards.NAME], as it was written: what it means is for whoever makes guards of it.
struct GuardConfig {
  std::string name;
  Json fields = Json::object();
  int line = 0;
  std::map<std::string, int> lines = {};  // of each key
};

// What is wrong is left with the reader.
std::vector<GuardConfig> read_guards_config(TomlReader& reader, const toml::table& root);

// From the file that `config` was read from. Errors: invalid, with file:line.
Result<std::vector<GuardConfig>> guards_config_of(const Config& config);

}  // namespace yoke
