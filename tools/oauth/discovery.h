#pragma once

#include <string>
#include <vector>

#include "runtime/base/json.h"
#include "runtime/base/result.h"

// Where a service's authorization server is, and what it can do: addresses to ask and how to read
// what comes. Pure.
namespace yoke {

// RFC 9728: what a service says of itself.
struct ProtectedResource {
  std::string resource = {};  // exactly as published
  std::vector<std::string> servers = {};
  std::vector<std::string> scopes = {};
};

// RFC 8414, or OpenID Connect Discovery: what an authorization server says of itself; or what the
// operator says of it.
struct AuthorizationServer {
  std::string issuer = {};
  std::string authorization_url = {};
  std::string token_url = {};
  std::string registration_url = {};
  std::string revocation_url = {};
  std::vector<std::string> scopes = {};
  std::vector<std::string> token_methods = {};  // as it names them
  std::vector<std::string> challenge_methods = {};
  std::vector<std::string> grants = {};
  bool names_issuer = false;       // the browser comes back with `iss` (RFC 9207)
  bool takes_client_urls = false;  // Client ID Metadata Documents
};

// The addresses of a service's metadata in the order to try them. What the service says itself,
// `said`, is the only one then.
std::vector<std::string> resource_metadata_urls(const std::string& service_url,
                                                const std::string& said);
// denied: it is the metadata of another service, so that a token for it is none for this one.
Result<ProtectedResource> protected_resource_of(const Json& document,
                                                const std::string& service_url);

// The addresses of an authorization server's metadata: OAuth's, then OpenID's two.
std::vector<std::string> server_metadata_urls(const std::string& issuer);
// denied: it speaks for another issuer than it was found by. unsupported: no PKCE with S256.
Result<AuthorizationServer> authorization_server_of(const Json& document,
                                                    const std::string& issuer);

// As kept in the vault beside the tokens.
Json json_of(const AuthorizationServer& server);
AuthorizationServer server_from_json(const Json& json);

std::vector<std::string> texts_at(const Json& object, std::string_view key);  // only the texts
bool holds(const std::vector<std::string>& list, std::string_view text);
// What is in either, each once, those of `first` before.
std::vector<std::string> union_of(std::vector<std::string> first,
                                  const std::vector<std::string>& more);

}  // namespace yoke
