#include "hosts/config/sections.h"
#include "hosts/config/toml_json.h"
#include "runtime/base/text.h"
#include "runtime/base/time.h"

namespace yoke {
namespace {

constexpr int kAttemptsMax = 10;
constexpr std::int64_t kRequestsPerMinuteMax = 1'000'000;
constexpr std::int64_t kTokensPerMinuteMax = 1'000'000'000;
constexpr std::int64_t kConcurrentMax = 100'000;

std::map<std::string, FactsConfig> read_models(TomlReader& reader, const toml::table& table,
                                               const std::string& path) {
  std::map<std::string, FactsConfig> out;
  const toml::table* models = reader.table(table, path, "models");
  if (models == nullptr) return out;
  for (const auto& [name, node] : *models) {
    const std::string glob(name.str());
    std::optional<Json> facts;
    if (node.is_table()) facts = json_of(node);
    if (facts) {
      out[glob] = FactsConfig{std::move(*facts), line_of(node)};
    } else {
      reader.fail(node, "'" + path + ".models." + glob +
                            "' must be a table such as { context = 32768, images = true }");
    }
  }
  return out;
}

// How requests are sent: what the vendor wants in them, how often, and how long silence may be.
void read_sending(TomlReader& reader, const toml::table& table, const std::string& path,
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

// Either one key or a list of them.
void read_keys(TomlReader& reader, const toml::table& table, const std::string& path,
               BackendConfig& backend) {
  backend.api_key = reader.text(table, path, "api_key");
  backend.api_keys = reader.texts(table, path, "api_keys");
  const toml::node* several = table.get("api_keys");
  if (several == nullptr) return;
  if (!backend.api_key.empty()) {
    reader.fail(*several, "'" + path + "' has api_key and api_keys: write all keys into api_keys");
  } else if (backend.api_keys.empty()) {
    reader.fail(*several, "'" + path + ".api_keys' names no key");
  }
}

void read_limits(TomlReader& reader, const toml::table& table, const std::string& path,
                 BackendConfig& backend) {
  const toml::table* limits = reader.table(table, path, "limits");
  if (limits == nullptr) return;
  const std::string inner = path + ".limits";
  reader.check_keys(*limits, inner, {"requests_per_minute", "tokens_per_minute", "concurrent"});
  const auto read = [&](const char* key, std::int64_t most) {
    return reader.whole(*limits, inner, key, 1, most).value_or(0);
  };
  backend.limits.requests_per_minute = read("requests_per_minute", kRequestsPerMinuteMax);
  backend.limits.tokens_per_minute = read("tokens_per_minute", kTokensPerMinuteMax);
  backend.limits.concurrent = read("concurrent", kConcurrentMax);
}

BackendConfig read_backend(TomlReader& reader, const toml::table& table, const std::string& path) {
  std::vector<std::string> keys{"preset",       "base_url", "api",    "api_key", "api_keys",
                                "script",       "headers",  "prices", "body",    "attempts",
                                "idle_timeout", "limits",   "models", "training"};
  const std::vector<std::string>& of_local = local_backend_keys();
  keys.insert(keys.end(), of_local.begin(), of_local.end());
  reader.check_keys(table, path, keys);
  BackendConfig backend;
  backend.preset = reader.text(table, path, "preset");
  backend.base_url = reader.text(table, path, "base_url");
  backend.api = reader.text(table, path, "api");
  read_keys(reader, table, path, backend);
  read_limits(reader, table, path, backend);
  backend.script = reader.text(table, path, "script");
  backend.local = read_local_backend(reader, table, path);
  backend.headers = reader.text_map(table, path, "headers");
  backend.line = line_of(table);
  if (backend.preset.empty()) reader.fail(table, "'" + path + ".preset' is missing");
  backend.prices = read_prices(reader, table, path);
  backend.models = read_models(reader, table, path);
  read_sending(reader, table, path, backend);
  return backend;
}

}  // namespace

void read_backends(TomlReader& reader, const toml::table& root, Config& config) {
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

}  // namespace yoke
