#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace yoke::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The first byte says how long the first of two parts is.
struct TwoParts {
  std::string_view first;
  std::string_view second;
};
inline TwoParts split(std::string_view input) {
  if (input.empty()) return {};
  const std::size_t length =
      std::min<std::size_t>(static_cast<unsigned char>(input[0]), input.size() - 1);
  return {input.substr(1, length), input.substr(1 + length)};
}

}  // namespace yoke::fuzz
