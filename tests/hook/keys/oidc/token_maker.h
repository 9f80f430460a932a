#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>

#include "runtime/base/json.h"

namespace yoke::testing {

// Makes keys and signs tokens with them, as an OpenID provider does. Shares no code with what
// reads them.
class TokenMaker {
 public:
  enum class Kind { rsa, small_rsa, ec, ed25519 };
  TokenMaker(Kind kind, std::string kid);

  // The public key; `more` is put into it.
  Json jwk(const Json& more = Json::object()) const;
  Json jwks() const { return Json{{"keys", {jwk()}}}; }

  // `alg` is what the head says and how it is signed: RS256, PS256, ES256, EdDSA.
  std::string token(const Json& claims, const std::string& alg, const Json& more_head = {}) const;
  // Any head and payload, as texts.
  std::string sign(const std::string& head, const std::string& payload,
                   const std::string& alg) const;
  // "HS256" over the public key's own text: the classic confusion.
  std::string hmac_token(const Json& claims) const;

  static std::string base64url(const std::string& bytes);

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  std::string signature_of(const std::string& text, const std::string& alg) const;
  std::string number(const char* name) const;

  Kind kind_;
  std::string kid_;
  std::unique_ptr<EVP_PKEY, FreeKey> key_;
};

}  // namespace yoke::testing
