#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "hosts/hook/principal.h"
#include "runtime/base/json.h"
#include "runtime/base/time.h"

// What the claims of a token whose signature is good are taken for: pure functions.
namespace yoke {

struct ClaimRules {
  std::string issuer;                  // exactly
  std::vector<std::string> audiences;  // one of these, exactly
  std::string tenant = "local";        // of everybody, unless a claim says it
  std::string tenant_claim = {};       // then "local" is nobody's
  std::string groups_claim = "groups";
  std::string name_claim = "sub";
  std::map<std::string, Scopes> scopes = {};  // by group; "*": everybody
  std::chrono::seconds skew{60};
};

// A claim's name, or the way to one within others: "realm_access.roles".
const Json& claim_at(const Json& claims, const std::string& name);

// Errors: denied, saying which claim is not as it must be, and nothing of what stands there.
Result<Principal> principal_of_claims(const Json& claims, const ClaimRules& rules, Micros now);

}  // namespace yoke
