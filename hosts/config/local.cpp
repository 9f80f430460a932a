#include <algorithm>
#include <array>

#include "hosts/config/sections.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

constexpr int kSlotsMax = 4'096;

struct Unit {
  std::string_view name;
  std::int64_t bytes;
};
constexpr std::array kUnits{
    Unit{"KiB", std::int64_t{1} << 10},
    Unit{"MiB", std::int64_t{1} << 20},
    Unit{"GiB", std::int64_t{1} << 30},
    Unit{"TiB", std::int64_t{1} << 40},
    Unit{"KB", 1'000},
    Unit{"MB", 1'000'000},
    Unit{"GB", 1'000'000'000},
    Unit{"TB", 1'000'000'000'000},
};

// "24GiB", "512 MiB", "6.5GB".
std::optional<std::int64_t> bytes_of(std::string_view text) {
  constexpr double kMost = 1e15;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    const std::string number(trim(text.substr(0, text.size() - unit.name.size())));
    if (number.empty() || number.find_first_not_of("0123456789.") != std::string::npos) break;
    if (std::count(number.begin(), number.end(), '.') > 1 || number == ".") break;
    const double value = std::stod(number) * static_cast<double>(unit.bytes);
    if (value <= 0 || value > kMost) break;
    return static_cast<std::int64_t>(value);
  }
  return std::nullopt;
}

std::optional<std::int64_t> read_bytes(TomlReader& reader, const toml::table& table,
                                       const std::string& path, const char* key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto bytes = bytes_of(reader.text(table, path, key));
  if (!bytes) reader.fail(*node, "'" + path + "." + key + "' must be a size such as \"24GiB\"");
  return bytes;
}

std::optional<std::chrono::milliseconds> read_duration(TomlReader& reader, const toml::table& table,
                                                       const std::string& path, const char* key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = parse_duration(reader.text(table, path, key));
  if (value && value->count() > 0) return *value;
  reader.fail(*node, "'" + path + "." + key + "' must be a duration such as \"10m\"");
  return std::nullopt;
}

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
  local.memory_bytes = read_bytes(reader, table, path, "memory");
  local.idle_unload = read_duration(reader, table, path, "idle_unload");
  local.load_timeout = read_duration(reader, table, path, "load_timeout");
  check_launched(reader, table, path, local);
  return local;
}

void read_local(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* local = reader.table(root, "", "local");
  if (local == nullptr) return;
  reader.check_keys(*local, "local", {"memory"});
  config.local_memory_bytes = read_bytes(reader, *local, "local", "memory");
}

}  // namespace yoke
