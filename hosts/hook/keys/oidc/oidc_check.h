#pragma once

#include "hosts/hook/keys/key_gate.h"
#include "hosts/hook/keys/oidc/claims.h"
#include "hosts/hook/keys/oidc/key_source.h"

namespace yoke {

// Bearer tokens of an OpenID provider.
//
// Ownership: borrows the keys and the clock.
class OidcCheck final : public TokenCheck {
 public:
  OidcCheck(KeySource& keys, WallClock& wall, ClaimRules rules)
      : keys_(keys), wall_(wall), rules_(std::move(rules)) {}

  awaitable<Gatekeeper::Admission> check(Secret token) override;

 private:
  KeySource& keys_;
  WallClock& wall_;
  const ClaimRules rules_;
};

}  // namespace yoke
