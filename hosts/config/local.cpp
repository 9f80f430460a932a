#include "hosts/config/sections.h"

namespace yoke {
namespace {

constexpr int kSlotsMax = 4'096;

// What only a server that Yoke starts can have.
void check_launched(TomlReader& reader, const toml::table& table, const std::string& path,
                    const LocalConfig& local) {
  if (!local.launch.empty()) return;
  for (const char* key : {"env", "gpus", "cwd", "health", "load_timeout", "launch"}) {
    const toml::node* node = table.get(key);
    if (node == nullptr) continue;
    const bool launch = std::string_view(key) == "launch";
    return reader.fail(*node, "'" + path + "." + key + "' " +
                                  (launch ? "names no program"
                                          : "is for a server that Yoke starts: it needs 'launch'"));
  }
}

}  // namespace

const std::vector<std::string>& local_backend_keys() {
  static const std::vector<std::string> keys{
      "launch", "env", "gpus", "cwd", "health", "slots", "memory", "idle_unload", "load_timeout"};
  return keys;
}

LocalConfig read_local_backend(TomlReader& reader, const toml::table& table,
                               const std::string& path) {
  LocalConfig local;
  local.launch = reader.texts(table, path, "launch");
  local.env = reader.text_map(table, path, "env");
  local.gpus = reader.text(table, path, "gpus");
  local.cwd = reader.text(table, path, "cwd");
  local.health = reader.text(table, path, "health");
  if (!local.health.empty() && !local.health.starts_with('/')) {
    reader.fail(*table.get("health"), "'" + path + ".health' is a path such as \"/health\"");
  }
  if (const toml::node* slots = table.get("slots")) {
    const auto value = slots->value_exact<std::int64_t>();
    if (value && *value >= 1 && *value <= kSlotsMax) {
      local.slots = static_cast<int>(*value);
    } else {
      reader.fail(*slots, "'" + path + ".slots' must be a whole number from 1 to " +
                              std::to_string(kSlotsMax));
    }
  }
  local.memory_bytes = reader.bytes(table, path, "memory");
  local.idle_unload = reader.duration(table, path, "idle_unload");
  local.load_timeout = reader.duration(table, path, "load_timeout");
  check_launched(reader, table, path, local);
  return local;
}

void read_local(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* local = reader.table(root, "", "local");
  if (local == nullptr) return;
  reader.check_keys(*local, "local", {"memory"});
  config.local_memory_bytes = reader.bytes(*local, "local", "memory");
}

}  // namespace yoke
