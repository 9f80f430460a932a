#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstring>

#include "runtime/base/hash.h"
#include "sandbox/context.h"
#include "sandbox/environment.h"
#include "sandbox/lua_entry.h"

// The module crypto: hashes and encodings. Nothing in it is secret, its randomness least of all.
namespace yoke::sandbox {

namespace {

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

int crypto_sha256(lua_State* L) {
  const std::string_view data = check_text(L, 1);
  governor_of(L).charge_scan(L, 64 + data.size());
  push(L, to_hex(sha256(data)));
  return 1;
}

int crypto_hmac_sha256(lua_State* L) {
  const std::string_view key = check_text(L, 1);
  const std::string_view data = check_text(L, 2);
  governor_of(L).charge_scan(L, 256 + key.size() + data.size());
  std::array<std::uint8_t, 32> digest{};
  unsigned int size = 0;
  const auto bytes = as_bytes(data);
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes.data(), bytes.size(),
           digest.data(), &size) == nullptr) {
    return luaL_error(L, "hmac_sha256 failed");
  }
  push(L, to_hex(digest));
  return 1;
}

constexpr std::string_view kBase64 =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

int crypto_base64_encode(lua_State* L) {
  const std::string_view data = check_text(L, 1);
  governor_of(L).charge_scan(L, data.size());
  CappedText out(L);
  for (std::size_t at = 0; at < data.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, data.size() - at);
    std::uint32_t group = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      group = group << 8 | (i < count ? static_cast<unsigned char>(data[at + i]) : 0u);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      out.append(i <= count ? kBase64[group >> (18 - 6 * i) & 63] : '=');
    }
  }
  out.push();
  return 1;
}

int base64_value(char c) {
  if (c == '-') c = '+';
  if (c == '_') c = '/';
  const std::size_t at = kBase64.find(c);
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

int crypto_base64_decode(lua_State* L) {
  std::string_view text = check_text(L, 1);
  governor_of(L).charge_scan(L, text.size() * 2);
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) {
    luaL_pushfail(L);
    return 1;
  }
  CappedText out(L);
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    const int value = base64_value(c);
    if (value < 0) {
      luaL_pushfail(L);
      return 1;
    }
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    out.append(static_cast<char>(group >> bits & 255));
  }
  out.push();
  return 1;
}

int crypto_hex(lua_State* L) {
  const std::string_view data = check_text(L, 1);
  governor_of(L).charge_scan(L, data.size());
  governor_of(L).check_string(L, 2 * data.size());
  push(L, to_hex(as_bytes(data)));
  return 1;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int crypto_unhex(lua_State* L) {
  const std::string_view text = check_text(L, 1);
  governor_of(L).charge_scan(L, text.size());
  CappedText out(L);
  bool good = text.size() % 2 == 0;
  for (std::size_t at = 0; good && at < text.size(); at += 2) {
    const int high = hex_value(text[at]);
    const int low = hex_value(text[at + 1]);
    good = high >= 0 && low >= 0;
    if (good) out.append(static_cast<char>(16 * high + low));
  }
  if (good) {
    out.push();
  } else {
    luaL_pushfail(L);
  }
  return 1;
}

std::array<std::uint8_t, 16> draw_16(SeededRandom& random) {
  const std::uint64_t drawn[2] = {random.next(), random.next()};
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), drawn, bytes.size());
  return bytes;
}

int crypto_uuid(lua_State* L) {
  auto bytes = draw_16(context_of(L).random);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text = to_hex(bytes);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, 1, '-');
  push(L, text);
  return 1;
}

int crypto_random_bytes(lua_State* L) {
  const lua_Integer count = luaL_checkinteger(L, 1);
  luaL_argcheck(L, count >= 0 && count <= 65'536, 1, "between 0 and 65536 bytes");
  governor_of(L).charge(L, count / 8);
  CappedText out(L);
  while (static_cast<lua_Integer>(out.size()) < count) {
    const auto bytes = draw_16(context_of(L).random);
    const auto left = static_cast<std::size_t>(count) - out.size();
    out.append({reinterpret_cast<const char*>(bytes.data()), std::min(left, bytes.size())});
  }
  out.push();
  return 1;
}

constexpr Entry kCrypto[] = {
    {"base64_decode", lua_entry<crypto_base64_decode>},
    {"base64_encode", lua_entry<crypto_base64_encode>},
    {"hex", lua_entry<crypto_hex>},
    {"hmac_sha256", lua_entry<crypto_hmac_sha256>},
    {"random_bytes", lua_entry<crypto_random_bytes>},
    {"sha256", lua_entry<crypto_sha256>},
    {"unhex", lua_entry<crypto_unhex>},
    {"uuid", lua_entry<crypto_uuid>},
};

}  // namespace

void open_crypto(lua_State* L) {
  lua_createtable(L, 0, static_cast<int>(std::size(kCrypto)));
  set_functions(L, kCrypto);
  lua_setglobal(L, "crypto");
}

}  // namespace yoke::sandbox
