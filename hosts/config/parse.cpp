#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include "hosts/config/bundled.h"
#include "hosts/config/config.h"
#include "hosts/config/sandbox.h"
#include "hosts/config/toml_json.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

constexpr double kDollarsMax = 1'000'000;
constexpr int kAttemptsMax = 10;

// Reads tables and remembers the first thing that was wrong, with its line.
class Reader {
 public:
  explicit Reader(std::string file) : file_(std::move(file)) {}

  bool failed() const { return error_.has_value(); }
  Error error() const { return *error_; }

  void fail(const toml::node& node, const std::string& what) {
    if (error_) return;
    error_ = Error{Errc::invalid, what, file_ + ":" + std::to_string(node.source().begin.line)};
  }

  // Every key of the table must be one of `known`.
  void check_keys(const toml::table& table, const std::string& path,
                  const std::vector<std::string>& known) {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      const std::string full = path.empty() ? name : path + "." + name;
      fail(node, "unknown key '" + full + "'" + did_you_mean(name, known));
    }
  }

  std::string text(const toml::table& table, const std::string& path, const char* key) {
    const toml::node* node = table.get(key);
    if (node == nullptr) return {};
    if (const auto value = node->value_exact<std::string>()) return *value;
    fail(*node, "'" + path + "." + key + "' must be a string");
    return {};
  }

  std::vector<std::string> texts(const toml::table& table, const std::string& path,
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

  const toml::table* table(const toml::table& parent, const std::string& path, const char* key) {
    const toml::node* node = parent.get(key);
    if (node == nullptr) return nullptr;
    if (const toml::table* found = node->as_table()) return found;
    fail(*node, "'" + (path.empty() ? "" : path + ".") + key + "' must be a table");
    return nullptr;
  }

  std::map<std::string, std::string> text_map(const toml::table& parent, const std::string& path,
                                              const char* key) {
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

 private:
  std::string file_;
  std::optional<Error> error_;
};

// An amount of dollars from 0 to `most`; none when it is no such number.
std::optional<double> dollars_of(const toml::node* node, double most) {
  const auto value = node == nullptr ? std::nullopt : node->value<double>();
  return value && *value >= 0 && *value <= most ? value : std::nullopt;
}

int line_of(const toml::node& node) { return static_cast<int>(node.source().begin.line); }

Json read_prices(Reader& reader, const toml::table& table, const std::string& path) {
  const toml::table* prices = reader.table(table, path, "prices");
  if (prices == nullptr) return nullptr;
  reader.check_keys(*prices, path + ".prices", {"input", "cached", "cache_write", "output"});
  Json out = Json::object();
  for (const auto& [name, node] : *prices) {
    const auto value = dollars_of(&node, kDollarsMax);
    if (!value) {
      reader.fail(node, "'" + path + ".prices' holds dollars per million tokens");
    } else {
      out[std::string(name.str())] = *value;
    }
  }
  return out;
}

// How requests are sent: what the vendor wants in them, how often, and how long silence may be.
void read_sending(Reader& reader, const toml::table& table, const std::string& path,
                  BackendConfig& backend) {
  if (const toml::table* body = reader.table(table, path, "body")) {
    std::optional<Json> fields = json_of(*body);
    if (!fields) reader.fail(*body, "'" + path + ".body' holds a value that JSON does not have");
    if (fields) backend.body = std::move(*fields);
  }
  if (const toml::node* attempts = table.get("attempts")) {
    const auto value = attempts->value_exact<std::int64_t>();
    if (value && *value >= 1 && *value <= kAttemptsMax) {
      backend.attempts = static_cast<int>(*value);
    } else {
      reader.fail(*attempts, "'" + path + ".attempts' must be a whole number from 1 to " +
                                 std::to_string(kAttemptsMax));
    }
  }
  if (const toml::node* timeout = table.get("idle_timeout")) {
    const auto value = parse_duration(reader.text(table, path, "idle_timeout"));
    if (value && value->count() > 0) {
      backend.idle_timeout = *value;
    } else {
      reader.fail(*timeout, "'" + path + ".idle_timeout' must be a duration such as \"2m\"");
    }
  }
}

BackendConfig read_backend(Reader& reader, const toml::table& table, const std::string& path) {
  reader.check_keys(table, path,
                    {"preset", "base_url", "api_key", "script", "launch", "headers", "prices",
                     "body", "attempts", "idle_timeout"});
  BackendConfig backend;
  backend.preset = reader.text(table, path, "preset");
  backend.base_url = reader.text(table, path, "base_url");
  backend.api_key = reader.text(table, path, "api_key");
  backend.script = reader.text(table, path, "script");
  backend.launch = reader.texts(table, path, "launch");
  backend.headers = reader.text_map(table, path, "headers");
  backend.line = line_of(table);
  if (backend.preset.empty()) reader.fail(table, "'" + path + ".preset' is missing");
  backend.prices = read_prices(reader, table, path);
  read_sending(reader, table, path, backend);
  return backend;
}

void read_backends(Reader& reader, const toml::table& root, Config& config) {
  const toml::table* backends = reader.table(root, "", "backends");
  if (backends == nullptr) return;
  for (const auto& [name, node] : *backends) {
    const std::string key(name.str());
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      reader.fail(node, "'backends." + key + "' must be a table");
    } else if (key.find('/') != std::string::npos) {
      reader.fail(node, "'backends." + key + "': a backend's name may hold no '/'");
    } else {
      config.backends[key] = read_backend(reader, *table, "backends." + key);
    }
  }
}

