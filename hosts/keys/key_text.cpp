#include "hosts/keys/key_text.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace yoke {
namespace {

constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kIdChars = 10;
constexpr std::size_t kSecretChars = 52;
constexpr std::size_t kCheckChars = 7;
constexpr std::size_t kSecretAt = kKeyPrefix.size() + kIdChars + 1;
constexpr std::size_t kCheckAt = kSecretAt + kSecretChars;
constexpr std::size_t kChars = kCheckAt + kCheckChars;

// The bits of `bytes` in groups of five, highest first; the last one is filled up with zeros.
std::string base32(std::string_view bytes, std::size_t chars) {
  std::string text;
  unsigned have = 0;
  std::uint32_t bits = 0;
  for (const char c : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(c);
    for (have += 8; have >= 5; have -= 5) text += kDigits[(bits >> (have - 5)) & 31];
  }
  if (have > 0) text += kDigits[(bits << (5 - have)) & 31];
  return text.substr(0, chars);
}

std::string random_bytes(Random& random, std::size_t count) {
  std::string bytes;
  while (bytes.size() < count) {
    std::uint64_t value = random.next();
    for (int i = 0; i < 8 && bytes.size() < count; ++i, value >>= 8) {
      bytes += static_cast<char>(value & 255);
    }
  }
  return bytes;
}

std::string check_of(std::string_view text) { return base32(as_view(sha256(text)), kCheckChars); }

bool is_base32(std::string_view text) {
  return text.find_first_not_of(kDigits) == std::string_view::npos;
}

bool has_form(std::string_view text) {
  return text.size() == kChars && text.starts_with(kKeyPrefix) && text[kSecretAt - 1] == '_' &&
         is_base32(text.substr(kKeyPrefix.size(), kIdChars)) && is_base32(text.substr(kSecretAt));
}

}  // namespace

NewKey make_key(Random& random) {
  NewKey key;
  key.id = base32(random_bytes(random, 7), kIdChars);
  std::string text = std::string(kKeyPrefix) + key.id + "_";
  text += base32(random_bytes(random, 32), kSecretChars);
  text += check_of(text);
  key.hash = sha256(text);
  key.text = Secret(std::move(text));
  return key;
}

Result<ReadKey> read_key(std::string_view text) {
  if (!has_form(text)) {
    return Error{Errc::invalid, "the key is not whole: one has " + std::to_string(kChars) +
                                    " characters and begins with '" + std::string(kKeyPrefix) +
                                    "'"};
  }
  if (check_of(text.substr(0, kCheckAt)) != text.substr(kCheckAt)) {
    return Error{Errc::invalid, "the key has a slip of typing in it: its check does not match"};
  }
  return ReadKey{std::string(text.substr(kKeyPrefix.size(), kIdChars)), sha256(text)};
}

bool is_meant_as_key(std::string_view text) { return text.starts_with(kKeyPrefix); }

bool holds_key(std::string_view text) {
  for (std::size_t at = text.find(kKeyPrefix); at != std::string_view::npos;
       at = text.find(kKeyPrefix, at + 1)) {
    if (has_form(text.substr(at, kChars))) return true;
  }
  return false;
}

bool same_hash(const Hash& left, const Hash& right) {
  return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace yoke
