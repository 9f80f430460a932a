#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace yoke {

// A SHA-256 value.
using Hash = std::array<std::uint8_t, 32>;

// Incremental SHA-256. `field` writes an 8-byte little-endian length before the bytes, so that two
// different lists of fields never hash alike.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;

  Hasher& bytes(std::string_view data);
  Hasher& field(std::string_view data);
  Hasher& field(std::int64_t value);  // as 8 bytes, little-endian
  Hasher& field(const Hash& value);
  Hash finish();  // once

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Hash sha256(std::string_view data);
std::string to_hex(std::span<const std::uint8_t> data);
Result<Hash> hash_from_hex(std::string_view hex);
std::string_view as_view(const Hash& hash);  // the 32 raw bytes; valid while `hash` lives

}  // namespace yoke
