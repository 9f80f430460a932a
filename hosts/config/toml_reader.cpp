#include "hosts/config/toml_reader.h"

#include <algorithm>

#include "runtime/base/text.h"

namespace yoke {

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

std::optional<double> dollars_of(const toml::node* node, double most) {
  const auto value = node == nullptr ? std::nullopt : node->value<double>();
  return value && *value >= 0 && *value <= most ? value : std::nullopt;
}

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

}  // namespace yoke
