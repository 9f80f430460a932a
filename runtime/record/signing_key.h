#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"
#include "runtime/store/roots.h"

// Ed25519 keys that sign roots.
namespace yoke {

// The private half. Its text never leaves pem(), which gives a Secret.
//
// Threads: immutable; any.
class SigningKey final : public RootSigner {
 public:
  static SigningKey generate();
  // From PKCS #8 in PEM ("-----BEGIN PRIVATE KEY-----"). invalid: it is no such key; the error does
  // not repeat the text.
  static Result<SigningKey> from_pem(const Secret& pem);
  ~SigningKey() override;
  SigningKey(SigningKey&& other) noexcept;
  SigningKey& operator=(SigningKey&&) = delete;

  Secret pem() const;
  std::string key() const override;  // the public half, 32 bytes
  std::string sign(const Hash& root) const override;

 private:
  struct Key;
  explicit SigningKey(std::unique_ptr<Key> key);
  std::unique_ptr<Key> key_;
};

// "ed25519:BASE64": a public key as people pass it on.
std::string key_text(std::string_view public_key);
Result<std::string> key_from_text(std::string_view text);

// Whether the holder of the private half signed this root.
bool is_signed(const AuditRoot& root);

}  // namespace yoke
