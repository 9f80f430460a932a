#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace yoke::sandbox {

inline constexpr std::size_t kChunkBytesMin = 32;

struct ChunkOptions {
  std::size_t bytes = 2'000;  // of one chunk, at most; at least kChunkBytesMin
  std::size_t overlap =
      0;  // bytes of a chunk's end that the next one begins with; at most a quarter
};

// A text in parts that a model can take: each ends, where that leaves it at least half full, behind
// a paragraph, else a line, a sentence, a word, a character. The parts view the text; without
// overlap they are the whole of it. Linear in time. Pure.
std::vector<std::string_view> chunk_text(std::string_view text, const ChunkOptions& options);

}  // namespace yoke::sandbox
