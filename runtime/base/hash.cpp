#include "runtime/base/hash.h"

#include <openssl/evp.h>

#include "runtime/base/ensure.h"

namespace yoke {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

std::array<char, 8> little_endian(std::uint64_t value) {
  std::array<char, 8> bytes;
  for (char& byte : bytes) {
    byte = static_cast<char>(value & 0xff);
    value >>= 8;
  }
  return bytes;
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

struct Hasher::State {
  std::unique_ptr<EVP_MD_CTX, FreeContext> context{EVP_MD_CTX_new()};
  bool finished = false;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  ENSURE(state_->context != nullptr);
  ENSURE(EVP_DigestInit_ex(state_->context.get(), EVP_sha256(), nullptr) == 1);
}

Hasher::~Hasher() = default;

Hasher& Hasher::bytes(std::string_view data) {
  ENSURE(!state_->finished);
  ENSURE(EVP_DigestUpdate(state_->context.get(), data.data(), data.size()) == 1);
  return *this;
}

Hasher& Hasher::field(std::string_view data) {
  const auto length = little_endian(data.size());
  bytes({length.data(), length.size()});
  return bytes(data);
}

Hasher& Hasher::field(std::int64_t value) {
  const auto encoded = little_endian(static_cast<std::uint64_t>(value));
  return field(std::string_view(encoded.data(), encoded.size()));
}

Hasher& Hasher::field(const Hash& value) { return field(as_view(value)); }

Hash Hasher::finish() {
  ENSURE(!state_->finished);
  state_->finished = true;
  Hash hash;
  ENSURE(EVP_DigestFinal_ex(state_->context.get(), hash.data(), nullptr) == 1);
  return hash;
}

Hash sha256(std::string_view data) { return Hasher().bytes(data).finish(); }

std::string to_hex(std::span<const std::uint8_t> data) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(data.size() * 2);
  for (const std::uint8_t byte : data) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

Result<Hash> hash_from_hex(std::string_view hex) {
  Hash hash;
  bool good = hex.size() == hash.size() * 2;
  for (std::size_t i = 0; good && i < hash.size(); ++i) {
    const int high = hex_value(hex[2 * i]);
    const int low = hex_value(hex[2 * i + 1]);
    good = high >= 0 && low >= 0;
    hash[i] = static_cast<std::uint8_t>((high << 4) | low);
  }
  if (!good) return Error{Errc::invalid, "a SHA-256 is written as 64 hexadecimal digits"};
  return hash;
}

std::string_view as_view(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace yoke