void read_routes(Reader& reader, const toml::table& root, Config& config) {
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

void read_budgets(Reader& reader, const toml::table& root, Config& config) {
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

std::vector<RuleConfig> read_rules(Reader& reader, const toml::table& policy, const char* key) {
  std::vector<RuleConfig> rules;
  const std::vector<std::string> texts = reader.texts(policy, "policy", key);
  const toml::array* list = policy.get_as<toml::array>(key);
  for (std::size_t i = 0; list != nullptr && i < texts.size() && i < list->size(); ++i) {
    rules.push_back(RuleConfig{texts[i], line_of(*list->get(i))});
  }
  return rules;
}

// Whether the keys and values are permissions is for tools/ to say; here they become plain data.
void read_narrowings(Reader& reader, const toml::table& root, Config& config) {
  const toml::table* all = reader.table(root, "", "permissions");
  if (all == nullptr) return;
  for (const auto& [glob, node] : *all) {
    const std::string path = "permissions.\"" + std::string(glob.str()) + "\"";
    const toml::table* table = node.as_table();
    std::optional<Json> caps = table == nullptr ? std::nullopt : json_of(*table);
    if (!caps) {
      reader.fail(node, "'" + path + "' must be a table of permissions, such as net = [\"api." +
                            "example\"], for the tools whose names it matches");
      continue;
    }
    NarrowingConfig& narrowing = config.narrowings.emplace_back();
    narrowing.tools = std::string(glob.str());
    narrowing.caps = std::move(*caps);
    narrowing.line = line_of(*table);
    for (const auto& [key, value] : *table) {
      narrowing.lines[std::string(key.str())] = line_of(value);
    }
  }
}

// What looks like the secret itself is not repeated in the error.
void read_secrets(Reader& reader, const toml::table& root, Config& config) {
  config.secrets = reader.text_map(root, "", "secrets");
  for (const auto& [name, value] : config.secrets) {
    if (is_reference(value)) continue;
    const toml::node* node = root.get_as<toml::table>("secrets")->get(name);
    reader.fail(*node, "'secrets." + name +
                           "' must say where the value is, not hold it: write \"env:" + name +
                           "\" or \"file:PATH\"");
  }
}

void read_policy(Reader& reader, const toml::table& root, Config& config) {
  const toml::table* policy = reader.table(root, "", "policy");
  if (policy == nullptr) return;
  reader.check_keys(*policy, "policy", {"allow", "ask", "deny"});
  config.policy.allow = read_rules(reader, *policy, "allow");
  config.policy.ask = read_rules(reader, *policy, "ask");
  config.policy.deny = read_rules(reader, *policy, "deny");
}

void read_small_tables(Reader& reader, const toml::table& root, Config& config) {
  if (const toml::table* store = reader.table(root, "", "store")) {
    reader.check_keys(*store, "store", {"url"});
    config.store_url = reader.text(*store, "store", "url");
  }
  read_secrets(reader, root, config);
  if (const toml::table* tools = reader.table(root, "", "tools")) {
    reader.check_keys(*tools, "tools", {"paths", "third_party"});
    if (tools->contains("paths")) config.tool_paths = reader.texts(*tools, "tools", "paths");
    if (tools->contains("third_party")) {
      config.third_party = reader.texts(*tools, "tools", "third_party");
    }
  }
}

}  // namespace

Result<Config> parse_config(const std::string& text, const std::string& file) {
  const toml::parse_result parsed = toml::parse(text, file);
  if (!parsed) {
    const toml::parse_error& error = parsed.error();
    return Error{Errc::invalid, std::string(error.description()),
                 file + ":" + std::to_string(error.source().begin.line)};
  }
  const toml::table& root = parsed.table();
  Config config;
  config.file = file;
  Reader reader(file);
  reader.check_keys(root, "",
                    {"store", "secrets", "backends", "routes", "tools", "permissions", "mcp",
                     "plugins", "policy", "budgets", "serve", "schedules", "bundled", "sandbox"});
  read_small_tables(reader, root, config);
  read_backends(reader, root, config);
  read_routes(reader, root, config);
  read_policy(reader, root, config);
  read_narrowings(reader, root, config);
  read_budgets(reader, root, config);
  for (const char* section : {"mcp", "plugins", "serve", "schedules"}) {
    if (root.contains(section)) config.inactive.emplace_back(section);
  }
  if (reader.failed()) return reader.error();
  if (const Result<void> read = read_bundled(root, config); !read) return read.error();
  if (const Result<void> read = read_sandbox(root, config); !read) return read.error();
  return config;
}

}  // namespace yoke
