#include "hosts/vault/vault_keys.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "hosts/vault/vault_file.h"
#include "runtime/base/hash.h"
#include "runtime/base/id.h"
#include "runtime/base/text.h"

namespace yoke {
namespace {

constexpr std::size_t kKeyFileBytesMax = 4096;
constexpr const char* kFileMend = "; where it does open, move the key: yoke secrets rekey --file";

std::string random_hex() {
  SystemRandom random;
  Hash bytes{};
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    std::uint64_t word = random.next();
    for (std::size_t j = 0; j < 8; ++j, word >>= 8) bytes[i + j] = word & 0xff;
  }
  return to_hex(bytes);
}

// Several lines are several keys when the first is one of digits; else the text is one passphrase.
std::vector<std::string> key_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trim(std::string_view(text).substr(at, end - at));
    if (!line.empty()) lines.emplace_back(line);
    at = end + 1;
  }
  if (lines.size() > 1 && !hash_from_hex(lines.front())) return {std::string(trim(text))};
  return lines;
}

Result<std::vector<std::string>> file_keys(const VaultPlace& place) {
  const Result<std::string> text = read_private_file(place.key_file, kKeyFileBytesMax);
  if (!text) return text.error();
  std::vector<std::string> lines = key_lines(*text);
  if (lines.empty()) lines.emplace_back();  // told as too short
  return lines;
}

VaultKeyText of_file(const VaultPlace& place, const std::string& line) {
  return VaultKeyText{Secret(line), place.key_file};
}

// In the order in which they are tried.
Result<std::vector<VaultKeyText>> keys_at_hand(const VaultPlace& place) {
  std::vector<VaultKeyText> keys;
  for (const VaultKeyText* given : {&place.key, &place.next_key}) {
    if (!given->text.empty()) keys.push_back(*given);
  }
  const Result<std::vector<std::string>> lines = file_keys(place);
  if (lines) {
    for (const std::string& line : *lines) keys.push_back(of_file(place, line));
  }
  if (!keys.empty()) return keys;
  if (lines.error().code != Errc::not_found) return lines.error();
  return Error{
      Errc::not_found,
      "its key is not here: neither YOKE_VAULT_KEY is set nor is there a file " + place.key_file};
}

Result<SealKey> keyring_key(const VaultPlace& place, const SealedHead& head) {
  const std::string where = std::string("its key is in ") + kKeyringWords;
  if (!place.keyring) return Error{Errc::unavailable, where + ", and here is none"};
  const Result<Secret> found = place.keyring->key(head.keyring_id);
  if (!found) {
    const bool gone = found.error().code == Errc::not_found;
    return Error{found.error().code,
                 where + ", and " + found.error().detail + (gone ? "" : kFileMend)};
  }
  return SealKey::make(VaultKeyText{*found, kKeyringWords, head.keyring_id}, head.salt);
}

Result<VaultKeyText> new_in_keyring(const VaultPlace& place) {
  if (!place.keyring) return Error{Errc::unavailable, "here is no keyring"};
  VaultKeyText key{Secret(random_hex()), kKeyringWords, random_hex().substr(0, 32)};
  const std::string label = "Key of Yoke's vault " + printable(place.file);
  const Result<void> kept = place.keyring->keep(key.keyring_id, key.text, label);
  if (!kept) return kept.error();
  return key;
}

// A new first line. Others of the user, and other vaults, have the same file.
Result<VaultKeyText> new_in_file(const VaultPlace& place) {
  const Result<VaultFd> locks = open_lock_file(place.key_file + ".lock");
  if (!locks) return locks.error();
  if (const Result<bool> locked = lock_byte(locks->get(), 0, true); !locked) return locked.error();
  const Result<std::vector<std::string>> there = file_keys(place);
  if (!there && there.error().code != Errc::not_found) return there.error();
  const std::string made = random_hex();
  std::string text = made + "\n";
  for (const std::string& line : there ? *there : std::vector<std::string>()) {
    if (line.find('\n') != line.npos) {
      return Error{Errc::unsupported, place.key_file +
                                          " is a passphrase of several lines, and keeps no second "
                                          "key; name another with YOKE_VAULT_KEY_FILE"};
    }
    if (!line.empty()) text += line + "\n";
  }
  if (text.size() > kKeyFileBytesMax) {
    return Error{Errc::too_large, place.key_file +
                                      " has no room for another key; take lines out of it that no "
                                      "vault is sealed with any more (the oldest are the last)"};
  }
  if (const Result<void> wrote = replace_private_file(place.key_file, text); !wrote) {
    return wrote.error();
  }
  return of_file(place, made);
}

