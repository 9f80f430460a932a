#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/http/headers.h"

namespace yoke {

// One challenge of a WWW-Authenticate field (RFC 9110, 11.6.1).
struct AuthChallenge {
  std::string scheme;                                       // lower case
  std::vector<std::pair<std::string, std::string>> params;  // names in lower case, values unquoted

  std::string param(std::string_view name) const;  // empty: not there
};

// All challenges of all fields. What cannot be read ends the field it stands in.
std::vector<AuthChallenge> auth_challenges(const HttpHeaders& headers);

// What a resource server says with `Bearer` (RFC 6750, RFC 9728).
struct BearerChallenge {
  std::string resource_metadata = {};
  std::vector<std::string> scopes = {};
  std::string error = {};  // "invalid_token", "insufficient_scope"
};
std::optional<BearerChallenge> bearer_challenge(const HttpHeaders& headers);

// "a b c" as a list, each scope once.
std::vector<std::string> scopes_of(std::string_view text);

}  // namespace yoke
