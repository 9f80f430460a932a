#include "hosts/app/operator_credentials.h"

#include <algorithm>
#include <tuple>

#include "hosts/app/graph_settings.h"
#include "hosts/config/section.h"
#include "hosts/config/vault_place.h"
#include "runtime/base/hash.h"
#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/oauth/discovery.h"

namespace yoke {
namespace {

constexpr std::size_t kPackageMarkDigits = 16;

using WantedKind = CredentialsWanted::Kind;

AuthConfig::Kind kind_in(const CredentialsWanted& wanted, const AuthConfig* auth) {
  if (auth != nullptr && auth->kind != AuthConfig::Kind::unsaid) return auth->kind;
  switch (wanted.kind) {
    case WantedKind::none:
      return AuthConfig::Kind::none;
    case WantedKind::api_key:
      return AuthConfig::Kind::api_key;
    case WantedKind::bearer:
      return AuthConfig::Kind::bearer;
    case WantedKind::client_credentials:
      return AuthConfig::Kind::client_credentials;
    case WantedKind::oauth:
    case WantedKind::any:
      return AuthConfig::Kind::oauth;
  }
  return AuthConfig::Kind::none;
}

bool is_same_want(const CredentialsWanted& a, const CredentialsWanted& b) {
  const auto key = [](const CredentialsWanted& each) {
    return std::tie(each.service, each.name, each.kind, each.reference_id, each.url, each.origins,
                    each.origins_are_said, each.package, each.package_hash, each.key.in,
                    each.key.name, each.key.prefix, each.authorization_url, each.token_url,
                    each.refresh_url, each.scopes);
  };
  return key(a) == key(b);
}

std::string own_section(const CredentialsWanted& wanted) {
  if (wanted.service == CredentialsWanted::Service::graph) return "graph.auth";
  const bool mcp = wanted.service == CredentialsWanted::Service::mcp;
  return (mcp ? "mcp." : "plugins.") + wanted.name + ".auth";
}

std::string login_of(const CredentialsWanted& wanted) {
  if (wanted.service == CredentialsWanted::Service::graph) return "yoke graph login";
  const bool mcp = wanted.service == CredentialsWanted::Service::mcp;
  return std::string("yoke ") + (mcp ? "mcp" : "plugins") + " login " + wanted.name;
}

ApiKeyPlace key_place(const CredentialsWanted& wanted, const AuthConfig* auth, bool bearer) {
  ApiKeyPlace place = wanted.key;
  if (bearer && (wanted.kind != WantedKind::bearer || place.prefix.empty())) {
    place = ApiKeyPlace{ApiKeyPlace::In::header, "Authorization", "Bearer "};
  }
  if (auth == nullptr) return place;
  if (auth->in == "header") place.in = ApiKeyPlace::In::header;
  if (auth->in == "query") place.in = ApiKeyPlace::In::query;
  if (auth->in == "cookie") place.in = ApiKeyPlace::In::cookie;
  if (!auth->name.empty()) place.name = auth->name;
  if (auth->prefix) place.prefix = *auth->prefix;
  return place;
}

std::vector<std::string> origins_of(const CredentialsWanted& wanted, const AuthConfig* auth) {
  // Any package may name a shared section: where the operator says who may see it, nobody adds to
  // that.
  const bool shared = auth != nullptr && auth->section.starts_with("auth.");
  if (shared && !auth->origins.empty()) return auth->origins;
  std::vector<std::string> origins;
  const auto add = [&](const std::string& url) {
    const Result<Url> parsed = parse_url(url);
    if (parsed && !holds(origins, parsed->origin())) origins.push_back(parsed->origin());
  };
  for (const std::string& each : wanted.origins) add(each);
  add(wanted.url);
  if (auth != nullptr) origins = union_of(std::move(origins), auth->origins);
  return origins;
}

}  // namespace

OperatorCredentials::OperatorCredentials(Token, const Config& config, Services services)
    : config_(config),
      services_(services),
      shelf_(vault_place_of(config), services.wall),
      key_grants_(services.grants) {}

Result<std::unique_ptr<OperatorCredentials>> OperatorCredentials::make(const Config& config,
                                                                       Services services) {
  auto book = std::make_unique<OperatorCredentials>(Token{}, config, services);
  Result<std::map<std::string, AuthConfig>> sections = auth_config_of(config);
  if (!sections) return sections.error();
  book->sections_ = std::move(*sections);
  Result<std::map<std::string, std::string>> urls =
      section_of<std::map<std::string, std::string>>(config, &read_mcp_urls);
  if (!urls) return urls.error();
  book->mcp_urls_ = std::move(*urls);
  return book;
}

const AuthConfig* OperatorCredentials::section_for(const CredentialsWanted& wanted) const {
  // A package that no section is about may call itself as it likes.
  const auto own = wanted.package.empty() ? sections_.find(own_section(wanted)) : sections_.end();
  if (own != sections_.end()) return &own->second;
  if (wanted.reference_id.empty()) return nullptr;
  const auto shared = sections_.find("auth." + wanted.reference_id);
  return shared == sections_.end() ? nullptr : &shared->second;
}

Error OperatorCredentials::placed_at(const AuthConfig* auth, Error error) const {
  if (auth != nullptr) error.place = place_in(config_, auth->line);
  return error;
}

Error OperatorCredentials::nothing_written(const CredentialsWanted& wanted) const {
  const std::string section = wanted.reference_id.empty()
                                  ? own_section(wanted)
                                  : "auth.\"" + printable(wanted.reference_id) + "\"";
  const bool key = wanted.kind == WantedKind::api_key || wanted.kind == WantedKind::bearer;
  const std::string what =
      key ? "secret = \"NAME\" (a name under [secrets])"
          : "client_id, and client_secret where there is one (a name under [secrets])";
  const std::string who =
      wanted.service == Service::graph
          ? "Microsoft Graph"
          : (wanted.service == Service::mcp ? "the MCP server '" : "the plugin '") +
                printable(wanted.name) + "'";
  return Error{Errc::not_found,
               who + " has to show who asks: write [" + section + "] into yoke.toml with " + what};
}

Result<std::unique_ptr<Credentials>> OperatorCredentials::key_for(const CredentialsWanted& wanted,
                                                                  const AuthConfig* auth) {
  if (auth == nullptr || auth->secret.empty()) return nothing_written(wanted);
  const bool bearer = auth->kind == AuthConfig::Kind::bearer || wanted.kind == WantedKind::bearer;
  ApiKeySettings settings;
  settings.secret = auth->secret;
  settings.place = key_place(wanted, auth, bearer);
  settings.origins = origins_of(wanted, auth);
  return api_key_credentials(std::move(settings), services_.secrets);
}

Result<OAuthSettings> OperatorCredentials::sign_in_settings(const CredentialsWanted& wanted,
                                                            const AuthConfig* auth) const {
  static const AuthConfig kNone;
  const AuthConfig& said = auth == nullptr ? kNone : *auth;
  OAuthSettings settings;
  const bool mcp = wanted.service == Service::mcp;
  const bool shared = said.section.starts_with("auth.");
  settings.name = shared ? "auth/" + wanted.reference_id : (mcp ? "mcp/" : "plugin/") + wanted.name;
  if (!shared && !wanted.package.empty()) {
    const std::string mark = to_hex(sha256(wanted.package + "\n" + wanted.package_hash));
    settings.name = "package/" + mark.substr(0, kPackageMarkDigits) + "/" + wanted.name;
  }
  if (wanted.service == Service::graph) settings.name = kGraphName;
  settings.section = "[" + (auth == nullptr ? own_section(wanted) : said.section) + "]";
  settings.login = login_of(wanted);
  const bool alone = kind_in(wanted, auth) == AuthConfig::Kind::client_credentials;
  if (alone) settings.grant = OAuthSettings::Grant::client_credentials;
  settings.issuer = said.issuer;
  // What the operator says of the server is not mixed with what a document says of another.
  const bool named = !said.issuer.empty() || !said.token_url.empty();
  settings.authorization_url = named ? said.authorization_url : wanted.authorization_url;
  settings.token_url = named ? said.token_url : wanted.token_url;
  settings.token_url_is_found = !named && !wanted.token_url.empty();
  settings.revocation_url = said.revocation_url;
  settings.service_url = wanted.url;
  settings.origins = origins_of(wanted, auth);
  settings.client_id = said.client_id;
  settings.client_secret = said.client_secret;
  settings.client_document = said.client_document;
  settings.private_key = said.private_key;
  settings.key_algorithm = said.algorithm;
  settings.key_id = said.key_id;
  if (!said.token_auth.empty()) {
    const Result<ClientProof> proof = client_proof_from_name(said.token_auth);
    if (proof) settings.proof = *proof;
  }
  settings.scopes = said.scopes.empty() ? wanted.scopes : said.scopes;
  settings.resource = said.resource;
  for (const auto& [name, value] : said.params) settings.more.emplace_back(name, value);
  settings.redirect_port = static_cast<std::uint16_t>(said.redirect_port);
  const bool found = !settings.issuer.empty() || !settings.token_url.empty();
  if (!found && settings.service_url.empty()) {
    if (auth == nullptr) return nothing_written(wanted);
    return placed_at(auth,
                     Error{Errc::invalid, "[" + said.section +
                                              "] does not say where to sign in: write issuer, "
                                              "or authorization_url and token_url"});
  }
  if (settings.client_id.empty() && settings.issuer.empty() && !settings.token_url.empty()) {
    return auth == nullptr
               ? nothing_written(wanted)
               : placed_at(auth, Error{Errc::invalid, "[" + said.section + "] has no client_id"});
  }
  return settings;
}

std::optional<SharedKey> OperatorCredentials::shared_key(const CredentialsWanted& wanted) const {
  const bool takes_none = wanted.kind == WantedKind::none;
  if (wanted.reference_id.empty() || takes_none) return std::nullopt;
  const AuthConfig* auth = section_for(wanted);
  if (auth != nullptr && (auth->section == own_section(wanted) || !auth->origins.empty())) {
    return std::nullopt;
  }
  SharedKey key;
  key.reference = wanted.reference_id;
  key.plugin = wanted.name;
  key.package = wanted.package;
  key.content = wanted.package_hash;
  if (!wanted.origins_are_said) key.to = origins_of(wanted, auth);
  const bool named = auth != nullptr && (!auth->issuer.empty() || !auth->token_url.empty());
  const bool signs_in = kind_in(wanted, auth) == AuthConfig::Kind::oauth ||
                        kind_in(wanted, auth) == AuthConfig::Kind::client_credentials;
  const Result<Url> token = parse_url(wanted.token_url);
  if (signs_in && !named && token) {
    key.token_origin = token->origin();
    key.to = union_of(std::move(key.to), {key.token_origin});
  }
  if (key.to.empty()) return std::nullopt;
  return key;
}

std::vector<SharedKey> OperatorCredentials::shared_keys() const {
  std::vector<SharedKey> all;
  for (const Made& made : made_) {
    std::optional<SharedKey> key = shared_key(made.wanted);
    if (!key || !has_section(*key)) continue;
    const auto same = [&](const SharedKey& each) {
      return each.plugin == key->plugin && each.package == key->package &&
             each.content == key->content && each.reference == key->reference;
    };
    const auto known = std::find_if(all.begin(), all.end(), same);
    if (known == all.end()) {
      all.push_back(std::move(*key));
    } else {
      known->to = union_of(std::move(known->to), key->to);
    }
  }
  return all;
}

Result<void> OperatorCredentials::make(const CredentialsWanted& wanted, const AuthConfig* auth,
                                       Made& made) {
  switch (kind_in(wanted, auth)) {
    case AuthConfig::Kind::none:
    case AuthConfig::Kind::unsaid:
      made.credentials = no_credentials();
      return {};
    case AuthConfig::Kind::api_key:
    case AuthConfig::Kind::bearer: {
      Result<std::unique_ptr<Credentials>> key = key_for(wanted, auth);
      if (!key) return key.error();
      made.credentials = std::move(*key);
      return {};
    }
    case AuthConfig::Kind::oauth:
    case AuthConfig::Kind::client_credentials: {
      Result<OAuthSettings> settings = sign_in_settings(wanted, auth);
      if (!settings) return settings.error();
      const OAuthServices services{services_.http, shelf_, services_.secrets, services_.wall,
                                   random_};
      auto sign_in = std::make_unique<OAuthCredentials>(std::move(*settings), services);
      made.sign_in = sign_in.get();
      made.credentials = std::move(sign_in);
      return {};
    }
  }
  return {};
}

Result<Credentials*> OperatorCredentials::credentials_for(const CredentialsWanted& wanted) {
  for (const Made& made : made_) {
    if (is_same_want(made.wanted, wanted)) return made.credentials.get();
  }
  const AuthConfig* auth = section_for(wanted);
  Made made;
  made.wanted = wanted;
  if (Result<void> done = make(wanted, auth, made); !done) return done.error();
  if (std::optional<SharedKey> key = shared_key(wanted); auth != nullptr && key) {
    made.credentials =
        granted_credentials(std::move(*key), key_grants_, std::move(made.credentials));
  }
  made_.push_back(std::move(made));
  return made_.back().credentials.get();
}

Result<OAuthCredentials*> OperatorCredentials::sign_in_of(Service service,
                                                          const std::string& name) {
  const auto made_for = [&]() -> const Made* {
    const Made* found = nullptr;
    for (const Made& made : made_) {
      const bool named = made.wanted.service == service && made.wanted.name == name;
      if (named && (found == nullptr || made.sign_in != nullptr)) found = &made;
    }
    return found;
  };
  if (made_for() == nullptr) {
    CredentialsWanted wanted;
    wanted.service = service;
    wanted.name = name;
    wanted.kind = WantedKind::any;
    if (service == Service::graph) {
      const Result<GraphConfig> graph = graph_config_of(config_);
      if (!graph) return graph.error();
      if (!graph->is_there) {
        return Error{Errc::not_found,
                     "there is no [graph] in yoke.toml: write it, with [graph.auth]"};
      }
      wanted = graph_wanted_of(*graph);
    }
    if (service == Service::mcp) {
      const auto url = mcp_urls_.find(name);
      if (url == mcp_urls_.end()) {
        std::vector<std::string> names;
        for (const auto& [known, address] : mcp_urls_) names.push_back(known);
        return Error{Errc::not_found, "there is no [mcp." + printable(name) + "] in yoke.toml" +
                                          did_you_mean(name, names)};
      }
      if (url->second.empty()) {
        return Error{Errc::unsupported, "[mcp." + name +
                                            "] runs a command: it takes what it needs from its "
                                            "environment (env), and is not signed in to"};
      }
      wanted.url = url->second;
    }
    const Result<Credentials*> made = credentials_for(wanted);
    if (!made) return made.error();
  }
  const Made* found = made_for();
  if (found->sign_in != nullptr) {
    const std::optional<SharedKey> key = shared_key(found->wanted);
    const bool shown = key && has_section(*key);
    const std::vector<std::string> missing =
        shown ? key_grants_.missing(*key) : std::vector<std::string>{};
    if (!missing.empty()) return not_granted(*key, missing);
    return found->sign_in;
  }
  return Error{Errc::unsupported, "'" + printable(name) +
                                      "' is not signed in to: it takes a key, or nothing, as its "
                                      "document and [" +
                                      own_section(found->wanted) + "] say"};
}

}  // namespace yoke
