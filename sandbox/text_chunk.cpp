#include "sandbox/text_chunk.h"

#include <algorithm>

namespace yoke::sandbox {

namespace {

constexpr std::size_t kNone = std::string_view::npos;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool follows(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }  // within a letter

// The end of the last `what` that ends in (half, size], or kNone.
std::size_t last_end(std::string_view window, std::string_view what, std::size_t half) {
  const std::size_t at = window.rfind(what);
  return at != kNone && at + what.size() > half ? at + what.size() : kNone;
}

std::size_t last_sentence(std::string_view window, std::size_t half) {
  for (std::size_t at = window.size(); at > half + 1; --at) {
    const char sign = window[at - 2];
    if (is_blank(window[at - 1]) && (sign == '.' || sign == '!' || sign == '?')) return at;
  }
  return kNone;
}

std::size_t last_word(std::string_view window, std::size_t half) {
  for (std::size_t at = window.size(); at > half; --at) {
    if (is_blank(window[at - 1])) return at;
  }
  return kNone;
}

// How much of the text, which is longer than `bytes`, the first part takes.
std::size_t first_size(std::string_view text, std::size_t bytes) {
  const std::string_view window = text.substr(0, bytes);
  const std::size_t half = bytes / 2;
  for (const std::size_t size : {last_end(window, "\n\n", half), last_end(window, "\n", half),
                                 last_sentence(window, half), last_word(window, half)}) {
    if (size != kNone) return size;
  }
  std::size_t size = bytes;
  while (size > half && follows(text[size])) --size;
  return size > half ? size : bytes;  // no UTF-8: any byte is as good
}

// Where the next part begins: at a word, if one begins in the overlap, else at a character.
std::size_t next_start(std::string_view text, std::size_t end, std::size_t overlap) {
  if (overlap == 0) return end;
  const std::size_t earliest = end - overlap;
  for (std::size_t at = earliest; at < end; ++at) {
    if (is_blank(text[at - 1]) && !is_blank(text[at])) return at;
  }
  std::size_t at = earliest;
  while (at < end && follows(text[at])) ++at;
  return at;
}

}  // namespace

std::vector<std::string_view> chunk_text(std::string_view text, const ChunkOptions& options) {
  const std::size_t bytes = std::max(options.bytes, kChunkBytesMin);
  const std::size_t overlap = std::min(options.overlap, bytes / 4);
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  while (text.size() - start > bytes) {
    const std::size_t size = first_size(text.substr(start), bytes);
    parts.push_back(text.substr(start, size));
    start = next_start(text, start + size, overlap);  // a part is over half full: it moves on
  }
  if (start < text.size()) parts.push_back(text.substr(start));
  return parts;
}

}  // namespace yoke::sandbox
