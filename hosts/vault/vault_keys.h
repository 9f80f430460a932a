#pragma once

#include <memory>
#include <string>

#include "hosts/vault/sealed_text.h"
#include "hosts/vault/vault_keyring.h"

namespace yoke {

// Where a vault is, and what opens it.
struct VaultPlace {
  std::string file = {};
  // A key a line, the newest first, or one passphrase. Made when it is needed, for its owner alone.
  std::string key_file = {};
  bool key_file_is_named = false;  // an operator named it: new vaults are of it, not of the keyring
  VaultKeyText key = {};           // an operator's own; empty: none
  VaultKeyText next_key = {};      // the one that is to follow it; empty: none
  std::shared_ptr<VaultKeyring> keyring = {};  // of every copy of this place; null: there is none
};

enum class VaultKeyHome : std::uint8_t { given, keyring, file };
VaultKeyHome home_of(const VaultPlace& place, const SealKey& key);
// "YOKE_VAULT_KEY", "the desktop's keyring", the path of a file.
std::string home_words(const VaultPlace& place, VaultKeyHome home);
inline constexpr const char* kKeyringWords = "the desktop's keyring";

// The key that a vault with this head was sealed with, or, when none fits, the first one at hand.
Result<SealKey> opening_key(const VaultPlace& place, const SealedHead& head);
// For a vault that is not there yet: the operator's, or the keyring's when it can keep one, or the
// file's.
Result<SealKey> first_key(const VaultPlace& place);
VaultKeyHome first_home(const VaultPlace& place);
// Another one, kept there before this returns; what was kept before stays.
Result<SealKey> another_key(const VaultPlace& place, const SealKey& old, VaultKeyHome home);
// From where it is kept. A key that an operator gave is the operator's to take away.
Result<void> forget_key(const VaultPlace& place, const SealKey& old);

}  // namespace yoke
