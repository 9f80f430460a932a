#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hosts/app/shared_keys.h"
#include "hosts/app/vault_shelf.h"
#include "hosts/config/auth_config.h"
#include "runtime/base/id.h"
#include "tools/broker/secrets.h"
#include "tools/oauth/credentials_book.h"
#include "tools/oauth/oauth_credentials.h"

namespace yoke {

// The credentials of plugins and MCP servers, as yoke.toml says: by [plugins.NAME.auth] or
// [mcp.NAME.auth], else by [auth.REFERENCE_ID] where a manifest names one, with what the service's
// own document says in the places that the section leaves empty.
//
// Ownership: borrows the client, the secrets and the clock. Owns what it gives.
// Threads:   loop thread only.
class OperatorCredentials final : public CredentialsBook {
  struct Token {};  // for make() alone

 public:
  struct Services {
    HttpClient& http;
    SecretSource& secrets;
    WallClock& wall;
    std::function<Grants&()> grants;  // asked when something is to be shown
  };
  // Errors: invalid, with file:line.
  static Result<std::unique_ptr<OperatorCredentials>> make(const Config& config, Services services);
  OperatorCredentials(Token, const Config& config, Services services);

  Result<Credentials*> credentials_for(const CredentialsWanted& wanted) override;

  // The sign-in of a plugin or an MCP server: one that was asked for, else what its section alone
  // says. Errors: not_found, naming the section to write; unsupported: it signs in by a key.
  // denied: it is one that packages share, and nobody has agreed to this one's use of it.
  Result<OAuthCredentials*> sign_in_of(CredentialsWanted::Service service, const std::string& name);

  // The shared key that would be shown, whether its section is there yet or not. None: it takes
  // none, has one of its own, or the operator wrote who may see it.
  std::optional<SharedKey> shared_key(const CredentialsWanted& wanted) const;
  bool has_section(const SharedKey& key) const {
    return sections_.contains("auth." + key.reference);
  }
  // Of all that was asked for until now, as one for each plugin and reference.
  std::vector<SharedKey> shared_keys() const;
  const KeyGrants& key_grants() const { return key_grants_; }

 private:
  using Service = CredentialsWanted::Service;
  struct Made {
    CredentialsWanted wanted;
    std::unique_ptr<Credentials> credentials;
    OAuthCredentials* sign_in = nullptr;  // the same, where it is one
  };

  const AuthConfig* section_for(const CredentialsWanted& wanted) const;
  Error nothing_written(const CredentialsWanted& wanted) const;
  Result<std::unique_ptr<Credentials>> key_for(const CredentialsWanted& wanted,
                                               const AuthConfig* auth);
  Result<OAuthSettings> sign_in_settings(const CredentialsWanted& wanted,
                                         const AuthConfig* auth) const;
  Error placed_at(const AuthConfig* auth, Error error) const;
  Result<void> make(const CredentialsWanted& wanted, const AuthConfig* auth, Made& made);

  const Config& config_;
  Services services_;
  std::map<std::string, AuthConfig> sections_;
  std::map<std::string, std::string> mcp_urls_;
  SystemRandom random_;
  VaultShelf shelf_;
  const KeyGrants key_grants_;
  std::vector<Made> made_;
};

}  // namespace yoke
