#pragma once

#include <openssl/evp.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hosts/hook/keys/oidc/jwt.h"

namespace yoke {

// How a token may be signed. A key is of use for what its own kind allows and nothing else,
// whatever the token says; none of these is symmetric.
enum class TokenAlg : std::uint8_t { rs256, ps256, es256, eddsa };
std::optional<TokenAlg> token_alg_from(std::string_view name);

// The public keys of who signs tokens (RFC 7517).
class KeySet {
 public:
  // What is not of use here (other kinds, encryption, RSA below 2048 bits) is left out.
  // Errors: invalid, when it is no set of keys.
  static Result<KeySet> parse(const Json& jwks);

  enum class Verdict : std::uint8_t {
    good,
    bad,         // the signature is not one of that key
    no_such_key  // there is no key of that name and kind
  };
  // A token without a kid is verified where one key alone is of its kind.
  Verdict verify(const Jwt& jwt) const;
  std::size_t size() const { return keys_.size(); }

 private:
  struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  using PublicKey = std::unique_ptr<EVP_PKEY, FreeKey>;
  struct Key {
    std::string kid;
    std::vector<TokenAlg> algs;
    PublicKey key;
  };
  static std::optional<Key> key_in(const Json& jwk);
  static PublicKey rsa_in(const Json& jwk);
  static PublicKey ec_in(const Json& jwk);
  static PublicKey ed25519_in(const Json& jwk);

  std::vector<Key> keys_;
};

}  // namespace yoke
