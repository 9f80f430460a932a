#pragma once

#include "runtime/base/time.h"
#include "tools/oauth/exchange.h"

// How a client proves itself at an authorization server, and how it becomes one. Pure.
namespace yoke {

// What a signature of private_key_jwt is made with.
struct ClientKey {
  Secret pem = {};             // PKCS #8 or the older forms, without a passphrase
  std::string algorithm = {};  // "ES256", "RS256" …; empty: as the key is
  std::string id = {};         // `kid`; may be empty
};

// The way to use with this server: what the operator says, else what the server offers and the
// client has. unsupported, naming both.
Result<ClientProof> choose_proof(const AuthorizationServer& server, bool has_secret, bool has_key);

struct ProofInput {
  const OAuthClient& client;  // lives as long as the call
  const ClientKey& key;
  std::string audience = {};  // the issuer, else the token endpoint
  Micros now = 0;
  std::string random_bytes = {};  // 16, of the assertion's id
};
// The POST of this form with the proof in it. invalid: the key cannot sign.
Result<HttpRequest> proven_request(const std::string& url, FormPairs form, const ProofInput& input);

// RFC 7523: a signed text that says who asks.
Result<std::string> client_assertion(const ProofInput& input);

// RFC 7591: who this program says that it is.
HttpRequest registration_request(const AuthorizationServer& server, const std::string& redirect_uri,
                                 const std::vector<std::string>& scopes);
Result<OAuthClient> registered_client_of(const HttpResponse& response,
                                         const AuthorizationServer& server,
                                         const std::string& redirect_uri);

}  // namespace yoke
