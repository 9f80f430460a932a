#include "hosts/config/toml_reader.h"

#include <algorithm>
#include <array>

#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

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

}  // namespace

void TomlReader::fail(const toml::node& node, const std::string& what) {
  if (error_) return;
  error_ = Error{Errc::invalid, what, file_ + ":" + std::to_string(node.source().begin.line)};
}

void TomlReader::check_keys(const toml::table& table, const std::string& path,
                            const std::vector<std::string>& known) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string full = path.empty() ? name : path + "." + name;
    fail(node, "unknown key '" + full + "'" + did_you_mean(name, known));
  }
}

std::string TomlReader::text(const toml::table& table, const std::string& path, const char* key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return {};
  if (const auto value = node->value_exact<std::string>()) return *value;
  fail(*node, "'" + path + "." + key + "' must be a string");
  return {};
}

std::vector<std::string> TomlReader::texts(const toml::table& table, const std::string& path,
                                           const char* key) {
  std::vector<std::string> out;
  const toml::node* node = table.get(key);
  if (node == nullptr) return out;
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    fail(*node, "'" + path + "." + key + "' must be a list of strings");
    return out;
  }
  for (const toml::node& each : *list) {
    const auto value = each.value_exact<std::string>();
    if (value) {
      out.push_back(*value);
    } else {
      fail(each, "'" + path + "." + key + "' must hold strings only");
    }
  }
  return out;
}

const toml::table* TomlReader::table(const toml::table& parent, const std::string& path,
                                     const char* key) {
  const toml::node* node = parent.get(key);
  if (node == nullptr) return nullptr;
  if (const toml::table* found = node->as_table()) return found;
  fail(*node, "'" + (path.empty() ? "" : path + ".") + key + "' must be a table");
  return nullptr;
}

std::map<std::string, std::string> TomlReader::text_map(const toml::table& parent,
                                                        const std::string& path, const char* key) {
  std::map<std::string, std::string> out;
  const toml::table* entries = table(parent, path, key);
  if (entries == nullptr) return out;
  for (const auto& [name, node] : *entries) {
    const auto value = node.value_exact<std::string>();
    if (value) {
      out[std::string(name.str())] = *value;
    } else {
      const std::string full =
          (path.empty() ? "" : path + ".") + key + "." + std::string(name.str());
      fail(node, "'" + full + "' must be a string");
    }
  }
  return out;
}

std::optional<std::chrono::milliseconds> TomlReader::duration(const toml::table& table,
                                                              const std::string& path,
                                                              const char* key, bool zero) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = parse_duration(text(table, path, key));
  if (value && (zero || value->count() > 0)) return *value;
  fail(*node, "'" + path + "." + key + "' must be a duration such as \"10m\"");
  return std::nullopt;
}

std::optional<std::int64_t> TomlReader::bytes(const toml::table& table, const std::string& path,
                                              const char* key) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = bytes_of(text(table, path, key));
  if (!value) fail(*node, "'" + path + "." + key + "' must be a size such as \"24GiB\"");
  return value;
}

std::optional<std::int64_t> TomlReader::whole(const toml::table& table, const std::string& path,
                                              const char* key, std::int64_t least,
                                              std::int64_t most) {
  const toml::node* node = table.get(key);
  if (node == nullptr) return std::nullopt;
  const auto value = node->value_exact<std::int64_t>();
  if (value && *value >= least && *value <= most) return *value;
  fail(*node, "'" + path + "." + key + "' must be a whole number from " + std::to_string(least) +
                  " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<double> dollars_of(const toml::node* node, double most) {
  const auto value = node == nullptr ? std::nullopt : node->value<double>();
  return value && *value >= 0 && *value <= most ? value : std::nullopt;
}

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

}  // namespace yoke
