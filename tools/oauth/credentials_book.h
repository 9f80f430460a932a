#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/oauth/credentials.h"

namespace yoke {

// What a plugin's manifest and its OpenAPI document, or an MCP server's entry, say of how to be
// asked. What the operator says (the section that is named below) wins over all of it.
struct CredentialsWanted {
  enum class Service : std::uint8_t { plugin, mcp, graph };  // Microsoft Graph
  // `oauth` also stands for Entra single sign-on and dynamic registration. `any`: what the service
  // itself will ask for, which is how an MCP server over HTTP without a section is taken.
  enum class Kind : std::uint8_t { none, api_key, oauth, client_credentials, bearer, any };

  Service service = Service::plugin;
  std::string name = {};  // of the plugin or server in yoke.toml; "graph"
  Kind kind = Kind::none;
  // "auth.reference_id" of a manifest: the section is [auth.REFERENCE_ID] then, where there is no
  // [plugins.NAME.auth] or [mcp.NAME.auth].
  std::string reference_id = {};
  std::string url = {};                   // an MCP server's endpoint; else empty
  std::vector<std::string> origins = {};  // that may be shown it: those of `servers`
  bool origins_are_said = false;          // the operator wrote them, and no package did
  // The package that it came in, where no section of yoke.toml is about it; and its content.
  std::string package = {};
  std::string package_hash = {};

  ApiKeyPlace key = {};  // of the security scheme `apiKey`, or `http` with `bearer`
  // Of the security scheme `oauth2`, or found at openIdConnectUrl.
  std::string authorization_url = {};
  std::string token_url = {};
  std::string refresh_url = {};
  std::vector<std::string> scopes = {};
};

// The operator's credentials, by what wants them. Implemented by hosts/ from yoke.toml and the
// vault.
//
// Ownership: owns what it gives, which lives as long as the book.
// Threads:   loop thread only; answers at once and asks nobody.
class CredentialsBook {
 public:
  virtual ~CredentialsBook() = default;
  // Errors: not_found, naming the section of yoke.toml to write and what belongs into it; invalid,
  // with file:line. What else is missing (a secret, a sign-in) comes when it is used.
  virtual Result<Credentials*> credentials_for(const CredentialsWanted& wanted) = 0;
};

}  // namespace yoke
