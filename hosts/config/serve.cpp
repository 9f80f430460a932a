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

}  // namespace

void read_serve(TomlReader& reader, const toml::table& root, Config& config) {
  const toml::table* serve = reader.table(root, "", "serve");
  if (serve == nullptr) return;
  ServeConfig& to = config.serve;
  reader.check_keys(
      *serve, "serve",
      {"listen", "certificate", "key", "hosts", "origins", "connections", "connections_per_client",
       "body", "runs_at_once", "drain", "oidc", "answers", "models"});
  read_listen(reader, *serve, to);
  read_tls(reader, *serve, to);
  if (serve->contains("hosts")) to.hosts = reader.texts(*serve, "serve", "hosts");
  if (serve->contains("origins")) to.origins = reader.texts(*serve, "serve", "origins");
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
