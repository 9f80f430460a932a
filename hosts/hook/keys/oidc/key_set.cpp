#include "hosts/hook/keys/oidc/key_set.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

namespace yoke {
namespace {

constexpr std::size_t kKeysMax = 64;
constexpr int kRsaBitsMin = 2048;
constexpr int kRsaBitsMax = 8192;
constexpr std::size_t kExponentBytesMax = 8;
constexpr std::size_t kCoordinateBytes = 32;

struct FreeContext {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
  void operator()(BIGNUM* number) const { BN_free(number); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeContext>;

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> number_in(const std::string& bytes) {
  return Owned<BIGNUM>(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

// The member as bytes; empty when it is not there or not sound.
std::string bytes_at(const Json& jwk, const char* field) {
  const Result<std::string> bytes = from_base64url(string_at(jwk, field));
  return bytes ? *bytes : std::string();
}

EVP_PKEY* key_from(const char* kind, OSSL_PARAM_BLD* builder) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  const bool made = params && context && EVP_PKEY_fromdata_init(context.get()) == 1 &&
                    EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) == 1;
  return made ? key : nullptr;
}

// ES256 as JOSE writes it, two numbers of 32 bytes, as OpenSSL reads it.
std::string to_der(const std::string& signature) {
  if (signature.size() != 2 * kCoordinateBytes) return {};
  Owned<BIGNUM> r = number_in(signature.substr(0, kCoordinateBytes));
  Owned<BIGNUM> s = number_in(signature.substr(kCoordinateBytes));
  const Owned<ECDSA_SIG> both(ECDSA_SIG_new());
  if (!r || !s || !both) return {};
  if (ECDSA_SIG_set0(both.get(), r.get(), s.get()) != 1) return {};
  static_cast<void>(r.release());  // they are the signature's now
  static_cast<void>(s.release());
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(both.get(), &der);
  if (size <= 0) return {};
  std::string out(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return out;
}

bool is_signed_with(EVP_PKEY* key, TokenAlg alg, const Jwt& jwt) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  EVP_PKEY_CTX* options = nullptr;
  const EVP_MD* hash = alg == TokenAlg::eddsa ? nullptr : EVP_sha256();
  if (!context || EVP_DigestVerifyInit(context.get(), &options, hash, nullptr, key) != 1) {
    return false;
  }
  if (alg == TokenAlg::ps256 &&
      (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
       EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  const std::string signature = alg == TokenAlg::es256 ? to_der(jwt.signature) : jwt.signature;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(),
                          bytes_of(jwt.signed_part), jwt.signed_part.size()) == 1;
}

// That the key is for signatures, where it says what it is for.
bool is_for_signatures(const Json& jwk) {
  if (string_at(jwk, "use", "sig") != "sig") return false;
  const Json& uses = member_at(jwk, "key_ops");
  return !uses.is_array() || std::find(uses.begin(), uses.end(), "verify") != uses.end();
}

}  // namespace

std::optional<TokenAlg> token_alg_from(std::string_view name) {
  if (name == "RS256") return TokenAlg::rs256;
  if (name == "PS256") return TokenAlg::ps256;
  if (name == "ES256") return TokenAlg::es256;
  if (name == "EdDSA" || name == "Ed25519") return TokenAlg::eddsa;
  return std::nullopt;
}

KeySet::PublicKey KeySet::rsa_in(const Json& jwk) {
  const std::string modulus = bytes_at(jwk, "n");
  const std::string exponent = bytes_at(jwk, "e");
  if (modulus.empty() || modulus.size() > kRsaBitsMax / 8 + 1) return nullptr;
  if (exponent.empty() || exponent.size() > kExponentBytesMax) return nullptr;
  const Owned<BIGNUM> n = number_in(modulus);
  const Owned<BIGNUM> e = number_in(exponent);
  if (!n || !e || BN_is_odd(n.get()) == 0 || BN_is_odd(e.get()) == 0 || BN_is_one(e.get()) == 1) {
    return nullptr;
  }
  if (BN_num_bits(n.get()) < kRsaBitsMin || BN_num_bits(n.get()) > kRsaBitsMax) return nullptr;
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  const bool built = builder &&
                     OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
                     OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
  return PublicKey(built ? key_from("RSA", builder.get()) : nullptr);
}

KeySet::PublicKey KeySet::ec_in(const Json& jwk) {
  if (string_at(jwk, "crv") != "P-256") return nullptr;
  const std::string x = bytes_at(jwk, "x");
  const std::string y = bytes_at(jwk, "y");
  if (x.size() != kCoordinateBytes || y.size() != kCoordinateBytes) return nullptr;
  const std::string point = "\x04" + x + y;
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  // A point that is not on the curve is refused when the key is made of it.
  const bool built = builder &&
                     OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                                     "prime256v1", 0) == 1 &&
                     OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY,
                                                      point.data(), point.size()) == 1;
  return PublicKey(built ? key_from("EC", builder.get()) : nullptr);
}

KeySet::PublicKey KeySet::ed25519_in(const Json& jwk) {
  if (string_at(jwk, "crv") != "Ed25519") return nullptr;
  const std::string x = bytes_at(jwk, "x");
  if (x.size() != kCoordinateBytes) return nullptr;
  return PublicKey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(x), x.size()));
}

std::optional<KeySet::Key> KeySet::key_in(const Json& jwk) {
  if (!jwk.is_object() || !is_for_signatures(jwk)) return std::nullopt;
  Key out;
  out.kid = string_at(jwk, "kid");
  const std::string kind = string_at(jwk, "kty");
  if (kind == "RSA") {
    out.algs = {TokenAlg::rs256, TokenAlg::ps256};
    out.key = rsa_in(jwk);
  } else if (kind == "EC") {
    out.algs = {TokenAlg::es256};
    out.key = ec_in(jwk);
  } else if (kind == "OKP") {
    out.algs = {TokenAlg::eddsa};
    out.key = ed25519_in(jwk);
  }
  if (!out.key) return std::nullopt;
  if (!jwk.contains("alg")) return out;
  const std::optional<TokenAlg> only = token_alg_from(string_at(jwk, "alg"));
  const bool fits = only && std::find(out.algs.begin(), out.algs.end(), *only) != out.algs.end();
  if (!fits) return std::nullopt;
  out.algs = {*only};
  return out;
}

Result<KeySet> KeySet::parse(const Json& jwks) {
  const Json& list = member_at(jwks, "keys");
  if (!list.is_array()) return Error{Errc::invalid, "no set of keys: it has no list 'keys'"};
  KeySet set;
  for (const Json& each : list) {
    if (set.keys_.size() >= kKeysMax) break;
    std::optional<Key> key = key_in(each);
    if (key) set.keys_.push_back(std::move(*key));
  }
  return set;
}

KeySet::Verdict KeySet::verify(const Jwt& jwt) const {
  const std::optional<TokenAlg> alg = token_alg_from(jwt.alg);
  if (!alg) return Verdict::bad;
  std::vector<const Key*> fitting;
  for (const Key& key : keys_) {
    const bool named = jwt.kid.empty() || key.kid == jwt.kid;
    const bool of_kind = std::find(key.algs.begin(), key.algs.end(), *alg) != key.algs.end();
    if (named && of_kind) fitting.push_back(&key);
  }
  if (fitting.empty() || (jwt.kid.empty() && fitting.size() > 1)) return Verdict::no_such_key;
  const bool good = std::any_of(fitting.begin(), fitting.end(), [&](const Key* key) {
    return is_signed_with(key->key.get(), *alg, jwt);
  });
  return good ? Verdict::good : Verdict::bad;
}

}  // namespace yoke
