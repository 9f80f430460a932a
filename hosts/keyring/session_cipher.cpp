#include "hosts/keyring/session_cipher.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

constexpr int kGroupBytes = 128;
constexpr std::size_t kSessionKeyBytes = 16;
constexpr std::size_t kBlockBytes = 16;

struct FreeNumbers {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, FreeNumbers>;
using SessionCipherState = std::unique_ptr<EVP_CIPHER_CTX, FreeNumbers>;

unsigned char* session_bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}
const unsigned char* session_bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number group_prime() { return Number(BN_get_rfc2409_prime_1024(nullptr)); }

Number number_of(std::string_view text) {
  return Number(BN_bin2bn(session_bytes(text), static_cast<int>(text.size()), nullptr));
}

std::string text_of(const BIGNUM* number) {
  std::string text(kGroupBytes, '\0');
  ENSURE(BN_bn2binpad(number, session_bytes(text), kGroupBytes) == kGroupBytes);
  return text;
}

// base ^ exponent in the group, as bytes of its full width.
std::string power(const BIGNUM* base, std::string_view exponent) {
  const Number secret = number_of(exponent);
  BN_set_flags(secret.get(), BN_FLG_CONSTTIME);
  const std::unique_ptr<BN_CTX, FreeNumbers> context(BN_CTX_new());
  const Number out(BN_new());
  ENSURE(BN_mod_exp(out.get(), base, secret.get(), group_prime().get(), context.get()) == 1);
  return text_of(out.get());
}

Secret session_key(std::string shared) {
  const std::unique_ptr<EVP_KDF, FreeNumbers> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const std::unique_ptr<EVP_KDF_CTX, FreeNumbers> context(EVP_KDF_CTX_new(kdf.get()));
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 3> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, shared.data(), shared.size()),
      OSSL_PARAM_construct_end()};
  std::string key(kSessionKeyBytes, '\0');
  ENSURE(EVP_KDF_derive(context.get(), session_bytes(key), key.size(), params.data()) == 1);
  OPENSSL_cleanse(shared.data(), shared.size());
  return Secret(std::move(key));
}

}  // namespace

SessionCipher::SessionCipher() {
  std::string exponent(kGroupBytes, '\0');
  ENSURE(RAND_priv_bytes(session_bytes(exponent), kGroupBytes) == 1);
  exponent[0] &= 0x7f;  // below the prime
  const Number generator(BN_new());
  ENSURE(BN_set_word(generator.get(), 2) == 1);
  public_ = power(generator.get(), exponent);
  private_ = Secret(std::move(exponent));
}

Result<void> SessionCipher::agree(std::string_view peer_key) {
  const Error wrong{Errc::invalid, "the keyring's public key is none"};
  if (peer_key.empty() || peer_key.size() > kGroupBytes) return wrong;
  const Number peer = number_of(peer_key);
  const Number below = group_prime();
  BN_sub_word(below.get(), 1);
  // 0, 1 and p - 1 would make a key that anybody knows.
  if (BN_is_zero(peer.get()) || BN_is_one(peer.get()) || BN_cmp(peer.get(), below.get()) >= 0) {
    return wrong;
  }
  key_ = session_key(power(peer.get(), private_.reveal()));
  return {};
}

SessionCipher::Sealed SessionCipher::seal(const Secret& secret) const {
  const std::string& plain = secret.reveal();
  Sealed sealed;
  sealed.parameters.assign(kBlockBytes, '\0');
  ENSURE(RAND_bytes(session_bytes(sealed.parameters), kBlockBytes) == 1);
  sealed.value.assign(plain.size() + kBlockBytes, '\0');
  const SessionCipherState state(EVP_CIPHER_CTX_new());
  int bytes = 0;
  int rest = 0;
  ENSURE(EVP_EncryptInit_ex(state.get(), EVP_aes_128_cbc(), nullptr,
                            session_bytes(std::string_view(key_.reveal())),
                            session_bytes(std::string_view(sealed.parameters))) == 1);
  ENSURE(EVP_EncryptUpdate(state.get(), session_bytes(sealed.value), &bytes,
                           session_bytes(std::string_view(plain)),
                           static_cast<int>(plain.size())) == 1);
  ENSURE(EVP_EncryptFinal_ex(state.get(), session_bytes(sealed.value) + bytes, &rest) == 1);
  sealed.value.resize(static_cast<std::size_t>(bytes + rest));
  return sealed;
}

Result<Secret> SessionCipher::open(std::string_view parameters, std::string_view value) const {
  const Error wrong{Errc::invalid, "what the keyring gave cannot be read"};
  if (parameters.size() != kBlockBytes || value.size() > 64 * 1024) return wrong;
  std::string plain(value.size() + kBlockBytes, '\0');
  const SessionCipherState state(EVP_CIPHER_CTX_new());
  int bytes = 0;
  int rest = 0;
  const bool opened =
      EVP_DecryptInit_ex(state.get(), EVP_aes_128_cbc(), nullptr,
                         session_bytes(std::string_view(key_.reveal())),
                         session_bytes(parameters)) == 1 &&
      EVP_DecryptUpdate(state.get(), session_bytes(plain), &bytes, session_bytes(value),
                        static_cast<int>(value.size())) == 1 &&
      EVP_DecryptFinal_ex(state.get(), session_bytes(plain) + bytes, &rest) == 1;
  if (!opened) return wrong;
  plain.resize(static_cast<std::size_t>(bytes + rest));
  return Secret(std::move(plain));
}

}  // namespace yoke
