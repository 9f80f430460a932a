#include <algorithm>
#include <charconv>

#include "hosts/config/sections.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::int64_t kConnectionsMax = 1'000'000;
constexpr std::int64_t kRunsMax = 100'000;

std::optional<ListenAt> unix_place(const std::string& text) {
  if (!text.starts_with("unix:") || text.size() == 5) return std::nullopt;
  ListenAt at;
  at.path = text.substr(5);
  at.text = text;
  return at;
}

// Brackets around an IPv6 address are no part of it; "localhost" is this machine, whatever a name
// server may say.
std::string numeric(std::string host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host == "localhost" ? "127.0.0.1" : host;
}

}  // namespace

std::optional<ListenAt> listen_at(const std::string& text) {
  if (text.starts_with("unix:")) return unix_place(text);
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  ListenAt at;
  at.text = text;
  at.address = numeric(text.substr(0, colon));
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, at.port);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return at;
}

std::string wrong_listen(const std::string& text) {
  return "'" + text +
         "' is no place to listen at: write \"127.0.0.1:8177\", \"[::1]:8177\" or "
         "\"unix:PATH\"";
}

namespace {

void read_listen(TomlReader& reader, const toml::table& serve, ServeConfig& config) {
  const toml::node* node = serve.get("listen");
  if (node == nullptr) return;
  std::vector<std::string> texts;
  if (node->is_array()) {
    texts = reader.texts(serve, "serve", "listen");
  } else {
    texts.push_back(reader.text(serve, "serve", "listen"));
  }
  config.listen.clear();
  for (const std::string& text : texts) {
    const std::optional<ListenAt> at = listen_at(text);
    if (!at) return reader.fail(*node, "'serve.listen': " + wrong_listen(text));
    config.listen.push_back(*at);
  }
}

void read_tls(TomlReader& reader, const toml::table& serve, ServeConfig& config) {
  config.certificate = reader.text(serve, "serve", "certificate");
  config.key = reader.text(serve, "serve", "key");
  if (config.certificate.empty() == config.key.empty()) return;
  const bool lacks_key = config.key.empty();
  reader.fail(*serve.get(lacks_key ? "certificate" : "key"),
              std::string("'serve.") + (lacks_key ? "key" : "certificate") +
                  "' is missing: TLS takes a certificate file and its key file");
}

// Why the text is no host that a request can name; empty when it is one.
std::string wrong_host(const std::string& text) {
  const std::string only = "'" + text + "' is no host: write its name alone";
  const std::size_t scheme = text.find("://");
  const std::string rest = scheme == std::string::npos ? text : text.substr(scheme + 3);
  const bool is_v6 = std::count(rest.begin(), rest.end(), ':') > 1;
  const bool plain = is_v6 ? rest.front() != '[' : rest.find_first_of(":/") == std::string::npos;
  if (scheme == std::string::npos && plain && !text.empty()) return {};
  std::string name = rest.substr(0, rest.find('/'));
  if (name.starts_with('[')) {
    name = name.substr(1, name.find(']') - 1);
  } else if (!is_v6) {
    name = name.substr(0, name.find(':'));
  }
  return name.empty() ? only : only + ", \"" + name + "\", without a scheme, port or path";
}

// Why the text is no origin as browsers send it; empty when it is one.
std::string wrong_origin(const std::string& text) {
  const std::size_t scheme = text.find("://");
  const std::string wrong = "'" + text + "' is no origin: write it as browsers send it, ";
  if (text == "*") return wrong + "each by itself: \"https://app.example\"";
  if (scheme == std::string::npos || scheme == 0) {
    return wrong + "with its scheme: \"https://" + text.substr(scheme == 0 ? 3 : 0) + "\"";
  }
  const std::size_t path = text.find('/', scheme + 3);
  if (path == std::string::npos) return {};
  return wrong + "without a path: \"" + text.substr(0, path) + "\"";
}

using WhyWrong = std::string (*)(const std::string& text);

std::vector<std::string> read_names(TomlReader& reader, const toml::table& serve, const char* key,
                                    WhyWrong why_wrong) {
  if (!serve.contains(key)) return {};
  std::vector<std::string> names = reader.texts(serve, "serve", key);
  for (std::size_t i = 0; i < names.size() && !reader.failed(); ++i) {
    const std::string wrong = why_wrong(names[i]);
    const toml::array* list = serve.get_as<toml::array>(key);
    const toml::node& place = list != nullptr ? *list->get(i) : *serve.get(key);
    if (!wrong.empty()) reader.fail(place, "'serve." + std::string(key) + "': " + wrong);
  }
  return names;
}

}  // namespace

void read_serve(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* serve = reader.table(root, "", "serve");
  if (serve == nullptr) return;
  ServeConfig& to = config.serve;
  reader.check_keys(
      *serve, "serve",
      {"listen", "certificate", "key", "hosts", "origins", "connections", "connections_per_client",
       "body", "runs_at_once", "drain", "oidc", "answers", "models", "mcp"});
  read_listen(reader, *serve, to);
  read_tls(reader, *serve, to);
  to.hosts = read_names(reader, *serve, "hosts", &wrong_host);
  to.origins = read_names(reader, *serve, "origins", &wrong_origin);
  read_serve_models(reader, *serve, to);
  to.connections = reader.whole(*serve, "serve", "connections", 1, kConnectionsMax);
  to.connections_per_client =
      reader.whole(*serve, "serve", "connections_per_client", 1, kConnectionsMax);
  to.body_bytes = reader.bytes(*serve, "serve", "body");
  to.runs_at_once = reader.whole(*serve, "serve", "runs_at_once", 1, kRunsMax);
  to.drain = reader.duration(*serve, "serve", "drain", true);
  read_serve_access(reader, *serve, to);
  to.line = line_of(*serve);
}

}  // namespace yoke
