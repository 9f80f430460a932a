#include "hosts/config/sections.h"

namespace yoke {

void read_budgets(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* budgets = reader.table(root, "", "budgets");
  if (budgets == nullptr) return;
  reader.check_keys(*budgets, "budgets", {"day"});
  for (const auto& [name, node] : *budgets) {
    const std::string path = "budgets." + std::string(name.str());
    const toml::table* table = node.as_table();
    const toml::node* usd = table == nullptr ? nullptr : table->get("usd");
    const auto value = dollars_of(usd, kDollarsMax);
    if (!value) {
      reader.fail(node, "'" + path + "' must be { usd = NUMBER }, from 0 to 1000000");
    } else {
      reader.check_keys(*table, path, {"usd"});
      config.budgets.emplace_back(std::string(name.str()), nano_from_double(*value));
    }
  }
}

}  // namespace yoke
