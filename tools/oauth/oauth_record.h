#pragma once

#include <string>
#include <vector>

#include "runtime/base/secret.h"
#include "runtime/base/time.h"
#include "tools/oauth/discovery.h"

namespace yoke {

// How this program proves to an authorization server which client it is.
enum class ClientProof : std::uint8_t { none, basic, post, private_key };
std::string_view name_of(ClientProof proof);  // as RFC 7591 and metadata name it
Result<ClientProof> client_proof_from_name(std::string_view name);

// Who this program is to an authorization server.
struct OAuthClient {
  enum class Source : std::uint8_t { given, document, registered };
  Source source = Source::given;
  std::string id = {};
  Secret secret = {};
  ClientProof proof = ClientProof::none;
  std::string redirect_uri = {};  // that it was registered with
  Micros expires_at = 0;          // of a registration's secret; 0: never
};

// All that is kept of having signed in to a service. Whatever is in it belongs together: its tokens
// are of this issuer, for this client and this resource, and are used for no other.
struct OAuthRecord {
  AuthorizationServer server = {};
  OAuthClient client = {};
  std::string resource = {};             // that the tokens are for; empty: not asked for
  std::vector<std::string> asked = {};   // scopes, in all
  std::vector<std::string> wanted = {};  // those that the service asked for since
  Secret access_token = {};
  Secret refresh_token = {};
  Micros expires_at = 0;  // of the access token; 0: not said
  Micros obtained_at = 0;
  std::vector<std::string> granted = {};

  bool has_tokens() const { return !access_token.empty() || !refresh_token.empty(); }
};

// As the vault keeps it; secrets are in it.
Secret text_of_record(const OAuthRecord& record);
// invalid: it was not written by this program, or by a later version of it.
Result<OAuthRecord> record_of_text(const Secret& text);

}  // namespace yoke
