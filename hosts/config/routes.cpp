#include <algorithm>
#include <array>

#include "hosts/config/sections.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::int64_t kEntriesMax = 10'000'000;
constexpr std::int64_t kProbeCharsMax = 1'000'000;
constexpr std::int64_t kAttemptsMax = 10;
constexpr double kWeightMax = 1'000'000;

const std::vector<std::string> kKeys{
    "strategy",           "targets",     "weights", "escalate", "share",       "commit",
    "probe_chars",        "probe_after", "after",   "wait",     "spill_after", "cache",
    "structured_attempts"};

// One of a few words; the rest of the file would have to guess at any other.
std::string word(TomlReader& reader, const toml::table& table, const std::string& path,
                 const char* key, const std::vector<std::string>& known) {
  const std::string text = reader.text(table, path, key);
  if (text.empty() || std::find(known.begin(), known.end(), text) != known.end()) return text;
  reader.fail(*table.get(key), "'" + path + "." + key + "' is one of " + join(known, ", ") +
                                   ", not '" + text + "'" + did_you_mean(text, known));
  return {};
}

std::vector<double> weights(TomlReader& reader, const toml::table& table, const std::string& path) {
  std::vector<double> out;
  const toml::node* node = table.get("weights");
  if (node == nullptr) return out;
  const toml::array* list = node->as_array();
  const std::string rule = "'" + path + ".weights' is a list of numbers, one for each target";
  if (list == nullptr) {
    reader.fail(*node, rule);
    return out;
  }
  for (const toml::node& each : *list) {
    const auto value = each.value<double>();
    if (!value || *value < 0 || *value > kWeightMax) {
      reader.fail(each, rule);
    } else {
      out.push_back(*value);
    }
  }
  return out;
}

std::optional<double> share(TomlReader& reader, const toml::table& table, const std::string& path) {
  const toml::node* node = table.get("share");
  if (node == nullptr) return std::nullopt;
  const auto value = node->value<double>();
  if (value && *value >= 0 && *value <= 1) return *value;
  reader.fail(*node, "'" + path + ".share' is a number from 0 to 1: 0.05 is every twentieth call");
  return std::nullopt;
}

constexpr std::array kTableChecks{"text", "pattern", "field", "lua"};

void fail_check(TomlReader& reader, const toml::node& node, const std::string& path) {
  reader.fail(node, "'" + path +
                        ".escalate' holds \"schema\", \"tools\", { text = \"…\" }, "
                        "{ pattern = \"…\" }, { field = \"confidence\", least = 0.7 } or "
                        "{ lua = \"checks/good.lua\" }");
}

std::optional<RouteCheckConfig> check_of_table(TomlReader& reader, const toml::table& table,
                                               const std::string& path) {
  RouteCheckConfig check;
  check.line = line_of(table);
  for (const char* kind : kTableChecks) {
    if (!table.contains(kind)) continue;
    if (!check.kind.empty()) return std::nullopt;
    check.kind = kind;
    check.words = reader.text(table, path + ".escalate", kind);
  }
  if (check.words.empty()) return std::nullopt;
  const bool is_field = check.kind == "field";
  const auto least =
      table.get("least") == nullptr ? std::nullopt : table.get("least")->value<double>();
  if (is_field != least.has_value() || table.size() != (is_field ? 2U : 1U)) return std::nullopt;
  check.least = least.value_or(0);
  return check;
}

std::vector<RouteCheckConfig> checks(TomlReader& reader, const toml::table& table,
                                     const std::string& path) {
  std::vector<RouteCheckConfig> out;
  const toml::node* node = table.get("escalate");
  if (node == nullptr) return out;
  const toml::array* list = node->as_array();
  if (list == nullptr) {
    fail_check(reader, *node, path);
    return out;
  }
  for (const toml::node& each : *list) {
    std::optional<RouteCheckConfig> check;
    if (const auto name = each.value_exact<std::string>()) {
      if (*name == "schema" || *name == "tools") {
        check = RouteCheckConfig{*name, {}, 0, line_of(each)};
      }
    } else if (const toml::table* inner = each.as_table()) {
      check = check_of_table(reader, *inner, path);
    }
    if (check) {
      out.push_back(std::move(*check));
    } else {
      fail_check(reader, each, path);
    }
  }
  return out;
}

