#include "tools/plugins/plugin_credentials.h"

#include <algorithm>

#include "runtime/http/url.h"

namespace yoke {
namespace {

using Scheme = openapi::SecurityScheme;

void take_scheme(CredentialsWanted& wanted, const Scheme& scheme,
                 const std::vector<std::string>& scopes) {
  if (scheme.kind == Scheme::Kind::api_key) {
    wanted.key.name = scheme.parameter;
    wanted.key.in = scheme.where == "query"    ? ApiKeyPlace::In::query
                    : scheme.where == "cookie" ? ApiKeyPlace::In::cookie
                                               : ApiKeyPlace::In::header;
    wanted.key.prefix.clear();
  }
  if (scheme.kind == Scheme::Kind::http) {
    wanted.key = ApiKeyPlace{};
    wanted.key.prefix = scheme.scheme == "basic" ? "Basic " : "Bearer ";
  }
  for (const openapi::OauthFlow& flow : scheme.flows) {
    if (wanted.token_url.empty()) wanted.token_url = flow.token_url;
    if (wanted.authorization_url.empty()) wanted.authorization_url = flow.authorization_url;
    if (wanted.refresh_url.empty()) wanted.refresh_url = flow.refresh_url;
  }
  if (scheme.kind == Scheme::Kind::oauth2 || scheme.kind == Scheme::Kind::open_id_connect) {
    wanted.scopes = scopes;
  }
}

CredentialsWanted::Kind kind_of(const Scheme& scheme) {
  switch (scheme.kind) {
    case Scheme::Kind::api_key:
      return CredentialsWanted::Kind::api_key;
    case Scheme::Kind::http:
      return scheme.scheme == "bearer" ? CredentialsWanted::Kind::bearer
                                       : CredentialsWanted::Kind::api_key;
    case Scheme::Kind::oauth2:
    case Scheme::Kind::open_id_connect:
      return CredentialsWanted::Kind::oauth;
    case Scheme::Kind::mutual_tls:
      return CredentialsWanted::Kind::none;
  }
  return CredentialsWanted::Kind::none;
}

// Whether the scheme is of the kind that the manifest's `auth` names.
bool suits(const Scheme& scheme, CredentialsWanted::Kind kind) {
  const bool key = scheme.kind == Scheme::Kind::api_key || scheme.kind == Scheme::Kind::http;
  return kind == CredentialsWanted::Kind::api_key ? key : !key;
}

const Scheme* scheme_named(const openapi::Document& document, const std::string& name) {
  const auto& all = document.security_schemes();
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const Scheme& scheme) { return scheme.name == name; });
  return found == all.end() ? nullptr : &*found;
}

CredentialsWanted wanted_of_auth(const Plugin& plugin, const PluginAuth& auth) {
  CredentialsWanted wanted;
  wanted.name = plugin.name;
  wanted.reference_id = auth.reference_id;
  wanted.key.prefix = "Bearer ";
  if (auth.kind == PluginAuth::Kind::oauth) wanted.kind = CredentialsWanted::Kind::oauth;
  if (auth.kind == PluginAuth::Kind::api_key) wanted.kind = CredentialsWanted::Kind::api_key;
  return wanted;
}

void add_origin(CredentialsWanted& wanted, const std::string& url) {
  const Result<Url> parsed = parse_url(url);
  if (parsed) wanted.origins.push_back(parsed->origin());
}

}  // namespace

CredentialsWanted wanted_of_operation(const Plugin& plugin, std::size_t runtime,
                                      const openapi::Document& document,
                                      const openapi::Operation& operation, bool alone) {
  CredentialsWanted wanted = wanted_of_auth(plugin, plugin.manifest.runtimes[runtime].auth);
  bool found = false;
  for (const auto& needs : operation.security) {
    for (const openapi::SecurityNeed& need : needs) {
      const Scheme* scheme = scheme_named(document, need.scheme);
      if (scheme == nullptr || found) continue;
      if (alone) wanted.kind = kind_of(*scheme);
      if (!alone && !suits(*scheme, wanted.kind)) continue;
      take_scheme(wanted, *scheme, need.scopes);
      found = true;
    }
  }
  for (const Scheme& scheme : document.security_schemes()) {
    if (found || alone || !suits(scheme, wanted.kind)) continue;
    take_scheme(wanted, scheme, {});
    found = true;
  }
  for (const openapi::Server& server : operation.servers) {
    const Result<std::string> url = openapi::server_url(server);
    if (url) add_origin(wanted, *url);
  }
  return wanted;
}

CredentialsWanted wanted_of_mcp(const Plugin& plugin, std::size_t runtime) {
  const PluginRuntime& said = plugin.manifest.runtimes[runtime];
  CredentialsWanted wanted = wanted_of_auth(plugin, said.auth);
  wanted.url = said.url;
  add_origin(wanted, said.url);
  return wanted;
}

}  // namespace yoke
