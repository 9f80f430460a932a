#include "hosts/config/run_hooks_config.h"

#include "hosts/config/section.h"
#include "runtime/base/text.h"
#include "runtime/ports/run_hooks.h"

namespace yoke {
namespace {

void read_one(TomlReader& reader, const toml::table& table, const std::string& path,
              RunHookConfig& hook) {
  reader.check_keys(table, path, {"matcher", "command", "lua", "timeout", "on_failure"});
  hook.matcher = reader.text(table, path, "matcher");
  hook.command = reader.text(table, path, "command");
  hook.lua = reader.text(table, path, "lua");
  hook.timeout = reader.duration(table, path, "timeout");
  hook.on_failure = reader.text(table, path, "on_failure");
  const bool known =
      hook.on_failure.empty() || hook.on_failure == "block" || hook.on_failure == "ignore";
  if (!known) {
    reader.fail(*table.get("on_failure"),
                "'" + path + ".on_failure' must be \"block\" or \"ignore\"");
  }
  hook.line = line_of(table);
}

}  // namespace

std::vector<RunHookConfig> read_run_hooks(TomlReader& reader, const toml::table& root) {
  std::vector<RunHookConfig> hooks;
  const toml::node* section = root.get("hooks");
  const toml::table* all = section == nullptr ? nullptr : section->as_table();
  if (all == nullptr) return hooks;
  for (const auto& [key, node] : *all) {
    const toml::array* list = node.as_array();
    if (list == nullptr) continue;
    const std::string point(key.str());
    const std::string path = "hooks." + point;
    if (!hook_point_from_name(point)) {
      std::vector<std::string> names;
      for (const HookPoint each : kHookPoints) names.emplace_back(name_of(each));
      reader.fail(node, "'[[" + path + "]]': '" + shorten(printable(point), 60) +
                            "' is no point where hooks are asked" + did_you_mean(point, names) +
                            "; there are " + join(names, ", "));
      continue;
    }
    int number = 0;
    for (const toml::node& each : *list) {
      const toml::table* table = each.as_table();
      if (table == nullptr) {
        reader.fail(each, "'" + path + "' must be tables: write [[" + path + "]]");
        continue;
      }
      RunHookConfig& hook = hooks.emplace_back();
      hook.point = point;
      hook.number = ++number;
      read_one(reader, *table, path, hook);
    }
  }
  return hooks;
}

Result<std::vector<RunHookConfig>> run_hooks_of(const Config& config) {
  return section_of(config, &read_run_hooks);
}

}  // namespace yoke
