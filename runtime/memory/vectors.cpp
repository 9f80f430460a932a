#include "runtime/memory/vectors.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace yoke::recall {
namespace {

constexpr float kMost = 127;

}  // namespace

PackedVector packed(const std::vector<float>& vector) {
  PackedVector out;
  if (vector.empty() || vector.size() > kDimensionsMax) return out;
  double squares = 0;
  float largest = 0;
  for (const float number : vector) {
    squares += static_cast<double>(number) * number;
    largest = std::max(largest, std::fabs(number));
  }
  if (!std::isfinite(squares) || squares <= 0 || largest <= 0) return out;
  out.scale = static_cast<float>(largest / kMost / std::sqrt(squares));
  out.bytes.reserve(vector.size());
  for (const float number : vector) {
    const auto whole = static_cast<int>(std::lround(number / largest * kMost));
    out.bytes += static_cast<char>(std::clamp(whole, -127, 127));
  }
  return out;
}

double likeness(const PackedVector& query, std::string_view bytes, float scale) {
  if (bytes.size() != query.bytes.size()) return 0;
  // At most 8,192 products of at most 127 * 127: no overflow.
  std::int32_t sum = 0;
  const auto* a = reinterpret_cast<const signed char*>(query.bytes.data());
  const auto* b = reinterpret_cast<const signed char*>(bytes.data());
  const std::size_t count = bytes.size();
  for (std::size_t i = 0; i < count; ++i) {
    sum += static_cast<std::int32_t>(a[i]) * static_cast<std::int32_t>(b[i]);
  }
  return static_cast<double>(sum) * static_cast<double>(query.scale) * static_cast<double>(scale);
}

std::int64_t to_bits(float scale) { return std::bit_cast<std::uint32_t>(scale); }

float from_bits(std::int64_t bits) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
}

}  // namespace yoke::recall
