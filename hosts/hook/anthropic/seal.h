#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/json.h"

namespace yoke::anthropic {

// What a client carries for us from one request to the next: it can read it, but not write it. Of
// another tenant, altered, or of another store it does not open.
//
// Limits: kSealedBytesMax of text.
class Seal {
 public:
  // `key` is secret and of this store alone.
  Seal(std::string key, std::string tenant) : key_(std::move(key)), tenant_(std::move(tenant)) {}

  // "yoke1.…", of letters, digits, '+', '/', '=' and '.'; empty when it would be too long.
  std::string close(const Json& value) const;
  std::optional<Json> open(std::string_view text) const;

  static bool is_sealed(std::string_view text);  // or says it is

 private:
  std::string tag(std::string_view payload) const;

  std::string key_;
  std::string tenant_;
};

inline constexpr std::size_t kSealedBytesMax = 4u << 20;

// RFC 2104 over SHA-256: the 32 raw bytes.
std::string hmac_sha256(std::string_view key, std::string_view text);

}  // namespace yoke::anthropic
