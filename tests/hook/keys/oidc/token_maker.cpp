#include "tests/hook/keys/oidc/token_maker.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "runtime/base/base64.h"
#include "runtime/base/ensure.h"

namespace yoke::testing {
namespace {

EVP_PKEY* made(TokenMaker::Kind kind) {
  switch (kind) {
    case TokenMaker::Kind::rsa:
      return EVP_RSA_gen(2048);
    case TokenMaker::Kind::small_rsa:
      return EVP_RSA_gen(1024);
    case TokenMaker::Kind::ec:
      return EVP_EC_gen("P-256");
    case TokenMaker::Kind::ed25519:
      return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
  }
  return nullptr;
}

const unsigned char* bytes_of(const std::string& text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// r and s of a DER signature, 32 bytes each.
std::string to_jose(const std::string& der) {
  const unsigned char* at = bytes_of(der);
  ECDSA_SIG* both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size()));
  ENSURE(both != nullptr);
  std::string out(64, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  ENSURE(BN_bn2binpad(ECDSA_SIG_get0_r(both), to, 32) == 32);
  ENSURE(BN_bn2binpad(ECDSA_SIG_get0_s(both), to + 32, 32) == 32);
  ECDSA_SIG_free(both);
  return out;
}

}  // namespace

TokenMaker::TokenMaker(Kind kind, std::string kid)
    : kind_(kind), kid_(std::move(kid)), key_(made(kind)) {
  ENSURE(key_ != nullptr);
}

std::string TokenMaker::base64url(const std::string& bytes) {
  std::string text = to_base64(bytes);
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::string TokenMaker::number(const char* name) const {
  BIGNUM* value = nullptr;
  ENSURE(EVP_PKEY_get_bn_param(key_.get(), name, &value) == 1);
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(value)), '\0');
  BN_bn2bin(value, reinterpret_cast<unsigned char*>(bytes.data()));
  BN_free(value);
  return bytes;
}

Json TokenMaker::jwk(const Json& more) const {
  Json jwk{{"kid", kid_}, {"use", "sig"}};
  if (kind_ == Kind::rsa || kind_ == Kind::small_rsa) {
    jwk["kty"] = "RSA";
    jwk["n"] = base64url(number(OSSL_PKEY_PARAM_RSA_N));
    jwk["e"] = base64url(number(OSSL_PKEY_PARAM_RSA_E));
  } else if (kind_ == Kind::ec) {
    jwk["kty"] = "EC";
    jwk["crv"] = "P-256";
    for (const auto& [field, name] :
         {std::pair{"x", OSSL_PKEY_PARAM_EC_PUB_X}, {"y", OSSL_PKEY_PARAM_EC_PUB_Y}}) {
      std::string bytes = number(name);
      bytes.insert(0, 32 - bytes.size(), '\0');
      jwk[field] = base64url(bytes);
    }
  } else {
    std::string bytes(32, '\0');
    std::size_t size = bytes.size();
    ENSURE(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                       &size) == 1);
    jwk["kty"] = "OKP";
    jwk["crv"] = "Ed25519";
    jwk["x"] = base64url(bytes);
  }
  jwk.update(more);
  return jwk;
}

std::string TokenMaker::signature_of(const std::string& text, const std::string& alg) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  const EVP_MD* hash = alg == "EdDSA" ? nullptr : EVP_sha256();
  ENSURE(EVP_DigestSignInit(context, &options, hash, nullptr, key_.get()) == 1);
  if (alg == "PS256") {
    ENSURE(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
    ENSURE(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  std::size_t size = 0;
  ENSURE(EVP_DigestSign(context, nullptr, &size, bytes_of(text), text.size()) == 1);
  std::string signature(size, '\0');
  ENSURE(EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                        bytes_of(text), text.size()) == 1);
  signature.resize(size);
  EVP_MD_CTX_free(context);
  return kind_ == Kind::ec ? to_jose(signature) : signature;
}

std::string TokenMaker::sign(const std::string& head, const std::string& payload,
                             const std::string& alg) const {
  const std::string text = base64url(head) + "." + base64url(payload);
  return text + "." + base64url(signature_of(text, alg));
}

std::string TokenMaker::token(const Json& claims, const std::string& alg,
                              const Json& more_head) const {
  Json head{{"alg", alg}, {"typ", "JWT"}, {"kid", kid_}};
  if (more_head.is_object()) head.update(more_head);
  return sign(to_text(head), to_text(claims), alg);
}

std::string TokenMaker::hmac_token(const Json& claims) const {
  BIO* out = BIO_new(BIO_s_mem());
  ENSURE(PEM_write_bio_PUBKEY(out, key_.get()) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  const std::string pem(data, static_cast<std::size_t>(size));
  BIO_free(out);
  const Json head{{"alg", "HS256"}, {"typ", "JWT"}, {"kid", kid_}};
  const std::string text = base64url(to_text(head)) + "." + base64url(to_text(claims));
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int bytes = 0;
  ENSURE(HMAC(EVP_sha256(), pem.data(), static_cast<int>(pem.size()), bytes_of(text), text.size(),
              mac, &bytes) != nullptr);
  return text + "." + base64url(std::string(reinterpret_cast<const char*>(mac), bytes));
}

}  // namespace yoke::testing