Result<VaultKeyText> first_in_file(const VaultPlace& place) {
  Result<std::vector<std::string>> there = file_keys(place);
  if (!there && there.error().code == Errc::not_found) {
    const Result<void> made = make_private_file(place.key_file, random_hex() + "\n");
    if (!made && made.error().code != Errc::conflict) return made.error();
    there = file_keys(place);
  }
  if (!there) return there.error();
  return of_file(place, there->front());
}

Result<SealKey> given_key(const VaultPlace& place, const SealKey& old) {
  for (const VaultKeyText* each : {&place.next_key, &place.key}) {
    if (each->text.empty()) continue;
    Result<SealKey> same = SealKey::make(*each, old.salt());
    if (!same) return same.error();
    if (same->check() != old.check()) return SealKey::make(*each);
  }
  return Error{Errc::invalid,
               "the vault has the key of YOKE_VAULT_KEY; set the one that is to follow it as "
               "YOKE_VAULT_KEY_NEXT beside it, or say where the key is to be: --keyring or --file"};
}

}  // namespace

VaultKeyHome home_of(const VaultPlace& place, const SealKey& key) {
  if (!key.keyring_id().empty()) return VaultKeyHome::keyring;
  return key.source() == place.key_file ? VaultKeyHome::file : VaultKeyHome::given;
}

std::string home_words(const VaultPlace& place, VaultKeyHome home) {
  if (home == VaultKeyHome::keyring) return kKeyringWords;
  return home == VaultKeyHome::file ? place.key_file : "YOKE_VAULT_KEY";
}

Result<SealKey> opening_key(const VaultPlace& place, const SealedHead& head) {
  if (!head.keyring_id.empty()) return keyring_key(place, head);
  const Result<std::vector<VaultKeyText>> keys = keys_at_hand(place);
  if (!keys) return keys.error();
  std::optional<SealKey> first;
  for (const VaultKeyText& key : *keys) {
    Result<SealKey> made = SealKey::make(key, head.salt);
    if (!made) return made.error();
    if (made->check() == head.check) return made;
    if (!first) first = std::move(*made);
  }
  return std::move(*first);
}

VaultKeyHome first_home(const VaultPlace& place) {
  if (!place.key.text.empty()) return VaultKeyHome::given;
  const bool in_keyring = !place.key_file_is_named && place.keyring && place.keyring->check();
  return in_keyring ? VaultKeyHome::keyring : VaultKeyHome::file;
}

Result<SealKey> first_key(const VaultPlace& place) {
  if (!place.key.text.empty()) return SealKey::make(place.key);
  if (!place.key_file_is_named && place.keyring) {
    if (const Result<VaultKeyText> key = new_in_keyring(place)) return SealKey::make(*key);
  }
  const Result<VaultKeyText> key = first_in_file(place);
  if (!key) return key.error();
  return SealKey::make(*key);
}

Result<SealKey> another_key(const VaultPlace& place, const SealKey& old, VaultKeyHome home) {
  if (home == VaultKeyHome::given) return given_key(place, old);
  const Result<VaultKeyText> key =
      home == VaultKeyHome::keyring ? new_in_keyring(place) : new_in_file(place);
  if (!key) return key.error();
  return SealKey::make(*key);
}

Result<void> forget_key(const VaultPlace& place, const SealKey& old) {
  const VaultKeyHome home = home_of(place, old);
  if (home == VaultKeyHome::given) return {};
  if (home == VaultKeyHome::keyring) return place.keyring->forget(old.keyring_id());
  const Result<VaultFd> locks = open_lock_file(place.key_file + ".lock");
  if (!locks) return locks.error();
  if (const Result<bool> locked = lock_byte(locks->get(), 0, true); !locked) return locked.error();
  const Result<std::vector<std::string>> there = file_keys(place);
  if (!there) return there.error();
  std::string text;
  for (const std::string& line : *there) {
    const Result<SealKey> made = SealKey::make(of_file(place, line), old.salt());
    if (!made) return made.error();
    if (made->check() != old.check()) text += line + "\n";
  }
  return text.empty() ? remove_private_file(place.key_file)
                      : replace_private_file(place.key_file, text);
}

}  // namespace yoke
