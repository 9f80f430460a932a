#include "tools/oauth/discovery.h"

#include <algorithm>

#include "runtime/base/text.h"
#include "runtime/http/url.h"
#include "tools/oauth/origins.h"

namespace yoke {
namespace {

// "https://host" as the text has it, and the path without a closing slash.
struct Parts {
  std::string base;
  std::string path;
};

Parts parts_of(const std::string& url) {
  const std::string_view bare = std::string_view(url).substr(0, url.find_first_of("?#"));
  const std::size_t scheme = bare.find("://");
  const std::size_t slash = scheme == bare.npos ? bare.npos : bare.find('/', scheme + 3);
  if (slash == bare.npos) return {std::string(bare), ""};
  std::string path(bare.substr(slash));
  while (!path.empty() && path.back() == '/') path.pop_back();
  return {std::string(bare.substr(0, slash)), std::move(path)};
}

std::string path_of(const Url& url) { return url.target.substr(0, url.target.find('?')); }

// Whether a token for `resource` is one for the service: it is the same address, or one above it.
bool covers(const Url& resource, const Url& service) {
  if (resource.origin() != service.origin()) return false;
  std::string above = path_of(resource);
  const std::string path = path_of(service);
  while (!above.empty() && above.back() == '/') above.pop_back();
  return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

Error said_wrong(const std::string& what, const std::string& why) {
  return Error{Errc::denied, what + ": " + why};
}

Result<void> check_endpoint(const AuthorizationServer& server, const char* name,
                            const std::string& url) {
  if (url.empty()) return {};
  const Result<void> sound = permit_plain_text(url);
  if (sound) return {};
  return said_wrong("the authorization server " + printable(server.issuer),
                    "its " + std::string(name) + " cannot be used: " + sound.error().detail);
}

}  // namespace

std::vector<std::string> resource_metadata_urls(const std::string& service_url,
                                                const std::string& said) {
  if (!said.empty()) return {said};
  const Parts parts = parts_of(service_url);
  const std::string root = parts.base + "/.well-known/oauth-protected-resource";
  if (parts.path.empty()) return {root};
  return {root + parts.path, root};
}

Result<ProtectedResource> protected_resource_of(const Json& document,
                                                const std::string& service_url) {
  ProtectedResource found;
  found.resource = string_at(document, "resource");
  found.servers = texts_at(document, "authorization_servers");
  found.scopes = texts_at(document, "scopes_supported");
  const Result<Url> resource = parse_url(found.resource);
  const Result<Url> service = parse_url(service_url);
  if (!service) return service.error();
  const bool has_fragment = found.resource.find('#') != found.resource.npos;
  if (!resource || has_fragment || !covers(*resource, *service)) {
    return said_wrong(service->text(), "it names '" + shorten(printable(found.resource), 200) +
                                           "' as what its tokens are for, which is not this "
                                           "service: nothing is signed in to");
  }
  return found;
}

std::vector<std::string> server_metadata_urls(const std::string& issuer) {
  const Parts parts = parts_of(issuer);
  const std::string oauth = "/.well-known/oauth-authorization-server";
  const std::string openid = "/.well-known/openid-configuration";
  if (parts.path.empty()) return {parts.base + oauth, parts.base + openid};
  return {parts.base + oauth + parts.path, parts.base + openid + parts.path,
          parts.base + parts.path + openid};
}

Result<AuthorizationServer> authorization_server_of(const Json& document,
                                                    const std::string& issuer) {
  AuthorizationServer server = server_from_json(document);
  if (server.issuer != issuer) {
    return said_wrong("the authorization server " + shorten(printable(issuer), 200),
                      "its metadata is that of '" + shorten(printable(server.issuer), 200) + "'");
  }
  if (server.token_url.empty()) {
    return said_wrong("the authorization server " + shorten(printable(issuer), 200),
                      "its metadata names no token_endpoint");
  }
  for (const auto& [name, url] : {std::pair("authorization_endpoint", server.authorization_url),
                                  std::pair("token_endpoint", server.token_url),
                                  std::pair("registration_endpoint", server.registration_url),
                                  std::pair("revocation_endpoint", server.revocation_url)}) {
    if (const Result<void> sound = check_endpoint(server, name, url); !sound) return sound.error();
  }
  return server;
}

Json json_of(const AuthorizationServer& server) {
  return Json{{"issuer", server.issuer},
              {"authorization_endpoint", server.authorization_url},
              {"token_endpoint", server.token_url},
              {"registration_endpoint", server.registration_url},
              {"revocation_endpoint", server.revocation_url},
              {"scopes_supported", server.scopes},
              {"token_endpoint_auth_methods_supported", server.token_methods},
              {"code_challenge_methods_supported", server.challenge_methods},
              {"grant_types_supported", server.grants},
              {"authorization_response_iss_parameter_supported", server.names_issuer},
              {"client_id_metadata_document_supported", server.takes_client_urls}};
}

AuthorizationServer server_from_json(const Json& json) {
  AuthorizationServer server;
  server.issuer = string_at(json, "issuer");
  server.authorization_url = string_at(json, "authorization_endpoint");
  server.token_url = string_at(json, "token_endpoint");
  server.registration_url = string_at(json, "registration_endpoint");
  server.revocation_url = string_at(json, "revocation_endpoint");
  server.scopes = texts_at(json, "scopes_supported");
  server.token_methods = texts_at(json, "token_endpoint_auth_methods_supported");
  server.challenge_methods = texts_at(json, "code_challenge_methods_supported");
  server.grants = texts_at(json, "grant_types_supported");
  server.names_issuer = bool_at(json, "authorization_response_iss_parameter_supported");
  server.takes_client_urls = bool_at(json, "client_id_metadata_document_supported");
  return server;
}

std::vector<std::string> texts_at(const Json& object, std::string_view key) {
  std::vector<std::string> texts;
  const Json& list = member_at(object, key);
  if (!list.is_array()) return texts;
  for (const Json& each : list) {
    if (each.is_string()) texts.push_back(each.get<std::string>());
  }
  return texts;
}

bool holds(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::vector<std::string> union_of(std::vector<std::string> first,
                                  const std::vector<std::string>& more) {
  for (const std::string& each : more) {
    if (!holds(first, each)) first.push_back(each);
  }
  return first;
}

}  // namespace yoke