// `cache = true`, or a table of its bounds.
std::optional<RouteCacheConfig> cache(TomlReader& reader, const toml::table& table,
                                      const std::string& path) {
  const toml::node* node = table.get("cache");
  if (node == nullptr) return std::nullopt;
  if (const auto on = node->value_exact<bool>()) {
    return *on ? std::optional(RouteCacheConfig()) : std::nullopt;
  }
  const toml::table* inner = node->as_table();
  if (inner == nullptr) {
    reader.fail(*node, "'" + path + ".cache' is true, or a table such as { age = \"1h\" }");
    return std::nullopt;
  }
  const std::string place = path + ".cache";
  reader.check_keys(*inner, place, {"age", "entries", "size", "sampled"});
  RouteCacheConfig config;
  config.age = reader.duration(*inner, place, "age");
  config.entries = reader.whole(*inner, place, "entries", 1, kEntriesMax);
  config.bytes = reader.bytes(*inner, place, "size");
  if (const toml::node* sampled = inner->get("sampled")) {
    const auto value = sampled->value_exact<bool>();
    if (!value) reader.fail(*sampled, "'" + place + ".sampled' is true or false");
    config.sampled = value.value_or(false);
  }
  return config;
}

// Settings that would do nothing are mistakes.
void check_useful(TomlReader& reader, const toml::table& table, const std::string& path,
                  const RouteConfig& route) {
  const auto only = [&](const char* key, bool useful, const std::string& of) {
    if (useful || !table.contains(key)) return;
    reader.fail(*table.get(key), "'" + path + "." + key + "' is for " + of);
  };
  const std::string& strategy = route.strategy;
  only("weights", strategy == "weighted", "strategy = \"weighted\"");
  only("escalate", strategy == "cascade", "strategy = \"cascade\"");
  only("share", strategy == "fastest" || strategy == "hedged" || strategy == "shadow",
       "the strategies fastest, hedged and shadow");
  only("probe_chars", route.commit == "probe", "commit = \"probe\"");
  only("probe_after", route.commit == "probe", "commit = \"probe\"");
}

RouteConfig read_route(TomlReader& reader, const toml::table& table, const std::string& path) {
  reader.check_keys(table, path, kKeys);
  RouteConfig route;
  const std::string strategy = reader.text(table, path, "strategy");
  if (!strategy.empty()) route.strategy = strategy;
  route.targets = reader.texts(table, path, "targets");
  route.weights = weights(reader, table, path);
  route.checks = checks(reader, table, path);
  route.share = share(reader, table, path);
  route.commit = word(reader, table, path, "commit", {"first_token", "probe", "whole"});
  route.probe_chars = reader.whole(table, path, "probe_chars", 1, kProbeCharsMax);
  route.probe_after = reader.duration(table, path, "probe_after");
  route.after = word(reader, table, path, "after", {"restart", "error", "continue"});
  route.wait = reader.duration(table, path, "wait", true);
  route.spill_after = reader.duration(table, path, "spill_after", true);
  route.structured_attempts = reader.whole(table, path, "structured_attempts", 1, kAttemptsMax);
  route.cache = cache(reader, table, path);
  route.line = line_of(table);
  for (const auto& [key, node] : table) route.lines[std::string(key.str())] = line_of(node);
  check_useful(reader, table, path, route);
  if (route.targets.empty()) reader.fail(table, "'" + path + ".targets' names no model");
  return route;
}

}  // namespace

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
    config.routes[std::string(name.str())] = read_route(reader, *table, path);
  }
}

}  // namespace yoke
