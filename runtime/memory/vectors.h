#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// Vectors as bytes: one a dimension, which keeps the order of neighbours at a quarter of the size.
namespace yoke::recall {

inline constexpr std::size_t kDimensionsMax = 8'192;

// A vector of length 1, each number as a whole one from -127 to 127 times `scale`.
struct PackedVector {
  std::string bytes;
  float scale = 0;
};

// Nothing where the vector is empty, longer than kDimensionsMax, all zeros or no numbers.
PackedVector packed(const std::vector<float>& vector);

// The cosine of the angle between two, as far as their bytes tell. 0 when their sizes differ.
double likeness(const PackedVector& query, std::string_view bytes, float scale);

// A scale as the file keeps it.
std::int64_t to_bits(float scale);
float from_bits(std::int64_t bits);

}  // namespace yoke::recall
