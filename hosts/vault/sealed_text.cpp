#include "hosts/vault/sealed_text.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <array>
#include <memory>

#include "runtime/base/base64.h"
#include "runtime/base/ensure.h"
#include "runtime/base/hash.h"
#include "runtime/base/json.h"

namespace yoke {
namespace {

constexpr int kSealVersion = 1;
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kPassphraseMin = 12;
constexpr std::uint64_t kScryptN = 1 << 15;
constexpr std::uint64_t kScryptR = 8;
constexpr std::uint64_t kScryptP = 1;
constexpr std::uint64_t kScryptBytesMax = 64u << 20;

struct FreeSealing {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_KDF* kdf) const { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const { EVP_KDF_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, FreeSealing>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes_in(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string random_text(std::size_t bytes) {
  std::string text(bytes, '\0');
  ENSURE(RAND_bytes(bytes_in(text), static_cast<int>(bytes)) == 1);
  return text;
}

std::string derive(const std::string& master, std::string salt, std::string info) {
  const std::unique_ptr<EVP_KDF, FreeSealing> kdf(EVP_KDF_fetch(nullptr, "HKDF", nullptr));
  const std::unique_ptr<EVP_KDF_CTX, FreeSealing> context(EVP_KDF_CTX_new(kdf.get()));
  std::string digest = "SHA256";
  std::string key = master;
  const std::array<OSSL_PARAM, 5> params = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), digest.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key.data(), key.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info.data(), info.size()),
      OSSL_PARAM_construct_end()};
  std::string out(kKeyBytes, '\0');
  ENSURE(EVP_KDF_derive(context.get(), bytes_in(out), out.size(), params.data()) == 1);
  OPENSSL_cleanse(key.data(), key.size());
  return out;
}

std::string stretched(const std::string& passphrase, const std::string& salt) {
  std::string out(kKeyBytes, '\0');
  ENSURE(EVP_PBE_scrypt(passphrase.data(), passphrase.size(), bytes_of(salt), salt.size(), kScryptN,
                        kScryptR, kScryptP, kScryptBytesMax, bytes_in(out), out.size()) == 1);
  return out;
}

// What stands before the sealed text, and is sealed with it.
Json head_json(const SealKey& key, const std::string& nonce) {
  Json head{{"yoke_vault", kSealVersion},
            {"cipher", "AES-256-GCM"},
            {"key", key.of_passphrase() ? "passphrase" : "bytes"},
            {"salt", to_base64(key.salt())},
            {"check", to_base64(key.check())},
            {"nonce", to_base64(nonce)}};
  if (!key.keyring_id().empty()) head["keyring"] = key.keyring_id();
  if (key.of_passphrase()) head["scrypt"] = {{"n", kScryptN}, {"p", kScryptP}, {"r", kScryptR}};
  return head;
}

Error no_vault() { return Error{Errc::invalid, "it is no vault of Yoke's, or was cut short"}; }

}  // namespace

Result<void> check_vault_key(const VaultKeyText& key) {
  const std::string& text = key.text.reveal();
  if (text.size() >= kPassphraseMin) return {};
  return Error{Errc::invalid, "the key of the vault in " + key.source +
                                  " is too short: give 64 hexadecimal digits (openssl rand -hex "
                                  "32), or a passphrase of at least " +
                                  std::to_string(kPassphraseMin) + " characters"};
}

Result<SealKey> SealKey::make(const VaultKeyText& key) {
  return make(key, random_text(kSaltBytes));
}

Result<SealKey> SealKey::make(const VaultKeyText& key, std::string salt) {
  if (const Result<void> sound = check_vault_key(key); !sound) return sound.error();
  const Result<Hash> hex = hash_from_hex(key.text.reveal());
  SealKey made;
  made.of_passphrase_ = !hex;
  const std::string master = hex ? std::string(as_view(*hex)) : stretched(key.text.reveal(), salt);
  made.bytes_ = Secret(derive(master, salt, "yoke vault text"));
  made.check_ = derive(master, salt, "yoke vault check").substr(0, 8);
  made.salt_ = std::move(salt);
  made.source_ = key.source;
  made.keyring_id_ = key.keyring_id;
  return made;
}

std::string seal_text(const SealKey& key, std::string_view plain) {
  const std::string nonce = random_text(kNonceBytes);
  Json json = head_json(key, nonce);
  const std::string head = to_text(json);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string out(plain.size() + kTagBytes, '\0');
  int size = 0;
  ENSURE(EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr,
                            bytes_of(key.bytes().reveal()), bytes_of(nonce)) == 1);
  ENSURE(EVP_EncryptUpdate(cipher.get(), nullptr, &size, bytes_of(head),
                           static_cast<int>(head.size())) == 1);
  ENSURE(EVP_EncryptUpdate(cipher.get(), bytes_in(out), &size, bytes_of(plain),
                           static_cast<int>(plain.size())) == 1);
  int rest = 0;
  ENSURE(EVP_EncryptFinal_ex(cipher.get(), bytes_in(out) + size, &rest) == 1);
  ENSURE(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                             bytes_in(out) + plain.size()) == 1);
  json["sealed"] = to_base64(out);
  return to_pretty_text(json) + "\n";
}

Result<SealedHead> sealed_head_of(std::string_view sealed) {
  const Result<Json> json = parse_json(sealed);
  if (!json || !json->is_object()) return no_vault();
  const std::int64_t version = integer_at(*json, "yoke_vault");
  if (version > kSealVersion) {
    return Error{Errc::unsupported, "it was written by a later version of Yoke (form " +
                                        std::to_string(version) + ", this one knows " +
                                        std::to_string(kSealVersion) + ")"};
  }
  SealedHead head;
  head.salt = from_base64(string_at(*json, "salt")).value_or("");
  head.check = from_base64(string_at(*json, "check")).value_or("");
  head.keyring_id = string_at(*json, "keyring");
  if (version != kSealVersion || head.salt.size() != kSaltBytes) return no_vault();
  return head;
}

Result<std::string> open_text(const SealKey& key, std::string_view sealed) {
  const Result<SealedHead> head = sealed_head_of(sealed);
  if (!head) return head.error();
  if (head->check != key.check()) {
    return Error{Errc::denied, "it was sealed with another key"};
  }
  Json json = Json::parse(sealed);
  const std::string nonce = from_base64(string_at(json, "nonce")).value_or("");
  const std::string text = from_base64(string_at(json, "sealed")).value_or("");
  const Error changed{Errc::denied, "it was changed since it was written, or is damaged"};
  if (nonce.size() != kNonceBytes || text.size() < kTagBytes) return changed;
  json.erase("sealed");
  const std::string associated = to_text(json);
  const std::size_t bytes = text.size() - kTagBytes;
  std::string tag = text.substr(bytes);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  std::string plain(bytes, '\0');
  int size = 0;
  const bool opened =
      EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key.bytes().reveal()),
                         bytes_of(nonce)) == 1 &&
      EVP_DecryptUpdate(cipher.get(), nullptr, &size, bytes_of(associated),
                        static_cast<int>(associated.size())) == 1 &&
      EVP_DecryptUpdate(cipher.get(), bytes_in(plain), &size, bytes_of(text),
                        static_cast<int>(bytes)) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher.get(), bytes_in(plain) + size, &size) == 1;
  if (!opened) return changed;
  return plain;
}

}  // namespace yoke
