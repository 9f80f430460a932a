#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/oauth/client_proof.h"

namespace yoke {

class Consent;
class HttpClient;
class Random;
class SecretSource;
class TokenShelf;
class WallClock;

// How often scopes are widened for one sign-in, because a service asks for more.
inline constexpr int kStepUpsMax = 2;

// What the operator, a manifest or a service's entry says of how to get tokens for one service.
struct OAuthSettings {
  enum class Grant : std::uint8_t { code, client_credentials };

  std::string name = {};     // of the sign-in on the shelf: "plugin/contacts", "auth/GRAPH"
  std::string section = {};  // of yoke.toml, for errors: "[plugins.contacts.auth]"
  std::string login = {};    // the command that signs in, for errors: "yoke plugins login contacts"
  Grant grant = Grant::code;

  // Either of both is how the authorization server is found: its issuer, whose metadata is read; or
  // its addresses. Neither: the service at `service_url` says it itself (RFC 9728), when it first
  // refuses.
  std::string issuer = {};
  std::string authorization_url = {};
  std::string token_url = {};
  std::string revocation_url = {};
  // token_url is a document's word, not the operator's: it must be a public address.
  bool token_url_is_found = false;
  std::string service_url = {};
  std::vector<std::string> origins = {};  // that may see the token, beside service_url's

  std::string client_id = {};        // empty: registered when it is needed
  std::string client_secret = {};    // a secret's name
  std::string client_document = {};  // https:// address of a Client ID Metadata Document
  std::string private_key = {};      // a secret's name; with private_key_jwt
  std::string key_algorithm = {};    // empty: as the key is
  std::string key_id = {};
  std::optional<ClientProof> proof = {};  // empty: as the server offers
  std::vector<std::string> scopes = {};   // empty: as the service says
  std::string resource = {};              // RFC 8707; empty: as the service says
  FormPairs more = {};                    // in the request for consent, or for client credentials
  std::uint16_t redirect_port = 0;        // 0: any
};

// What they work with; outlives them.
struct OAuthServices {
  HttpClient& http;
  TokenShelf& shelf;
  SecretSource& secrets;
  WallClock& wall;
  Random& random;  // the system's, save in tests
  // Whom refused() may ask at once; null: nobody, and the error names the command that signs in.
  Consent* consent = nullptr;
};

}  // namespace yoke
