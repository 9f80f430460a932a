#include "hosts/config/sections.h"

namespace yoke {

void read_routes(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* routes = reader.table(root, "", "routes");
  if (routes == nullptr) return;
  for (const auto& [name, node] : *routes) {
    const std::string path = "routes." + std::string(name.str());
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      reader.fail(node, "'" + path + "' must be a table");
      continue;
    }
    reader.check_keys(*table, path, {"strategy", "targets"});
    RouteConfig route;
    const std::string strategy = reader.text(*table, path, "strategy");
    if (!strategy.empty()) route.strategy = strategy;
    route.targets = reader.texts(*table, path, "targets");
    route.line = line_of(*table);
    if (route.targets.empty()) reader.fail(*table, "'" + path + ".targets' names no model");
    config.routes[std::string(name.str())] = std::move(route);
  }
}

}  // namespace yoke
