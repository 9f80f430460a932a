#include "hosts/config/auth_config.h"

#include "hosts/config/section.h"
#include "hosts/vault/vault.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"

namespace yoke {
namespace {

const std::vector<std::string> kAuthKeys = {
    "kind",           "secret",          "in",
    "name",           "prefix",          "issuer",
    "token_url",      "client_id",       "authorization_url",
    "revocation_url", "scopes",          "client_secret",
    "token_auth",     "client_document", "private_key",
    "algorithm",      "key_id",          "resource",
    "params",         "redirect_port",   "origins"};

constexpr std::pair<const char*, AuthConfig::Kind> kAuthKinds[] = {
    {"none", AuthConfig::Kind::none},
    {"api_key", AuthConfig::Kind::api_key},
    {"bearer", AuthConfig::Kind::bearer},
    {"oauth", AuthConfig::Kind::oauth},
    {"client_credentials", AuthConfig::Kind::client_credentials}};

class AuthReader {
 public:
  AuthReader(TomlReader& reader, const toml::table& table, std::string path)
      : reader_(reader), table_(table), path_(std::move(path)) {}

  AuthConfig read() {
    reader_.check_keys(table_, path_, kAuthKeys);
    auth_.section = path_;
    auth_.line = line_of(table_);
    read_kind();
    auth_.secret = secret("secret");
    auth_.in = one_of("in", {"header", "query", "cookie"});
    auth_.name = text("name");
    if (table_.contains("prefix")) auth_.prefix = text("prefix");
    auth_.issuer = url("issuer");
    auth_.authorization_url = url("authorization_url");
    auth_.token_url = url("token_url");
    auth_.revocation_url = url("revocation_url");
    auth_.client_id = text("client_id");
    auth_.client_secret = secret("client_secret");
    auth_.client_document = url("client_document");
    auth_.token_auth = one_of(
        "token_auth", {"none", "client_secret_basic", "client_secret_post", "private_key_jwt"});
    auth_.private_key = secret("private_key");
    auth_.algorithm = text("algorithm");
    auth_.key_id = text("key_id");
    auth_.scopes = reader_.texts(table_, path_, "scopes");
    auth_.resource = url("resource");
    auth_.params = reader_.text_map(table_, path_, "params");
    auth_.redirect_port = reader_.whole(table_, path_, "redirect_port", 1024, 65535).value_or(0);
    read_origins();
    check();
    return std::move(auth_);
  }

 private:
  void fail(const char* key, const std::string& what) {
    const toml::node* node = table_.get(key);
    reader_.fail(node == nullptr ? table_ : *node, "'" + path_ + "." + key + "' " + what);
  }

  std::string text(const char* key) { return reader_.text(table_, path_, key); }

  // A name or a reference; what looks like the value itself is not repeated in the error.
  std::string secret(const char* key) {
    std::string named = text(key);
    if (named.empty() || is_reference(named) || is_secret_name(named)) return named;
    fail(key, "must be the name of a secret under [secrets], or a reference such as \"env:NAME\"");
    return {};
  }

  std::string url(const char* key) {
    std::string address = text(key);
    if (address.empty()) return address;
    if (const Result<Url> parsed = parse_url(address); !parsed) fail(key, parsed.error().detail);
    return address;
  }

  std::string one_of(const char* key, const std::vector<std::string>& known) {
    std::string word = text(key);
    bool is_known = word.empty();
    for (const std::string& each : known) is_known = is_known || each == word;
    if (!is_known) fail(key, "must be one of " + join(known, ", "));
    return word;
  }

  void read_kind() {
    std::vector<std::string> names;
    for (const auto& [name, kind] : kAuthKinds) names.emplace_back(name);
    const std::string word = one_of("kind", names);
    for (const auto& [name, kind] : kAuthKinds) {
      if (word == name) auth_.kind = kind;
    }
    if (word.empty() && table_.contains("secret")) auth_.kind = AuthConfig::Kind::api_key;
    const bool signs_in = table_.contains("client_id") || table_.contains("issuer") ||
                          table_.contains("token_url") || table_.contains("client_document");
    if (word.empty() && signs_in) auth_.kind = AuthConfig::Kind::oauth;
  }

