#include "hosts/config/plugins_config.h"

#include <algorithm>

#include "hosts/config/named_sections.h"
#include "hosts/config/section.h"

namespace yoke {
namespace {

bool read_flag(TomlReader& reader, const toml::table& table, const std::string& path,
               const char* key, bool usual) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return usual;
  const auto value = node->value_exact<bool>();
  if (!value) reader.fail(*node, "'" + path + "." + key + "' must be true or false");
  return value.value_or(usual);
}

PluginConfig read_plugin(TomlReader& reader, const toml::table& table, const std::string& name) {
  const std::string path = "plugins." + name;
  reader.check_keys(
      table, path,
      {"path", "base_url", "language", "allow_private", "enabled", "env", "functions", "auth"});
  PluginConfig plugin;
  plugin.name = name;
  plugin.line = line_of(table);
  for (const auto& [key, value] : table) plugin.lines[std::string(key.str())] = line_of(value);
  plugin.path = reader.text(table, path, "path");
  if (plugin.path.empty() && !table.contains("path")) {
    reader.fail(table, "'" + path + ".path' is missing: the plugin's manifest, folder, zip or " +
                           "OpenAPI document");
  }
  plugin.base_url = reader.text(table, path, "base_url");
  const bool web =
      plugin.base_url.starts_with("https://") || plugin.base_url.starts_with("http://");
  if (!plugin.base_url.empty() && !web) {
    reader.fail(*table.get("base_url"), "'" + path + ".base_url' must be an address such as " +
                                            "\"https://api.example.com\"");
  }
  plugin.language = reader.text(table, path, "language");
  plugin.allow_private = read_flag(reader, table, path, "allow_private", false);
  plugin.enabled = read_flag(reader, table, path, "enabled", true);
  plugin.env = reader.text_map(table, path, "env");
  if (table.contains("functions")) plugin.functions = reader.texts(table, path, "functions");
  return plugin;
}

}  // namespace

std::vector<PluginConfig> read_plugins_config(TomlReader& reader, const toml::table& root) {
  const SectionKind kind{"plugins", "a plugin", "{ path = \"plugins/menu\" }"};
  return named_sections<PluginConfig>(reader, root, kind,
                                      [&](const toml::table& table, const std::string& name) {
                                        return read_plugin(reader, table, name);
                                      });
}

PackagesConfig read_packages_config(TomlReader& reader, const toml::table& root) {
  PackagesConfig packages;
  const toml::table* table = reader.table(root, "", "packages");
  if (table == nullptr) return packages;
  reader.check_keys(*table, "packages", {"env", "language"});
  packages.env = reader.text_map(*table, "packages", "env");
  packages.language = reader.text(*table, "packages", "language");
  return packages;
}

Result<PackagesConfig> packages_config_of(const Config& config) {
  return section_of(config, &read_packages_config);
}

Result<std::map<std::string, std::string>> resolved_env(
    const Config& config, const std::map<std::string, std::string>& env) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : env) {
    if (!is_reference(value)) {
      out[name] = value;
      continue;
    }
    const Result<std::string> found = resolve_reference(config, value);
    if (!found) {
      return Error{found.error().code, "${{" + name + "}}: " + found.error().detail};
    }
    out[name] = *found;
  }
  return out;
}

Result<std::vector<PluginConfig>> plugins_config_of(const Config& config) {
  return section_of(config, &read_plugins_config);
}

}  // namespace yoke
