#include "runtime/record/signing_key.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <array>

#include "runtime/base/base64.h"
#include "runtime/base/ensure.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::string_view kKeyPrefix = "ed25519:";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeBio {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
};
struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using KeyHandle = std::unique_ptr<EVP_PKEY, FreeKey>;
using BioHandle = std::unique_ptr<BIO, FreeBio>;
using DigestHandle = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

struct SigningKey::Key {
  KeyHandle handle;
};

SigningKey::SigningKey(std::unique_ptr<Key> key) : key_(std::move(key)) {}
SigningKey::~SigningKey() = default;
SigningKey::SigningKey(SigningKey&& other) noexcept = default;

SigningKey SigningKey::generate() {
  auto key = std::make_unique<Key>();
  key->handle.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  if (!key->handle) throw Fault("no Ed25519 key could be made");
  return SigningKey(std::move(key));
}

Result<SigningKey> SigningKey::from_pem(const Secret& pem) {
  const std::string& text = pem.reveal();
  const BioHandle bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  // Without a callback OpenSSL would ask the terminal for a passphrase.
  const auto no_passphrase = [](char*, int, int, void*) { return -1; };
  auto key = std::make_unique<Key>();
  key->handle.reset(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr));
  if (!key->handle || EVP_PKEY_get_base_id(key->handle.get()) != EVP_PKEY_ED25519) {
    return Error{Errc::invalid,
                 "it is no Ed25519 private key in PEM; make one with: yoke store keygen"};
  }
  return SigningKey(std::move(key));
}

Secret SigningKey::pem() const {
  const BioHandle bio(BIO_new(BIO_s_mem()));
  const int written = PEM_write_bio_PrivateKey(bio.get(), key_->handle.get(), nullptr, nullptr, 0,
                                               nullptr, nullptr);
  ENSURE(written == 1);
  char* text = nullptr;
  const long bytes = BIO_get_mem_data(bio.get(), &text);
  return Secret(std::string(text, static_cast<std::size_t>(bytes)));
}

std::string SigningKey::key() const {
  std::array<unsigned char, kKeyBytes> bytes{};
  std::size_t size = bytes.size();
  const int got = EVP_PKEY_get_raw_public_key(key_->handle.get(), bytes.data(), &size);
  ENSURE(got == 1 && size == kKeyBytes);
  return std::string(bytes.begin(), bytes.end());
}

std::string SigningKey::sign(const Hash& root) const {
  const DigestHandle context(EVP_MD_CTX_new());
  std::array<unsigned char, kSignatureBytes> bytes{};
  std::size_t size = bytes.size();
  const std::string_view message = as_view(root);
  const bool signed_it =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_->handle.get()) == 1 &&
      EVP_DigestSign(context.get(), bytes.data(), &size, bytes_of(message), message.size()) == 1;
  if (!signed_it) throw Fault("a root could not be signed");
  return std::string(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
}

std::string key_text(std::string_view public_key) {
  return std::string(kKeyPrefix) + to_base64(public_key);
}

Result<std::string> key_from_text(std::string_view text) {
  std::optional<std::string> bytes;
  if (text.starts_with(kKeyPrefix)) bytes = from_base64(text.substr(kKeyPrefix.size()));
  if (bytes && bytes->size() == kKeyBytes) return std::move(*bytes);
  return Error{Errc::invalid, "'" + shorten(printable(text), 80) +
                                  "' is no public key; one begins with ed25519: and is what yoke "
                                  "store keygen printed"};
}

bool is_signed(const AuditRoot& root) {
  if (root.key.size() != kKeyBytes || root.signature.size() != kSignatureBytes) return false;
  const KeyHandle key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(root.key), root.key.size()));
  const DigestHandle context(EVP_MD_CTX_new());
  if (!key || EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1) {
    return false;
  }
  const std::string_view message = as_view(root.root);
  return EVP_DigestVerify(context.get(), bytes_of(root.signature), root.signature.size(),
                          bytes_of(message), message.size()) == 1;
}

}  // namespace yoke