  void read_origins() {
    for (const std::string& each : reader_.texts(table_, path_, "origins")) {
      const Result<Url> parsed = parse_url(each);
      if (!parsed) {
        fail("origins", "are addresses such as \"https://api.example\": " + parsed.error().detail);
        return;
      }
      auth_.origins.push_back(parsed->origin());
    }
  }

  void check() {
    const bool key =
        auth_.kind == AuthConfig::Kind::api_key || auth_.kind == AuthConfig::Kind::bearer;
    if (key && auth_.secret.empty() && !reader_.failed()) {
      fail("secret", "is missing: write the name of a secret under [secrets]");
    }
    const bool alone = auth_.kind == AuthConfig::Kind::client_credentials;
    if (alone && auth_.client_id.empty() && !reader_.failed()) {
      fail("client_id", "is missing: client credentials are those of a client");
    }
    const bool half = auth_.token_url.empty() != auth_.authorization_url.empty();
    if (half && !alone && auth_.issuer.empty() && !reader_.failed()) {
      fail(auth_.token_url.empty() ? "token_url" : "authorization_url",
           "is missing: write both addresses, or issuer");
    }
  }

  TomlReader& reader_;
  const toml::table& table_;
  const std::string path_;
  AuthConfig auth_;
};

void read_auth_tables(TomlReader& reader, const toml::table& root, const char* section,
                      std::map<std::string, AuthConfig>& all) {
  const toml::node* services = root.get(section);
  if (services == nullptr || !services->is_table()) return;  // another's to complain about
  for (const auto& [name, node] : *services->as_table()) {
    const toml::table* service = node.as_table();
    if (service == nullptr || !service->contains("auth")) continue;
    const std::string path = std::string(section) + "." + std::string(name.str());
    const toml::table* auth = reader.table(*service, path, "auth");
    if (auth != nullptr) all[path + ".auth"] = AuthReader(reader, *auth, path + ".auth").read();
  }
}

}  // namespace

std::map<std::string, AuthConfig> read_auth_config(TomlReader& reader, const toml::table& root) {
  std::map<std::string, AuthConfig> all;
  read_auth_tables(reader, root, "plugins", all);
  read_auth_tables(reader, root, "mcp", all);
  const toml::node* graph = root.get("graph");
  if (graph != nullptr && graph->is_table() && graph->as_table()->contains("auth")) {
    const toml::table* auth = reader.table(*graph->as_table(), "graph", "auth");
    if (auth != nullptr) all["graph.auth"] = AuthReader(reader, *auth, "graph.auth").read();
  }
  const toml::table* shared = reader.table(root, "", "auth");
  if (shared == nullptr) return all;
  for (const auto& [name, node] : *shared) {
    const std::string path = "auth." + std::string(name.str());
    const toml::table* auth = node.as_table();
    if (auth == nullptr) {
      reader.fail(node, "'" + path + "' must be a table, such as { secret = \"WEATHER_KEY\" }");
      continue;
    }
    all[path] = AuthReader(reader, *auth, path).read();
  }
  return all;
}

Result<std::map<std::string, AuthConfig>> auth_config_of(const Config& config) {
  return section_of<std::map<std::string, AuthConfig>>(config, &read_auth_config);
}

std::map<std::string, std::string> read_mcp_urls(TomlReader&, const toml::table& root) {
  std::map<std::string, std::string> urls;
  const toml::node* servers = root.get("mcp");
  if (servers == nullptr || !servers->is_table()) return urls;
  for (const auto& [name, node] : *servers->as_table()) {
    const toml::table* server = node.as_table();
    if (server == nullptr) continue;
    urls[std::string(name.str())] = (*server)["url"].value_or(std::string());
  }
  return urls;
}

}  // namespace yoke
