#pragma once

#include <map>
#include <string>
#include <vector>

#include "hosts/config/config.h"
#include "hosts/config/toml_reader.h"

namespace yoke {

// [plugins.NAME]: a plugin whose functions are the project's tools, plugin:NAME.FUNCTION.
struct PluginConfig {
  std::string name;
  std::string path;            // a manifest, a folder, a zip or an OpenAPI document
  std::string base_url = {};   // asked instead of its document's servers
  std::string language = {};   // of [[key]] texts
  bool allow_private = false;  // it may lie on a private address
  bool enabled = true;         // false: it stays in the file and is not loaded
  std::map<std::string, std::string> env = {};  // of ${{NAME}}; a value may be "env:NAME"
  std::vector<std::string> functions = {"*"};   // globs: these alone
  int line = 0;
  std::map<std::string, int> lines = {};  // of each key
};

// [packages]: what texts of agents' packages are filled in with.
struct PackagesConfig {
  std::map<std::string, std::string> env = {};  // as of a plugin
  std::string language = {};
};

// What is wrong is left with the reader. The table `auth` is read by whoever keeps credentials.
std::vector<PluginConfig> read_plugins_config(TomlReader& reader, const toml::table& root);

PackagesConfig read_packages_config(TomlReader& reader, const toml::table& root);

// From the file that `config` was read from. Errors: invalid, with file:line.
Result<std::vector<PluginConfig>> plugins_config_of(const Config& config);
Result<PackagesConfig> packages_config_of(const Config& config);

// The values of such a table, references looked up. Errors: of resolve_reference(), with the name.
Result<std::map<std::string, std::string>> resolved_env(
    const Config& config, const std::map<std::string, std::string>& env);

}  // namespace yoke
