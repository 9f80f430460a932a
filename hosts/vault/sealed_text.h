#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"
#include "runtime/base/secret.h"

// A text that can be read with a key alone and changed without it by nobody. Pure.
namespace yoke {

// What opens a vault: 32 bytes written as 64 hexadecimal digits, or a passphrase.
struct VaultKeyText {
  Secret text = {};
  std::string source = {};  // for errors: "YOKE_VAULT_KEY", a file's path
  // Of a key in the keyring: what it is kept under. It is written into the head of what is sealed.
  std::string keyring_id = {};
};
// invalid: too short to be guessed by nobody.
Result<void> check_vault_key(const VaultKeyText& key);

// The key that a text is sealed with, worked out once: of a passphrase that takes a tenth of a
// second and 32 MiB (scrypt, N = 2^15, r = 8, p = 1), so that guessing costs as much.
class SealKey {
 public:
  // For a new text, with a salt of its own, or for one that `salt` was read from.
  static Result<SealKey> make(const VaultKeyText& key);
  static Result<SealKey> make(const VaultKeyText& key, std::string salt);

  const std::string& salt() const { return salt_; }
  const std::string& check() const { return check_; }
  const Secret& bytes() const { return bytes_; }
  bool of_passphrase() const { return of_passphrase_; }
  const std::string& source() const { return source_; }
  const std::string& keyring_id() const { return keyring_id_; }

 private:
  std::string salt_;
  std::string check_;  // tells another key apart from a changed text
  Secret bytes_;
  std::string source_;
  std::string keyring_id_;
  bool of_passphrase_ = false;
};

// AES-256-GCM over the text and its head. The form is JSON, and says its version.
std::string seal_text(const SealKey& key, std::string_view plain);

struct SealedHead {
  std::string salt;
  std::string check;
  std::string keyring_id;  // empty: its key is not in a keyring
};
// unsupported: a later version of the form. invalid: it is none.
Result<SealedHead> sealed_head_of(std::string_view sealed);
// denied: it was sealed with another key, or was changed since; the text says which.
Result<std::string> open_text(const SealKey& key, std::string_view sealed);

}  // namespace yoke
