#include "hosts/config/guards_config.h"

#include "hosts/config/section.h"
#include "hosts/config/toml_json.h"

namespace yoke {

std::vector<GuardConfig> read_guards_config(TomlReader& reader, const toml::table& root) {
  std::vector<GuardConfig> all;
  const toml::table* guards = reader.table(root, "", "guards");
  if (guards == nullptr) return all;
  for (const auto& [key, node] : *guards) {
    const std::string name(key.str());
    const std::string path = "guards." + name;
    const toml::table* table = node.as_table();
    std::optional<Json> fields = table == nullptr ? std::nullopt : json_of(*table);
    if (!fields) {
      reader.fail(node, "'" + path + "' must be a table such as { find = [\"secrets\"] }");
      continue;
    }
    reader.check_keys(*table, path,
                      {"at", "agents", "tools", "find", "patterns", "allow", "topics", "chars_max",
                       "lua", "judge", "ask", "verdict", "why", "on_failure"});
    GuardConfig& guard = all.emplace_back();
    guard.name = name;
    guard.fields = std::move(*fields);
    guard.line = line_of(*table);
    for (const auto& [inner, value] : *table) {
      guard.lines[std::string(inner.str())] = line_of(value);
    }
  }
  return all;
}

Result<std::vector<GuardConfig>> guards_config_of(const Config& config) {
  return section_of(config, &read_guards_config);
}

}  // namespace yoke
