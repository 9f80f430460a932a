#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"

namespace yoke {

// How a secret crosses the session bus, which other programs of the user can listen to: the
// algorithm "dh-ietf1024-sha256-aes128-cbc-pkcs7" of the Secret Service API (draft 0.2).
class SessionCipher {
 public:
  static constexpr const char* kAlgorithm = "dh-ietf1024-sha256-aes128-cbc-pkcs7";

  SessionCipher();  // a key pair of its own, for one session

  const std::string& public_key() const { return public_; }
  // What the service answered with. invalid: no public key of this group.
  Result<void> agree(std::string_view peer_key);

  struct Sealed {
    std::string parameters;  // the initial vector
    std::string value;
  };
  Sealed seal(const Secret& secret) const;  // after agree()
  Result<Secret> open(std::string_view parameters, std::string_view value) const;

 private:
  Secret private_;
  std::string public_;
  Secret key_;
};

}  // namespace yoke
